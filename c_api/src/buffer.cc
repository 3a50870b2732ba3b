#include "c_api/src/buffer.h"

#include <cstdlib>
#include <cstring>

#include "billiard_core/base/status.h"

namespace billiard::c_api {

absl::Status FillBuffer(const void* data, size_t size, uint32_t format, bp_buffer* buffer) {
  void* copy = nullptr;
  if (size > 0) {
    copy = malloc(size);
    if (copy == nullptr) return MakeStatus(Code::kNoMem, "out of memory for the bytes");
    memcpy(copy, data, size);
  }
  *buffer = bp_buffer{copy, size, format};
  return absl::OkStatus();
}

}  // namespace billiard::c_api

void bp_buffer_free(bp_buffer* buffer) {
  if (buffer == nullptr) return;
  free(buffer->data);
  *buffer = bp_buffer{nullptr, 0, BP_FORMAT_RAW};
}
