// What a bp_value and a bp_array hold, and what both do: a value is an array of one element.
#ifndef BILLIARD_C_API_TYPED_HANDLE_H_
#define BILLIARD_C_API_TYPED_HANDLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/shared_memory/elements.h"
#include "billiard_core/shared_memory/object_kind.h"
#include "billiard_core/shared_memory/typed_object.h"
#include "c_api/src/chosen_lock.h"
#include "c_api/src/guard.h"
#include "c_api/src/object_handle.h"

namespace billiard::c_api {

struct TypedHandle : ObjectHandle {
  shared_memory::TypedLayout layout;
  ChosenLock lock;

  std::byte* data() const { return object->data() + layout.data_offset; }
  shared_memory::Elements elements() const {
    return shared_memory::Elements(&layout.type, data(), layout.count, layout.overflow);
  }
  const shared_memory::ElementType& type() const { return layout.type; }
};

// What the maker of a value or array wants. `data` is empty for zeroes.
struct TypedWishes {
  const char* type;
  uint64_t count;
  const void* data;
  size_t size;
};

// A new object of the kind, or the named one, which must have the same type and length.
absl::StatusOr<TypedHandle> MakeTyped(ObjectKind kind, const TypedWishes& typed,
                                      const bp_object_options* options);
absl::StatusOr<TypedHandle> AttachTyped(const bp_segment* segment, uint64_t id, ObjectKind kind);
// A raw one with the same contents (SHM-35).
absl::StatusOr<TypedHandle> CopyTyped(ObjectKind kind, const TypedHandle& from,
                                      const bp_object_options* options);
// The same object with a lock (SHM-34). kState: it has one.
absl::StatusOr<TypedHandle> Synchronize(const TypedHandle& raw, const bp_object_options* options);

// Gives a handle of the caller's type to the caller: a struct that only derives from TypedHandle.
template <typename Handle>
absl::Status HandOverTyped(absl::StatusOr<TypedHandle> made, Handle** out) {
  if (!made.ok()) return made.status();
  *out = new Handle{*std::move(made)};
  return absl::OkStatus();
}

// Stores a result where the caller wants it, if he does.
template <typename T>
absl::Status Give(const absl::StatusOr<T>& result, T* out) {
  if (result.ok() && out != nullptr) *out = *result;
  return result.status();
}

// Accesses of an element's field, by the type of the number; the handle was checked before.
absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, int64_t* out);
absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, uint64_t* out);
absl::Status Get(const TypedHandle& handle, int64_t index, uint32_t field, double* out);
absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, int64_t number);
absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, uint64_t number);
absl::Status Set(const TypedHandle& handle, int64_t index, uint32_t field, double number);

// A copy of `count` elements in a buffer of the caller, which is there and empty; each field is whole.
absl::Status ReadInto(const TypedHandle& handle, int64_t start, int64_t count, bp_buffer* out);

// The field's name, number and typecode, as the ABI gives them.
const char* FieldName(const TypedHandle* handle, uint32_t field);
int32_t FieldIndex(const TypedHandle* handle, const char* name);
int32_t FieldType(const TypedHandle* handle, uint32_t field);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_TYPED_HANDLE_H_
