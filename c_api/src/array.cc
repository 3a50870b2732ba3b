// Shims of array.h.
#include "billiard/array.h"

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/typed_handle.h"

using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

struct bp_array : TypedHandle {};

namespace {

bool IsText(const bp_array& array) { return array.type().text() == "c"; }

absl::Status CheckText(const bp_array* array) {
  BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
  return IsText(*array) ? absl::OkStatus()
                        : MakeStatus(Code::kInvalid, "array: is not of type \"c\"");
}

}  // namespace

bp_status bp_array_create(const char* type, int64_t length, const void* data, size_t size,
                          const bp_object_options* options, bp_array** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    if (length < 0) return MakeStatus(Code::kInvalid, "length: is below 0");
    const auto count = static_cast<uint64_t>(length);
    return HandOverTyped(MakeTyped(ObjectKind::kArray, {type, count, data, size}, options), out);
  });
}

bp_status bp_array_attach(bp_segment* segment, uint64_t id, bp_array** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    return HandOverTyped(AttachTyped(segment, id, ObjectKind::kArray), out);
  });
}

uint64_t bp_array_id(const bp_array* array) { return IdOf(array); }

bp_status bp_array_copy(const bp_array* array, const bp_object_options* options, bp_array** out,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return HandOverTyped(CopyTyped(ObjectKind::kArray, *array, options), out);
  });
}

bp_status bp_array_synchronize(bp_array* array, const bp_object_options* options, bp_array** out,
                               bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return HandOverTyped(Synchronize(*array, options), out);
  });
}

const char* bp_array_type(const bp_array* array) {
  return array == nullptr ? "" : array->type().text().c_str();
}

uint64_t bp_array_length(const bp_array* array) {
  return array == nullptr ? 0 : array->layout.count;
}

uint64_t bp_array_element_size(const bp_array* array) {
  return array == nullptr ? 0 : array->type().bytes();
}

void* bp_array_data(const bp_array* array) {
  return array == nullptr || !array->Usable().ok() ? nullptr : array->data();
}

uint64_t bp_array_size(const bp_array* array) {
  return array == nullptr ? 0 : array->elements().bytes();
}

uint32_t bp_array_fields(const bp_array* array) {
  return array == nullptr ? 0 : static_cast<uint32_t>(array->type().fields().size());
}

const char* bp_array_field_name(const bp_array* array, uint32_t field) {
  return FieldName(array, field);
}

int32_t bp_array_field_index(const bp_array* array, const char* name) {
  return FieldIndex(array, name);
}

int32_t bp_array_field_type(const bp_array* array, uint32_t field) {
  return FieldType(array, field);
}

bp_status bp_array_get_int(const bp_array* array, int64_t index, uint32_t field, int64_t* out,
                           bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Get(*array, index, field, out);
  });
}

bp_status bp_array_get_uint(const bp_array* array, int64_t index, uint32_t field, uint64_t* out,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Get(*array, index, field, out);
  });
}

bp_status bp_array_get_double(const bp_array* array, int64_t index, uint32_t field, double* out,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Get(*array, index, field, out);
  });
}

bp_status bp_array_set_int(bp_array* array, int64_t index, uint32_t field, int64_t number,
                           bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Set(*array, index, field, number);
  });
}

bp_status bp_array_set_uint(bp_array* array, int64_t index, uint32_t field, uint64_t number,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Set(*array, index, field, number);
  });
}

bp_status bp_array_set_double(bp_array* array, int64_t index, uint32_t field, double number,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Set(*array, index, field, number);
  });
}

bp_status bp_array_read(const bp_array* array, int64_t start, int64_t count, bp_buffer* out,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return ReadInto(*array, start, count, out);
  });
}

bp_status bp_array_read_into(const bp_array* array, int64_t start, int64_t count, void* data,
                             size_t capacity, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    const absl::StatusOr<uint64_t> bytes = array->elements().BytesOfRange(start, count);
    if (!bytes.ok()) return bytes.status();
    if (*bytes > capacity) return MakeStatus(Code::kInvalid, "capacity: is not enough");
    BP_RETURN_IF_ERROR(CheckBytes(data, *bytes));
    return array->elements().Read(start, count, data, *bytes);
  });
}

bp_status bp_array_write(bp_array* array, int64_t start, const void* data, size_t size,
                         bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    return array->elements().Write(start, Bytes(data, size));
  });
}

bp_status bp_array_fill(bp_array* array, int64_t start, int64_t count, const void* data,
                        size_t size, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    return array->elements().Fill(start, count, Bytes(data, size));
  });
}

bp_status bp_array_get_text(const bp_array* array, bp_buffer* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckText(array));
    BP_RETURN_IF_ERROR(ReadInto(*array, 0, static_cast<int64_t>(array->layout.count), out));
    if (out->size == 0) return absl::OkStatus();
    const void* nul = memchr(out->data, 0, out->size);
    if (nul != nullptr) {
      out->size =
          static_cast<size_t>(static_cast<const char*>(nul) - static_cast<const char*>(out->data));
    }
    if (out->size == 0) bp_buffer_free(out);  // an empty buffer has no data
    return absl::OkStatus();
  });
}

bp_status bp_array_set_text(bp_array* array, const void* data, size_t size, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckText(array));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    if (size > array->layout.count) {
      return MakeStatus(Code::kInvalid, absl::StrCat("size: ", size, " bytes are more than the ",
                                                     array->layout.count, " of the array"));
    }
    std::string text(static_cast<const char*>(data), size);
    if (size < array->layout.count) text.push_back('\0');
    return array->elements().Write(0, text);
  });
}

bp_status bp_array_fetch_add(bp_array* array, int64_t index, uint32_t field, int64_t number,
                             int64_t* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Give(array->elements().FetchAdd(index, field, number), out);
  });
}

bp_status bp_array_exchange(bp_array* array, int64_t index, uint32_t field, int64_t number,
                            int64_t* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Give(array->elements().Exchange(index, field, number), out);
  });
}

bp_status bp_array_compare_exchange(bp_array* array, int64_t index, uint32_t field,
                                    int64_t expected, int64_t number, int64_t* out,
                                    bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return Give(array->elements().CompareExchange(index, field, expected, number), out);
  });
}

bp_status bp_array_wait(bp_array* array, int64_t index, uint32_t field, int64_t expected,
                        int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return array->elements().Wait(index, field, expected, Deadline::After(timeout_ns),
                                  Core(interrupt));
  });
}

bp_status bp_array_wake(bp_array* array, int64_t index, uint32_t field, int32_t count,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return array->elements().Wake(index, field, count);
  });
}

bp_status bp_array_acquire(bp_array* array, uint64_t owner_token, int64_t timeout_ns,
                           bp_interrupt* interrupt, bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<billiard::sync::Grant> {
    BP_RETURN_IF_ERROR(CheckWait(array, "array", timeout_ns));
    return array->lock.Acquire(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_array_wait_lock(bp_array* array, uint64_t owner_token, int64_t timeout_ns,
                             bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(array, "array", timeout_ns));
    return array->lock.WaitFree(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_array_unlock(bp_array* array, uint64_t owner_token, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return array->lock.Release(owner_token);
  });
}

bp_status bp_array_get_rlock(bp_array* array, bp_rlock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return array->lock.GetRLock(out);
  });
}

bp_status bp_array_get_lock(bp_array* array, bp_lock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(array, "array"));
    return array->lock.GetLock(out);
  });
}

size_t bp_array_describe(const bp_array* array, char* text, size_t capacity) {
  if (array == nullptr) return WriteText("", text, capacity);
  const std::string what = array->type().text() + "[" + std::to_string(array->layout.count) + "]";
  if (!array->lock.exists()) return WriteText("<" + what + ">", text, capacity);
  const std::string kind = IsText(*array) ? "SynchronizedString" : "SynchronizedArray";
  return WriteText("<" + kind + " wrapper for " + what + ">", text, capacity);
}

void bp_array_release(bp_array* array) { delete array; }
