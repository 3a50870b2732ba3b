#include "bindings/lua/native/shared_bytes.h"

#include <cstring>

namespace {

bool Within(uint64_t offset, uint64_t size, uint64_t room) {
  return offset <= room && size <= room - offset;
}

bp_status CopyTo(void* to, uint64_t room, uint64_t offset, const void* data, size_t size) {
  if (!Within(offset, size, room)) return BP_INVALID;
  if (size == 0) return BP_OK;
  if (to == nullptr) return BP_STATE;
  std::memcpy(static_cast<char*>(to) + offset, data, size);
  return BP_OK;
}

}  // namespace

bp_view billiard_lua_memory_view(const bp_memory* memory, uint64_t offset, uint64_t size) {
  const auto* data = static_cast<const char*>(bp_memory_data(memory));
  if (data == nullptr || !Within(offset, size, bp_memory_size(memory))) {
    return {"", 0, BP_FORMAT_RAW};
  }
  return {data + offset, static_cast<size_t>(size), BP_FORMAT_RAW};
}

bp_status billiard_lua_memory_write(bp_memory* memory, uint64_t offset, const void* data,
                                    size_t size) {
  return CopyTo(bp_memory_data(memory), bp_memory_size(memory), offset, data, size);
}

bp_status billiard_lua_queue_reserve(bp_queue* queue, uint64_t bytes, bp_reservation** out,
                                     bp_error** error) {
  void* room = nullptr;
  const bp_status status = bp_queue_reserve(queue, bytes, out, &room, error);
  if (status >= 0 && bytes > 0) std::memset(room, 0, bytes);
  return status;
}

bp_status billiard_lua_reservation_write(bp_reservation* reservation, uint64_t room,
                                         uint64_t offset, const void* data, size_t size) {
  return CopyTo(bp_reservation_data(reservation), room, offset, data, size);
}
