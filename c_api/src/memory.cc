// Shims of memory.h.
#include "billiard/memory.h"

#include <memory>
#include <utility>

#include "c_api/src/object_handle.h"

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace
using billiard::Code;
using billiard::MakeStatus;

struct bp_memory : ObjectHandle {
  static absl::StatusOr<std::unique_ptr<bp_memory>> From(ObjectHandle handle) {
    return std::make_unique<bp_memory>(bp_memory{std::move(handle)});
  }
};

bp_status bp_memory_create(int64_t bytes, const bp_object_options* options, bp_memory** out,
                           bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    if (bytes < 0) return MakeStatus(Code::kInvalid, "bytes: is below 0");
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kNo, &wishes));
    const auto wanted = static_cast<uint64_t>(bytes);
    const auto same_size = [wanted](std::byte*, uint64_t there) {
      return there == wanted ? absl::OkStatus()
                             : MakeStatus(Code::kExists, "the name has another size");
    };
    return HandOver(MakeObject(wishes, ObjectKind::kMemory, wanted, nullptr, same_size), out);
  });
}

bp_status bp_memory_attach(bp_segment* segment, uint64_t id, bp_memory** out, bp_error** error) {
  return AttachHandle(segment, id, ObjectKind::kMemory, out, error);
}

uint64_t bp_memory_id(const bp_memory* memory) { return IdOf(memory); }

void* bp_memory_data(const bp_memory* memory) {
  return memory == nullptr || !memory->Usable().ok() ? nullptr : memory->object->data();
}

uint64_t bp_memory_size(const bp_memory* memory) {
  return memory == nullptr ? 0 : memory->object->bytes();
}

void bp_memory_release(bp_memory* memory) { delete memory; }
