// The name of a segment that unrelated processes of one user open: a POSIX shared-memory object
// "/billiard-<letter>-<name>", mode 0600, that goes away with the last living process that has it open.
//
// Threads: any, each with its own NamedSegment. Fork: a forked child counts as having the segment open from
// its first registration in it; one that never registered is not known, and does not keep the name.
//
// I1: making, joining, clearing and removing a name happen under the object's file lock, on a
//     descriptor opened for that alone. Whoever dies in the middle of it loses the lock.
// I2: who joins is registered before the lock is given up, so that nobody removes the name meanwhile.
// I3: an object is empty, or has a Billiard header; one that is not ready or has no living participant
//     was left by the dead and is cleared, at the next open of its name or when any other name is made.
//     Anything else under the name is kCorrupt and not touched.
#ifndef BILLIARD_CORE_SHARED_MEMORY_NAMED_SEGMENT_H_
#define BILLIARD_CORE_SHARED_MEMORY_NAMED_SEGMENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

class NamedSegment {
 public:
  // Every kind of segment that can have a name has its Participants here, so that whoever makes a name
  // can tell of all the others whether somebody living has them.
  static constexpr uint64_t kParticipantsOffset = Segment::kHeaderBytes + 4096;

  // How the name's keeper talks to what is in the segment; all of it stays valid as long as the keeper.
  struct Content {
    std::function<absl::Status()> join;  // registers this process as a participant
    std::function<void()> leave;         // ends that
    std::function<int()> count_living;   // participants, this process among them once it has joined
  };
  // Makes or opens what lives in the file, and keeps it.
  using Factory = std::function<absl::StatusOr<Content>(os::Fd)>;

  // Opens the name; `make` runs when no living process has it, else `open`. Their failures are handed
  // on. kInvalid: the name has not 1 to 200 bytes, or has a '/' or a NUL in it; kCorrupt: it belongs to
  // something else; kTimeout: another process keeps it locked for 5 s; kNoMem, kOs.
  static absl::StatusOr<std::unique_ptr<NamedSegment>> Open(char letter, absl::string_view name,
                                                            const Factory& make,
                                                            const Factory& open);

  // Ends this process's use: leaves, and removes the name when nobody else has it.
  ~NamedSegment();

  NamedSegment(const NamedSegment&) = delete;
  NamedSegment& operator=(const NamedSegment&) = delete;

 private:
  NamedSegment(std::string object, uint64_t device, uint64_t inode, Content content);

  // Fixed after construction.
  const std::string object_;
  const uint64_t device_;
  const uint64_t inode_;
  const Content content_;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_NAMED_SEGMENT_H_
