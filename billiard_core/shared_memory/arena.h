// A segment full of objects: the heap they lie in, the processes that take part, the references that each
// process has, and a region for those who wait. Any process that has the arena may make an object, and
// any may give the last reference back (G-SHM-1).
//
// Threads: all functions, any thread. Fork: works in children, which register themselves.
//
//   segment header | arena header | participants | wait table | references | heap header | blocks
//
// I1: what a process holds here - blocks that it is making, references - carries its Owner. Recover() takes
//     all of it back when the process is dead, whoever calls it, as often as it is called.
// I2: sizes are read from the header once, when the arena is opened, and checked against the segment.
#ifndef BILLIARD_CORE_SHARED_MEMORY_ARENA_H_
#define BILLIARD_CORE_SHARED_MEMORY_ARENA_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/shared_memory/named_segment.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

class BuddyHeap;
class References;

// This process's view of the region for those who wait. Their module makes it; here it is kept, one per
// Arena, and told of the dead.
class WaitRegion {
 public:
  virtual ~WaitRegion() = default;
  // Frees what a dead participant left there. Any number of times, by any number of processes.
  virtual void TakeBack(Owner dead) = 0;
};

struct ArenaOptions {
  uint64_t max_bytes = 0;  // room for objects; 0: as much address space as this process may reserve
};

struct ArenaStats {
  uint64_t segment_bytes;    // address space
  uint64_t bytes_committed;  // memory for objects that this arena keeps, used or not
  uint64_t bytes_in_use;     // of blocks that are allocated
  uint64_t objects;          // blocks that are allocated
  uint64_t references;       // of all processes
  int participants;          // living processes and handles that take part
};

class Arena {
 public:
  static constexpr uint64_t kParticipantsOffset = NamedSegment::kParticipantsOffset;
  // Zeroed and not committed: for sync::WaitTable, which commits what it uses.
  static constexpr uint64_t kWaitTableOffset = kParticipantsOffset + Participants::kBytes;
  static constexpr uint64_t kWaitTableBytes = uint64_t{4} << 20;
  static constexpr uint64_t kSmallestMaxBytes = uint64_t{128} << 10;
  static constexpr uint64_t kLargestMaxBytes = uint64_t{1} << 36;  // granules have 30 bits

  // The arena of this tree of processes: made at the first call, inherited by every fork. A child that was
  // forked before the first call has another one. kNoMem, kOs.
  static absl::StatusOr<std::shared_ptr<Arena>> Default();

  // Makes the arena of another process's tree the default one of this process, which was just started: what
  // Default() gave before is kept by those who have it. Errors as OpenFd.
  static absl::Status AdoptDefault(os::Fd fd);

  // Anonymous: shared by fork, or by passing segment().fd(). kInvalid (names the option), kNoMem, kOs.
  static absl::StatusOr<std::shared_ptr<Arena>> Create(const ArenaOptions& options = {});

  // Opens the arena of this name, or makes it with `options` when no living process has it. The name goes
  // with the last process that has it. Errors as NamedSegment::Open and Create.
  static absl::StatusOr<std::shared_ptr<Arena>> OpenNamed(absl::string_view name,
                                                          const ArenaOptions& options = {});

  // The same under another letter (named_segment.h). `fill` runs on an arena that was just made, before
  // others may have it, `check` on one that others have; either may be null, and a failure is handed on.
  using Visit = std::function<absl::Status(Arena*)>;
  static absl::StatusOr<std::shared_ptr<Arena>> OpenNamedAs(char letter, absl::string_view name,
                                                            const ArenaOptions& options,
                                                            const Visit& fill, const Visit& check);

  // The arena of a segment that another process made, by its file. kCorrupt when it is anything else.
  static absl::StatusOr<std::shared_ptr<Arena>> OpenFd(os::Fd fd);

  // As Create, in an empty file that others can open, but not before `fill` is done.
  static absl::StatusOr<std::shared_ptr<Arena>> CreateInFile(os::Fd fd, const ArenaOptions& options,
                                                             const Visit& fill);

  // Ends this process's participation, and removes the name with the last one.
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // This process's Owner, registering it if need be; a table full of the dead is cleared. kFull, kNoMem.
  absl::StatusOr<Owner> Self();

  // Takes back what the dead held: their references are dropped, their blocks freed, and, where this
  // process waits or has waited (WaitRegionMadeBy), their waits ended. Returns of how many.
  int Recover();
  // The same, at most about once a second among all processes: for those who wait or make objects.
  void RecoverSometimes();

  // The view that the first call had made; it lives as long as the Arena. Threads may race: one wins.
  // Errors are `make`'s.
  using MakeWaitRegion = absl::StatusOr<std::unique_ptr<WaitRegion>> (*)(Arena*);
  absl::StatusOr<WaitRegion*> WaitRegionMadeBy(MakeWaitRegion make);

  // Exact while nobody allocates or frees.
  ArenaStats Stats() const;

  // The one object of a named segment: {generation 32 | granule 32}, 0: none. Written before others see it.
  uint64_t root() const;
  void set_root(uint64_t id);

  Segment* segment() const { return segment_.get(); }
  Participants* participants() const { return participants_.get(); }
  BuddyHeap* heap() const { return heap_.get(); }
  References* references() const { return references_.get(); }

 private:
  struct Header;
  struct Layout;

  Arena();
  static absl::StatusOr<std::shared_ptr<Arena>> Assemble(std::unique_ptr<Segment> segment,
                                                         const Layout& layout, bool fresh);
  static absl::StatusOr<std::shared_ptr<Arena>> Format(std::unique_ptr<Segment> segment,
                                                       const Visit& fill);

  // Fixed after construction; the name is given up first, the segment last.
  std::unique_ptr<Segment> segment_;
  Header* header_ = nullptr;
  std::unique_ptr<Participants> participants_;
  std::unique_ptr<BuddyHeap> heap_;
  std::unique_ptr<References> references_;
  std::atomic<WaitRegion*> waits_{nullptr};  // owned; set once
  std::unique_ptr<NamedSegment> name_;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_ARENA_H_
