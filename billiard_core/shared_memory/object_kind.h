// What an object in an arena is. The kind lies in the heap's own word for the object's block, so that an
// id which names another kind of object is refused before a byte of it is looked at.
#ifndef BILLIARD_CORE_SHARED_MEMORY_OBJECT_KIND_H_
#define BILLIARD_CORE_SHARED_MEMORY_OBJECT_KIND_H_

#include <cstdint>

namespace billiard::shared_memory {

// Fits 8 bits; 0 is no kind. The numbers are in shared memory: never change one.
enum class ObjectKind : uint32_t {
  kMemory = 1,
  kLock = 2,
  kRLock = 3,
  kSemaphore = 4,
  kBoundedSemaphore = 5,
  kTrackedSemaphore = 6,
  kCondition = 7,
  kEvent = 8,
  kBarrier = 9,
  kValue = 10,
  kArray = 11,
};

// The letter of a kind in the names of shared-memory objects, "/billiard-<letter>-<name>". Each kind has
// names of its own; 'q' is a queue, 'm' an arena that has a name itself.
constexpr char NameLetter(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kMemory:
      return 'y';
    case ObjectKind::kLock:
      return 'l';
    case ObjectKind::kRLock:
      return 'r';
    case ObjectKind::kSemaphore:
      return 's';
    case ObjectKind::kBoundedSemaphore:
      return 'b';
    case ObjectKind::kTrackedSemaphore:
      return 't';
    case ObjectKind::kCondition:
      return 'c';
    case ObjectKind::kEvent:
      return 'e';
    case ObjectKind::kBarrier:
      return 'w';
    case ObjectKind::kValue:
      return 'v';
    case ObjectKind::kArray:
      return 'a';
  }
  return '?';
}

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_OBJECT_KIND_H_
