// One reference as the process that holds it knows it, and the list of all of them, which a forked child
// walks to take references of its own.
//
// Threads: as Object. Fork: every libc fork of this process waits until nobody is changing the list; the
// parent goes on when the child has its references, or is gone, so that giving its own back cannot be
// faster (for a child that hangs at its start it waits a second). A raw clone copies the list in
// any state: such a child starts a new one, and each reference joins it at its first use.
//
// I1: record_ and owner_ belong to the process with token_.
// I2: next_ and previous_ mean something only in the process with listed_by_, under the list's lock.
#ifndef BILLIARD_CORE_SHARED_MEMORY_LOCAL_REFERENCE_H_
#define BILLIARD_CORE_SHARED_MEMORY_LOCAL_REFERENCE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/participants.h"

namespace billiard::shared_memory {

class LocalReference {
 public:
  // For a reference that this process has just taken: `record` in the arena's table.
  LocalReference(std::shared_ptr<Arena> arena, uint32_t granule, uint32_t generation,
                 uint32_t record, Owner owner);
  // Gives this process's reference back, if it has one.
  ~LocalReference();
  LocalReference(const LocalReference&) = delete;
  LocalReference& operator=(const LocalReference&) = delete;

  // Whether the process with this token has the reference.
  bool BelongsTo(uint64_t token) const {
    return token_.load(std::memory_order_acquire) == token;  // [ADOPT]
  }

  // In a forked child: takes a reference of its own. kState: the object is gone.
  absl::Status Adopt();

  const std::shared_ptr<Arena>& arena() const { return arena_; }
  uint32_t granule() const { return granule_; }
  uint32_t generation() const { return generation_; }

 private:
  friend class LocalList;

  absl::Status AdoptLocked(uint64_t token);

  // Fixed after construction.
  const std::shared_ptr<Arena> arena_;
  const uint32_t granule_;
  const uint32_t generation_;

  std::atomic<uint64_t> token_;
  uint32_t record_;
  Owner owner_;

  LocalReference* next_ = nullptr;
  LocalReference* previous_ = nullptr;
  uint64_t listed_by_ = 0;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_LOCAL_REFERENCE_H_
