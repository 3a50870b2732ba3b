// The segment of one pool: its layout, checked access to it, and its payload blocks. Made by the host;
// mapped by the host, by forked workers (inherited) and by started commands (opened from an fd).
//
// Nothing read from the segment is used as an index or offset before it is checked here, so that a
// process that scribbles in it can spoil jobs but not make others touch memory outside it.
//
// Thread-safe, but for the functions marked "host, locked", which need the pool's mutex.
#ifndef BILLIARD_CORE_POOL_POOL_SEGMENT_H_
#define BILLIARD_CORE_POOL_POOL_SEGMENT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/pool/job_word.h"
#include "billiard_core/pool/layout.h"
#include "billiard_core/pool/options.h"
#include "billiard_core/pool/ring.h"
#include "billiard_core/process/child_entry.h"
#include "billiard_core/shared_memory/block_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::pool {

// Bytes in shared memory. `data` is nullptr when the segment's words about them make no sense.
struct PayloadView {
  const std::byte* data = nullptr;
  uint64_t size = 0;
  uint32_t format = 0;

  absl::string_view bytes() const {
    return absl::string_view(reinterpret_cast<const char*>(data), size);
  }
};

// A payload's bytes on their way into a slot: in a block already, or still the caller's.
struct StagedPayload {
  absl::string_view bytes;
  uint32_t format = 0;
  shared_memory::BlockRef block = shared_memory::kNoBlock;
};

// Where the tables of a mapped segment are; every count was checked against the mapping. In a segment that
// is mapped for reading alone they may only be read.
struct PoolTables {
  PoolHeader* header = nullptr;
  WorkerEntry* workers = nullptr;
  process::ChildEntry* children = nullptr;
  GroupEntry* groups = nullptr;
  JobSlot* slots = nullptr;
  uint32_t place_count = 0;
  uint32_t group_count = 0;
  uint64_t slot_count = 0;
};

class PoolSegment {
 public:
  static absl::StatusOr<std::unique_ptr<PoolSegment>> Create(const PoolOptions& options);
  static absl::StatusOr<std::unique_ptr<PoolSegment>> Open(os::Fd fd);

  // Where everything is in a pool's segment; kCorrupt.
  static absl::StatusOr<PoolTables> TablesIn(const shared_memory::Segment& segment);
  const PoolTables& tables() const { return tables_; }

  PoolHeader* header() const { return tables_.header; }
  uint32_t place_count() const { return tables_.place_count; }
  uint32_t group_count() const { return tables_.group_count; }
  uint64_t slot_count() const { return tables_.slot_count; }

  // index < the count.
  WorkerEntry* worker(uint32_t place) const { return &tables_.workers[place]; }
  process::ChildEntry* children() const { return tables_.children; }
  GroupEntry* group(uint32_t index) const { return &tables_.groups[index]; }
  JobSlot* slot(uint32_t index) const { return &tables_.slots[index]; }
  // nullptr when the index is out of range.
  JobSlot* SlotOrNull(JobRef job) const {
    return job.slot < tables_.slot_count ? &tables_.slots[job.slot] : nullptr;
  }
  RingView returned(uint32_t group) const;
  RingView queued(uint32_t group, uint32_t level) const;
  // Entries in the rings of a group, stale ones among them.
  bool HasQueued(uint32_t group) const;
  // A number that grows with each job that the group's workers claim.
  uint64_t Claimed(uint32_t group) const;

  // The futex that waits for a job's outcome: the low half of its word (J3).
  static const std::atomic<uint32_t>* FutexOf(const JobSlot* slot) {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    return reinterpret_cast<const std::atomic<uint32_t>*>(&slot->word);
  }

  // Host, locked: makes sure that the slot's page exists.
  absl::Status CommitSlot(uint32_t slot);
  // Host, locked. Rings are longer than there are slots, so false means that a page of the ring could
  // not be committed.
  bool PushQueued(uint32_t group, int priority, JobRef job);
  bool PushReturned(uint32_t group, JobRef job);

  // kTooLarge over max_payload; `what` names the argument in the message.
  absl::Status CheckSize(absl::string_view bytes, absl::string_view what) const {
    return CheckSize(bytes.size(), what);
  }
  absl::Status CheckSize(uint64_t bytes, absl::string_view what) const;
  // Brings bytes that do not fit into a slot into a block of this process, tagged with the job that
  // they are for. Those that fit need no memory and always succeed.
  absl::StatusOr<StagedPayload> Stage(absl::string_view bytes, uint32_t format, JobRef tag);
  void DropStaged(const StagedPayload& staged);
  // Sets the payload of a slot; a staged block now belongs to it.
  static void Store(const StagedPayload& staged, Payload* payload, std::byte* inline_bytes);
  PayloadView Load(const Payload& payload, const std::byte* inline_bytes) const;
  void FreePayload(Payload* payload);

  // A list of names in one block; each ended by NUL, sorted.
  absl::StatusOr<shared_memory::BlockRef> StoreNames(const std::string& packed);
  absl::StatusOr<std::string> LoadNames(uint64_t block, uint64_t bytes) const;
  // Frees a list that `owner` stored.
  void FreeNames(uint64_t block, shared_memory::Owner owner);

  shared_memory::BlockHeap* heap() const { return heap_.get(); }
  shared_memory::Participants* participants() const { return participants_.get(); }
  int fd() const { return segment_->fd(); }
  uint64_t children_offset() const;

  // The host's finished eventfd, poked when a job joins its list of finished ones.
  void SetFinishedFd(int fd) { finished_fd_ = fd; }
  void PokeFinished();
  // The host's control eventfd: in event-loop mode it wakes the thread that waits for all (event_loop.h).
  // To be poked by whoever changes what a thread of the host may wait for.
  void SetLoopFd(int fd) { loop_fd_ = fd; }
  void PokeLoop();

  // A job of this parent (JobSlot::parent) has ended, and whoever looks at its word sees how. Wakes those
  // who wait for the parent when that was the last one, or `wake` says so.
  void TellParent(uint32_t parent, bool wake);

  // Something has ended or become free: wakes those who wait to submit, if any.
  void TellSubmitters();

  // Worker: puts a job that it has begun (or awaits the host's word for) onto the accepted stack.
  void ListAccepted(uint32_t slot);

 private:
  explicit PoolSegment(std::unique_ptr<shared_memory::Segment> segment)
      : segment_(std::move(segment)) {}

  absl::Status Lay(const PoolOptions& options);
  absl::Status Map(bool create);
  absl::Status LayGroup(uint32_t index, const GroupOptions& options, uint64_t* offset);
  absl::Status CommitCells(const RingView& ring);
  RingView ViewOf(Ring* ring) const;

  std::unique_ptr<shared_memory::Segment> segment_;
  std::unique_ptr<shared_memory::Participants> participants_;
  std::unique_ptr<shared_memory::BlockHeap> heap_;
  PoolTables tables_;
  uint64_t max_payload_ = 0;
  uint64_t committed_slots_ = 0;  // host, locked
  int finished_fd_ = -1;
  int loop_fd_ = -1;
};

// Sorted, without doubles, each ended by NUL.
std::string PackNames(std::vector<std::string> names);
std::vector<std::string> UnpackNames(absl::string_view packed);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_POOL_SEGMENT_H_
