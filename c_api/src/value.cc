// Shims of value.h.
#include "billiard/value.h"

#include <cstdio>
#include <string>

#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/typed_handle.h"

using billiard::Deadline;
using billiard::shared_memory::ElementType;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

struct bp_value : TypedHandle {};

namespace {

// The number in one field, or the numbers in all: "5", "0.5, 3".
std::string NumberIn(const bp_value& value, uint32_t field) {
  const char code = value.type().fields()[field].code;
  if (!billiard::shared_memory::IsIntegerTypecode(code)) {
    char text[32];
    snprintf(text, sizeof text, "%.15g", value.elements().GetDouble(0, field).value_or(0));
    return text;
  }
  const absl::StatusOr<int64_t> number = value.elements().GetInt(0, field);
  return number.ok() ? std::to_string(*number)
                     : std::to_string(value.elements().GetUint(0, field).value_or(0));
}

std::string Numbers(const bp_value& value) {
  std::string all = NumberIn(value, 0);
  for (uint32_t field = 1; field < value.type().fields().size(); ++field) {
    all += ", " + NumberIn(value, field);
  }
  return all;
}

}  // namespace

bp_status bp_type_read(const char* type, uint64_t* size, uint32_t* fields, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(type, "type"));
    const absl::StatusOr<ElementType> read = ElementType::Parse(type);
    if (!read.ok()) return read.status();
    if (size != nullptr) *size = read->bytes();
    if (fields != nullptr) *fields = static_cast<uint32_t>(read->fields().size());
    return absl::OkStatus();
  });
}

bp_status bp_value_create(const char* type, const void* data, size_t size,
                          const bp_object_options* options, bp_value** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    return HandOverTyped(MakeTyped(ObjectKind::kValue, {type, 1, data, size}, options), out);
  });
}

bp_status bp_value_attach(bp_segment* segment, uint64_t id, bp_value** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    return HandOverTyped(AttachTyped(segment, id, ObjectKind::kValue), out);
  });
}

uint64_t bp_value_id(const bp_value* value) { return IdOf(value); }

bp_status bp_value_copy(const bp_value* value, const bp_object_options* options, bp_value** out,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return HandOverTyped(CopyTyped(ObjectKind::kValue, *value, options), out);
  });
}

bp_status bp_value_synchronize(bp_value* value, const bp_object_options* options, bp_value** out,
                               bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return HandOverTyped(Synchronize(*value, options), out);
  });
}

const char* bp_value_type(const bp_value* value) {
  return value == nullptr ? "" : value->type().text().c_str();
}

void* bp_value_data(const bp_value* value) {
  return value == nullptr || !value->Usable().ok() ? nullptr : value->data();
}

uint64_t bp_value_size(const bp_value* value) {
  return value == nullptr ? 0 : value->elements().bytes();
}

uint32_t bp_value_fields(const bp_value* value) {
  return value == nullptr ? 0 : static_cast<uint32_t>(value->type().fields().size());
}

const char* bp_value_field_name(const bp_value* value, uint32_t field) {
  return FieldName(value, field);
}

int32_t bp_value_field_index(const bp_value* value, const char* name) {
  return FieldIndex(value, name);
}

int32_t bp_value_field_type(const bp_value* value, uint32_t field) {
  return FieldType(value, field);
}

bp_status bp_value_get_int(const bp_value* value, uint32_t field, int64_t* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Get(*value, 0, field, out);
  });
}

bp_status bp_value_get_uint(const bp_value* value, uint32_t field, uint64_t* out,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Get(*value, 0, field, out);
  });
}

bp_status bp_value_get_double(const bp_value* value, uint32_t field, double* out,
                              bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Get(*value, 0, field, out);
  });
}

bp_status bp_value_set_int(bp_value* value, uint32_t field, int64_t number, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Set(*value, 0, field, number);
  });
}

bp_status bp_value_set_uint(bp_value* value, uint32_t field, uint64_t number, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Set(*value, 0, field, number);
  });
}

bp_status bp_value_set_double(bp_value* value, uint32_t field, double number, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Set(*value, 0, field, number);
  });
}

bp_status bp_value_get_bytes(const bp_value* value, bp_buffer* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return ReadInto(*value, 0, 1, out);
  });
}

bp_status bp_value_set_bytes(bp_value* value, const void* data, size_t size, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    return value->elements().Fill(0, 1, Bytes(data, size));
  });
}

bp_status bp_value_fetch_add(bp_value* value, uint32_t field, int64_t number, int64_t* out,
                             bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Give(value->elements().FetchAdd(0, field, number), out);
  });
}

bp_status bp_value_exchange(bp_value* value, uint32_t field, int64_t number, int64_t* out,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Give(value->elements().Exchange(0, field, number), out);
  });
}

bp_status bp_value_compare_exchange(bp_value* value, uint32_t field, int64_t expected,
                                    int64_t number, int64_t* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return Give(value->elements().CompareExchange(0, field, expected, number), out);
  });
}

bp_status bp_value_wait(bp_value* value, uint32_t field, int64_t expected, int64_t timeout_ns,
                        bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return value->elements().Wait(0, field, expected, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_value_wake(bp_value* value, uint32_t field, int32_t count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return value->elements().Wake(0, field, count);
  });
}

bp_status bp_value_acquire(bp_value* value, uint64_t owner_token, int64_t timeout_ns,
                           bp_interrupt* interrupt, bp_error** error) {
  return GuardGrant(error, [&]() -> absl::StatusOr<billiard::sync::Grant> {
    BP_RETURN_IF_ERROR(CheckWait(value, "value", timeout_ns));
    return value->lock.Acquire(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_value_wait_lock(bp_value* value, uint64_t owner_token, int64_t timeout_ns,
                             bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(value, "value", timeout_ns));
    return value->lock.WaitFree(owner_token, Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_value_unlock(bp_value* value, uint64_t owner_token, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return value->lock.Release(owner_token);
  });
}

bp_status bp_value_get_rlock(bp_value* value, bp_rlock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return value->lock.GetRLock(out);
  });
}

bp_status bp_value_get_lock(bp_value* value, bp_lock** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckHandle(value, "value"));
    return value->lock.GetLock(out);
  });
}

size_t bp_value_describe(const bp_value* value, char* text, size_t capacity) {
  if (value == nullptr || !value->Usable().ok()) return WriteText("", text, capacity);
  const std::string what = value->type().text() + "(" + Numbers(*value) + ")";
  if (!value->lock.exists()) return WriteText("<" + what + ">", text, capacity);
  const std::string kind = value->type().is_structure() ? "Synchronized<Struct>" : "Synchronized";
  return WriteText("<" + kind + " wrapper for " + what + ">", text, capacity);
}

void bp_value_release(bp_value* value) { delete value; }
