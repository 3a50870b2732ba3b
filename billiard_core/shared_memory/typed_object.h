// How a shared value or array lies in its object: {header 64 | its own lock's state 64, if it has one |
// type text, if it is long | elements}. An element is never moved; what the header says is fixed before
// the object is published.
//
// Whoever attaches checks the header against the object's size and keeps what it says in memory of its
// own: a header that changes later, against the rules, changes no bounds.
#ifndef BILLIARD_CORE_SHARED_MEMORY_TYPED_OBJECT_H_
#define BILLIARD_CORE_SHARED_MEMORY_TYPED_OBJECT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/element_type.h"

namespace billiard::shared_memory {

// Which lock a value or array has (SHM-30).
enum class LockSort : uint32_t {
  kNone = 0,   // raw
  kOwn = 1,    // an RLock whose state lies in the object itself
  kLock = 2,   // a lock that was given
  kRLock = 3,  // an RLock that was given
};

struct TypedLayout {
  ElementType type;
  uint64_t count;  // elements
  Overflow overflow;
  LockSort lock;
  uint64_t lock_object;  // name of the object of a given lock; else 0
  uint64_t lock_offset;  // of kLockBytes bytes, when the lock is kOwn; else 0
  uint64_t data_offset;  // of the elements; a multiple of 64
  uint64_t bytes;        // of the whole object

  static constexpr uint64_t kLockBytes = 64;

  // kTooLarge when the object would be larger than any.
  static absl::StatusOr<TypedLayout> Plan(ElementType type, uint64_t count, Overflow overflow,
                                          LockSort lock, uint64_t lock_object);

  // Writes the header into a zeroed object of `bytes` bytes.
  void WriteTo(std::byte* object) const;

  // What an object of `object_bytes` bytes says that it is. kCorrupt when that can not be.
  static absl::StatusOr<TypedLayout> ReadFrom(const std::byte* object, uint64_t object_bytes);
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_TYPED_OBJECT_H_
