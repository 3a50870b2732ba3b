#include "billiard_core/pool/pool_segment.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/pool/job_limits.h"

namespace billiard::pool {
namespace {

using shared_memory::BlockHeap;
using shared_memory::BlockRef;
using shared_memory::kNoBlock;
using shared_memory::Participants;
using shared_memory::Segment;
using shared_memory::SegmentKind;

constexpr uint64_t kPage = 4096;
constexpr uint64_t kReturnedCapacity = 4096;
// Slots and cells are committed in steps of this many bytes.
constexpr uint64_t kCommitStep = uint64_t{1} << 20;

constexpr uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

uint64_t PowerOfTwo(uint64_t at_least) {
  uint64_t power = 64;
  while (power < at_least) power *= 2;
  return power;
}

constexpr uint64_t kParticipantsOffset = Segment::kHeaderBytes;
constexpr uint64_t kHeapOffset = kParticipantsOffset + RoundUp(Participants::kBytes, kPage);
constexpr uint64_t kPoolOffset = kHeapOffset + RoundUp(BlockHeap::kHeaderBytes, kPage);

absl::Status Damaged(absl::string_view what) {
  return MakeStatus(Code::kCorrupt, absl::StrCat("the pool's segment is damaged: ", what));
}

}  // namespace

std::string PackNames(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string packed;
  for (const std::string& name : names) packed.append(name).push_back('\0');
  return packed;
}

std::vector<std::string> UnpackNames(absl::string_view packed) {
  std::vector<std::string> names;
  while (!packed.empty()) {
    const size_t end = packed.find('\0');
    if (end == absl::string_view::npos) break;
    names.emplace_back(packed.substr(0, end));
    packed.remove_prefix(end + 1);
  }
  return names;
}

absl::StatusOr<std::unique_ptr<PoolSegment>> PoolSegment::Create(const PoolOptions& options) {
  absl::StatusOr<std::unique_ptr<Segment>> segment = Segment::CreateAnonymous(SegmentKind::kPool);
  if (!segment.ok()) return segment.status();
  std::unique_ptr<PoolSegment> pool(new PoolSegment(*std::move(segment)));
  absl::Status status = pool->Lay(options);
  if (status.ok()) status = pool->Map(/*create=*/true);
  if (!status.ok()) return status;
  pool->segment_->Publish();
  return pool;
}

absl::StatusOr<std::unique_ptr<PoolSegment>> PoolSegment::Open(os::Fd fd) {
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::OpenFd(std::move(fd), SegmentKind::kPool);
  if (!segment.ok()) return segment.status();
  std::unique_ptr<PoolSegment> pool(new PoolSegment(*std::move(segment)));
  const absl::Status status = pool->Map(/*create=*/false);
  if (!status.ok()) return status;
  return pool;
}

absl::Status PoolSegment::Lay(const PoolOptions& options) {
  const absl::Status committed = segment_->Commit(kPoolOffset, sizeof(PoolHeader));
  if (!committed.ok()) return committed;
  tables_.header = segment_->At<PoolHeader>(kPoolOffset);
  const auto places = static_cast<uint32_t>(options.max_workers);
  tables_.header->place_count = places;
  tables_.header->group_count = static_cast<uint32_t>(options.groups.size());
  tables_.header->slot_count = options.max_jobs;
  tables_.header->max_payload = options.max_payload;
  tables_.header->host_pid = getpid();
  tables_.header->event_loop = options.event_loop ? 1 : 0;
  static std::atomic<uint64_t> pools_made{0};
  tables_.header->serial = pools_made.fetch_add(1);
  tables_.header->finished_armed = 1;
  tables_.header->alarm_ns = kNoTime;
  tables_.header->max_jobs_per_worker = options.max_jobs_per_worker;
  tables_.header->max_memory_kib = options.max_memory_per_worker_kib;
  memcpy(tables_.header->name, options.name.data(), std::min(options.name.size(), kMaxPoolName));

  uint64_t offset = kPoolOffset + RoundUp(sizeof(PoolHeader), kPage);
  tables_.header->workers = offset;
  offset += RoundUp(places * sizeof(WorkerEntry), kPage);
  tables_.header->children = offset;
  offset += RoundUp(places * sizeof(process::ChildEntry), kPage);
  tables_.header->groups = offset;
  offset += RoundUp(options.groups.size() * sizeof(GroupEntry), kPage);
  const absl::Status tables = segment_->Commit(kPoolOffset, offset - kPoolOffset);
  if (!tables.ok()) return tables;

  for (uint32_t g = 0; g < options.groups.size(); ++g) {
    const absl::Status status = LayGroup(g, options.groups[g], &offset);
    if (!status.ok()) return status;
  }
  tables_.header->slots = offset;
  return absl::OkStatus();
}

absl::Status PoolSegment::LayGroup(uint32_t index, const GroupOptions& options, uint64_t* offset) {
  GroupEntry* group = segment_->At<GroupEntry>(tables_.header->groups + index * sizeof(GroupEntry));
  if (group == nullptr) return MakeStatus(Code::kNoMem, "the pool's segment is too small");
  memcpy(group->name, options.name.data(), options.name.size());
  // Stale entries can stand in a ring beside those of every slot, so it has twice as many cells.
  const auto lay = [offset](Ring* ring, uint64_t capacity) {
    ring->capacity = capacity;
    ring->cells = *offset;
    *offset += RoundUp(capacity * sizeof(uint64_t), kPage);
  };
  lay(&group->returned, kReturnedCapacity);
  for (Ring& ring : group->queued) lay(&ring, PowerOfTwo(2 * tables_.header->slot_count));
  return segment_->Commit(group->returned.cells, kReturnedCapacity * sizeof(uint64_t));
}

absl::StatusOr<PoolTables> PoolSegment::TablesIn(const Segment& segment) {
  PoolTables tables;
  tables.header = segment.At<PoolHeader>(kPoolOffset);
  if (tables.header == nullptr) return Damaged("header");
  tables.place_count = tables.header->place_count;
  tables.group_count = tables.header->group_count;
  tables.slot_count = tables.header->slot_count;
  if (tables.place_count > kMaxPlaces || tables.group_count == 0 ||
      tables.group_count > kMaxGroups || tables.slot_count == 0 || tables.slot_count > UINT32_MAX) {
    return Damaged("counts");
  }
  tables.workers = segment.At<WorkerEntry>(tables.header->workers, tables.place_count);
  tables.children = segment.At<process::ChildEntry>(tables.header->children, tables.place_count);
  tables.groups = segment.At<GroupEntry>(tables.header->groups, tables.group_count);
  tables.slots = segment.At<JobSlot>(tables.header->slots, tables.slot_count);
  if (tables.workers == nullptr || tables.children == nullptr || tables.groups == nullptr ||
      tables.slots == nullptr) {
    return Damaged("tables");
  }
  return tables;
}

absl::Status PoolSegment::Map(bool create) {
  const absl::StatusOr<PoolTables> tables = TablesIn(*segment_);
  if (!tables.ok()) {
    return create ? MakeStatus(Code::kNoMem, "too little address space for max_jobs")
                  : tables.status();
  }
  tables_ = *tables;
  max_payload_ = tables_.header->max_payload;
  for (uint32_t g = 0; g < tables_.group_count; ++g) {
    if (returned(g).cells == nullptr) return Damaged("rings");
    for (uint32_t level = 0; level < kPriorities; ++level) {
      if (queued(g, level).cells == nullptr) return Damaged("rings");
    }
  }
  const uint64_t arena =
      RoundUp(tables_.header->slots + tables_.slot_count * sizeof(JobSlot), BlockHeap::kUnit);
  auto participants = create ? Participants::Create(segment_.get(), kParticipantsOffset)
                             : Participants::Open(segment_.get(), kParticipantsOffset);
  if (!participants.ok()) return participants.status();
  participants_ = *std::move(participants);
  auto heap = create ? BlockHeap::Create(segment_.get(), kHeapOffset, arena, segment_->bytes())
                     : BlockHeap::Open(segment_.get(), kHeapOffset, arena, segment_->bytes());
  if (!heap.ok()) return heap.status();
  heap_ = *std::move(heap);
  return absl::OkStatus();
}

RingView PoolSegment::ViewOf(Ring* ring) const {
  const uint64_t capacity = ring->capacity.load(std::memory_order_relaxed);
  if (capacity == 0 || (capacity & (capacity - 1)) != 0) return RingView{};
  return RingView{
      ring,
      segment_->At<std::atomic<uint64_t>>(ring->cells.load(std::memory_order_relaxed), capacity),
      capacity - 1};
}

RingView PoolSegment::returned(uint32_t group) const {
  return ViewOf(&tables_.groups[group].returned);
}
RingView PoolSegment::queued(uint32_t group, uint32_t level) const {
  return ViewOf(&tables_.groups[group].queued[level]);
}

bool PoolSegment::HasQueued(uint32_t group) const {
  if (!returned(group).Empty()) return true;
  for (uint32_t level = 0; level < kPriorities; ++level) {
    if (!queued(group, level).Empty()) return true;
  }
  return false;
}

uint64_t PoolSegment::Claimed(uint32_t group) const {
  uint64_t claimed = returned(group).ring->head.load(std::memory_order_relaxed);
  for (uint32_t level = 0; level < kPriorities; ++level) {
    claimed += queued(group, level).ring->head.load(std::memory_order_relaxed);
  }
  return claimed;
}

uint64_t PoolSegment::children_offset() const { return tables_.header->children; }

absl::Status PoolSegment::CommitSlot(uint32_t slot) {
  if (slot < committed_slots_) return absl::OkStatus();
  const uint64_t offset = tables_.header->slots + committed_slots_ * sizeof(JobSlot);
  const uint64_t step =
      std::min(kCommitStep / sizeof(JobSlot), tables_.slot_count - committed_slots_);
  const absl::Status status = segment_->Commit(offset, step * sizeof(JobSlot));
  if (status.ok()) committed_slots_ += step;
  return status;
}

// The cell at the tail is about to be written: in the ring's first lap its page may not exist yet.
absl::Status PoolSegment::CommitCells(const RingView& ring) {
  const uint64_t tail = ring.ring->tail.load(std::memory_order_relaxed);
  const uint64_t per_step = kCommitStep / sizeof(uint64_t);
  if (tail > ring.mask || tail % per_step != 0) return absl::OkStatus();
  const uint64_t cells = std::min(per_step, ring.mask + 1 - tail);
  return segment_->Commit(ring.ring->cells + tail * sizeof(uint64_t), cells * sizeof(uint64_t));
}

bool PoolSegment::PushQueued(uint32_t group, int priority, JobRef job) {
  const uint32_t level = LevelOf(priority);
  const RingView ring = queued(group, level);
  std::atomic<uint32_t>* used = &tables_.groups[group].used_priorities;
  // Workers read it for each job: it is written once only.
  if ((used->load(std::memory_order_relaxed) & 1u << level) == 0) {
    used->fetch_or(1u << level, std::memory_order_seq_cst);
  }
  return CommitCells(ring).ok() && ring.Push(job);
}

bool PoolSegment::PushReturned(uint32_t group, JobRef job) {
  // A full ring of returned jobs costs this one its place in the order, nothing else.
  return returned(group).Push(job) || PushQueued(group, kFirstPriority, job);
}

absl::Status PoolSegment::CheckSize(uint64_t bytes, absl::string_view what) const {
  if (bytes <= max_payload_) return absl::OkStatus();
  return MakeStatus(
      Code::kTooLarge,
      absl::StrCat(what, ": ", bytes, " bytes are over the pool's max_payload of ", max_payload_));
}

absl::StatusOr<StagedPayload> PoolSegment::Stage(absl::string_view bytes, uint32_t format,
                                                 JobRef tag) {
  StagedPayload staged{bytes, format, kNoBlock};
  if (bytes.size() <= kInlineBytes) return staged;
  const absl::StatusOr<shared_memory::Owner> self = participants_->Self();
  if (!self.ok()) return self.status();
  const absl::StatusOr<BlockRef> block = heap_->Allocate(bytes.size(), *self);
  if (!block.ok()) return block.status();
  const shared_memory::BlockView view = heap_->View(*block);
  view.tag->store(tag.packed(), std::memory_order_relaxed);
  memcpy(view.data, bytes.data(), bytes.size());
  staged.block = *block;
  return staged;
}

void PoolSegment::DropStaged(const StagedPayload& staged) {
  if (staged.block != kNoBlock) heap_->Free(staged.block);
}

void PoolSegment::Store(const StagedPayload& staged, Payload* payload, std::byte* inline_bytes) {
  payload->size.store(staged.bytes.size(), std::memory_order_relaxed);
  payload->block.store(staged.block, std::memory_order_relaxed);
  payload->format.store(staged.format, std::memory_order_relaxed);
  if (staged.block == kNoBlock && !staged.bytes.empty()) {
    memcpy(inline_bytes, staged.bytes.data(), staged.bytes.size());
  }
}

PayloadView PoolSegment::Load(const Payload& payload, const std::byte* inline_bytes) const {
  PayloadView view;
  view.size = payload.size.load(std::memory_order_relaxed);
  view.format = payload.format.load(std::memory_order_relaxed);
  const BlockRef block = payload.block.load(std::memory_order_relaxed);
  if (block == kNoBlock) {
    view.data = view.size <= kInlineBytes ? inline_bytes : nullptr;
    return view;
  }
  const shared_memory::BlockView in_heap = heap_->View(block);
  if (in_heap && view.size <= in_heap.capacity) view.data = in_heap.data;
  return view;
}

void PoolSegment::FreePayload(Payload* payload) {
  const BlockRef block = payload->block.exchange(kNoBlock, std::memory_order_relaxed);
  if (block == kNoBlock) return;
  const shared_memory::BlockView view = heap_->View(block);
  if (view && view.owner->load(std::memory_order_relaxed) != shared_memory::kNobody) {
    heap_->Free(block);
  }
}

absl::StatusOr<BlockRef> PoolSegment::StoreNames(const std::string& packed) {
  const absl::StatusOr<shared_memory::Owner> self = participants_->Self();
  if (!self.ok()) return self.status();
  const absl::StatusOr<BlockRef> block = heap_->Allocate(packed.size(), *self);
  if (block.ok()) memcpy(heap_->View(*block).data, packed.data(), packed.size());
  return block;
}

absl::StatusOr<std::string> PoolSegment::LoadNames(uint64_t block, uint64_t bytes) const {
  if (bytes == 0) return std::string();
  const shared_memory::BlockView view = heap_->View(static_cast<BlockRef>(block));
  if (block > UINT32_MAX || !view || bytes > view.capacity) return Damaged("task names");
  std::string packed(reinterpret_cast<const char*>(view.data), bytes);
#ifdef __SANITIZE_THREAD__
  // The worker frees the block, in a process that ThreadSanitizer does not see: it is shown here that
  // the next owner of the block comes after this read.
  view.owner->fetch_add(0, std::memory_order_release);
#endif
  return packed;
}

void PoolSegment::FreeNames(uint64_t block, shared_memory::Owner owner) {
  if (block == kNoBlock || block > UINT32_MAX) return;
  const shared_memory::BlockView view = heap_->View(static_cast<BlockRef>(block));
  if (view && view.owner->load(std::memory_order_relaxed) == owner) {
    heap_->Free(static_cast<BlockRef>(block));
  }
}

void PoolSegment::PokeLoop() {
  if (loop_fd_ >= 0 && tables_.header->event_loop.load(std::memory_order_relaxed) != 0) {
    os::PokeEventfd(loop_fd_);
  }
}

void PoolSegment::PokeFinished() {
  if (finished_fd_ >= 0 && tables_.header->finished_armed.exchange(0) == 1) {
    BP_FAULT_POINT("pool.disarmed");
    os::PokeEventfd(finished_fd_);
  }
}

void PoolSegment::TellParent(uint32_t parent, bool wake) {
  if (parent == 0 || parent > tables_.slot_count) return;
  JobSlot* slot = &tables_.slots[parent - 1];
  // [CHILDREN] seq_cst: the job's outcome, then the count; either we see the waiter, or it sees both.
  const uint32_t ended = slot->ended.fetch_add(1, std::memory_order_seq_cst) + 1;
  BP_FAULT_POINT("pool.parent");
  if (!wake && ended < slot->wake_at.load(std::memory_order_relaxed)) return;
  if (slot->waiters.load(std::memory_order_seq_cst) != 0) {
    os::FutexWake(&slot->ended, os::kWakeAll);
    PokeLoop();
  }
}

void PoolSegment::TellSubmitters() {
  // [ENDED] seq_cst: the end first; then either we see the waiter, or it sees the end.
  if (tables_.header->slot_waiters.load(std::memory_order_seq_cst) == 0) return;
  tables_.header->ended_epoch.fetch_add(1, std::memory_order_seq_cst);
  BP_FAULT_POINT("pool.bumped");
  os::FutexWake(&tables_.header->ended_epoch, os::kWakeAll);
  PokeLoop();
}

void PoolSegment::ListAccepted(uint32_t slot) {
  uint32_t top = tables_.header->accepted.load(std::memory_order_relaxed);
  do {
    tables_.slots[slot].next_accepted.store(top, std::memory_order_relaxed);
    BP_FAULT_POINT("pool.accepting");
  } while (!tables_.header->accepted.compare_exchange_weak(top, slot + 1));  // [FINISHED]
  BP_FAULT_POINT("pool.accepted");
  PokeFinished();
  TellSubmitters();  // the pump sleeps there, too
}

}  // namespace billiard::pool
