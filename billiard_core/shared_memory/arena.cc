#include "billiard_core/shared_memory/arena.h"

#include <algorithm>
#include <utility>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/references.h"

namespace billiard::shared_memory {
namespace {

constexpr uint64_t kHeaderOffset = Segment::kHeaderBytes;
constexpr uint64_t kHeaderBytes = 4096;
constexpr uint64_t kChunk = BuddyHeap::kChunkBytes;

// How often those who make objects look for dead participants.
constexpr int64_t kSweepNanos = kNanosPerSecond;

constexpr uint64_t RoundUp(uint64_t bytes, uint64_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

struct Arena::Header {
  std::atomic<uint64_t> block_bytes;   // room for blocks; written by the maker
  std::atomic<uint64_t> root;          // by the maker too
  std::atomic<int64_t> next_sweep_ns;  // a hint: when to look for dead participants again
};

// What lies where, for so many bytes of blocks.
struct Arena::Layout {
  uint64_t block_bytes;
  uint64_t granules;  // names of granules are below
  uint64_t references;
  uint64_t heap;
  uint64_t blocks;
  uint64_t end;

  static Layout For(uint64_t block_bytes) {
    static_assert(kHeaderOffset + kHeaderBytes == kParticipantsOffset);
    static_assert(kWaitTableOffset % 4096 == 0 && kWaitTableBytes % 4096 == 0);
    Layout layout;
    layout.block_bytes = block_bytes;
    layout.granules = block_bytes / BuddyHeap::kGranuleBytes + 1;
    layout.references = kWaitTableOffset + kWaitTableBytes;
    layout.heap = layout.references + References::Bytes(layout.granules);
    layout.blocks = RoundUp(layout.heap + BuddyHeap::HeaderBytes(block_bytes), kChunk);
    layout.end = layout.blocks + block_bytes;
    return layout;
  }

  // The most that a segment has room for; no block_bytes: not even for a chunk.
  static Layout Within(uint64_t segment_bytes) {
    uint64_t fits = 0;
    uint64_t too_many = std::min(segment_bytes, kLargestMaxBytes) / kChunk + 1;
    while (too_many - fits > 1) {
      const uint64_t chunks = fits + (too_many - fits) / 2;
      (For(chunks * kChunk).end <= segment_bytes ? fits : too_many) = chunks;
    }
    return For(fits * kChunk);
  }
};

namespace {

// Bytes of the whole segment; 0 lets it take what it can get.
template <typename LayoutFor>
absl::StatusOr<uint64_t> ReserveFor(const ArenaOptions& options, LayoutFor layout_for) {
  if (options.max_bytes == 0) return 0;
  if (options.max_bytes > Arena::kLargestMaxBytes) {
    return MakeStatus(Code::kInvalid, "options.max_bytes: is above 64 GiB");
  }
  return layout_for(RoundUp(std::max(options.max_bytes, Arena::kSmallestMaxBytes), kChunk)).end;
}

// The arena that NamedSegment's factories make or open, as it needs to see it.
absl::StatusOr<NamedSegment::Content> AsContent(absl::StatusOr<std::shared_ptr<Arena>> arena,
                                                std::shared_ptr<Arena>* result) {
  if (!arena.ok()) return arena.status();
  *result = *std::move(arena);
  Arena* const its = result->get();  // which owns the name that keeps this
  return NamedSegment::Content{
      .join = [its] { return its->Self().status(); },
      .leave = [its] { its->participants()->Leave(); },
      .count_living = [its] { return its->participants()->CountLiving(); },
  };
}

// One for the process tree, never destroyed: what its processes hold when they end is swept.
std::atomic<const std::shared_ptr<Arena>*> default_arena{nullptr};
os::ProcessLock default_arena_lock;

}  // namespace

Arena::Arena() = default;

Arena::~Arena() {
  name_.reset();
  if (participants_ != nullptr) participants_->Leave();
  delete waits_.load(std::memory_order_acquire);
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::Default() {
  const std::shared_ptr<Arena>* arena = default_arena.load(std::memory_order_acquire);
  if (arena != nullptr) return *arena;
  os::ProcessLock::Hold hold(&default_arena_lock);
  arena = default_arena.load(std::memory_order_acquire);
  if (arena != nullptr) return *arena;
  absl::StatusOr<std::shared_ptr<Arena>> made = Create();
  if (made.ok()) {
    default_arena.store(new std::shared_ptr<Arena>(*made), std::memory_order_release);
  }
  return made;
}

absl::Status Arena::AdoptDefault(os::Fd fd) {
  absl::StatusOr<std::shared_ptr<Arena>> arena = OpenFd(std::move(fd));
  if (!arena.ok()) return arena.status();
  os::ProcessLock::Hold hold(&default_arena_lock);
  // The one before is not freed: another thread may be reading it.
  default_arena.store(new std::shared_ptr<Arena>(*std::move(arena)), std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::Create(const ArenaOptions& options) {
  const absl::StatusOr<uint64_t> reserve = ReserveFor(options, Layout::For);
  if (!reserve.ok()) return reserve.status();
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::CreateAnonymous(SegmentKind::kArena, *reserve);
  if (!segment.ok()) return segment.status();
  return Format(*std::move(segment), nullptr);
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::CreateInFile(os::Fd fd, const ArenaOptions& options,
                                                           const Visit& fill) {
  const absl::StatusOr<uint64_t> reserve = ReserveFor(options, Layout::For);
  if (!reserve.ok()) return reserve.status();
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::CreateInFile(std::move(fd), SegmentKind::kArena, *reserve);
  if (!segment.ok()) return segment.status();
  return Format(*std::move(segment), fill);
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::Format(std::unique_ptr<Segment> segment,
                                                     const Visit& fill) {
  const Layout layout = Layout::Within(segment->bytes());
  if (layout.block_bytes == 0) {
    return MakeStatus(Code::kNoMem, "not enough address space for an arena");
  }
  absl::Status status = segment->Commit(kHeaderOffset, kHeaderBytes);
  if (!status.ok()) return status;
  segment->At<Header>(kHeaderOffset)
      ->block_bytes.store(layout.block_bytes, std::memory_order_relaxed);
  absl::StatusOr<std::shared_ptr<Arena>> arena = Assemble(std::move(segment), layout, true);
  if (!arena.ok()) return arena;
  if (fill != nullptr) status = fill(arena->get());
  if (!status.ok()) return status;
  (*arena)->segment_->Publish();
  return arena;
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::OpenFd(os::Fd fd) {
  absl::StatusOr<std::unique_ptr<Segment>> segment =
      Segment::OpenFd(std::move(fd), SegmentKind::kArena);
  if (!segment.ok()) return segment.status();
  const Header* header = (*segment)->At<Header>(kHeaderOffset);
  const uint64_t bytes =
      header == nullptr ? 0 : header->block_bytes.load(std::memory_order_relaxed);
  // Read once: nothing that is written there later can lead outside.
  if (bytes == 0 || bytes % kChunk != 0 || bytes > kLargestMaxBytes ||
      Layout::For(bytes).end > (*segment)->bytes()) {
    return MakeStatus(Code::kCorrupt, "the arena's header is damaged");
  }
  return Assemble(*std::move(segment), Layout::For(bytes), false);
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::Assemble(std::unique_ptr<Segment> segment,
                                                       const Layout& layout, bool fresh) {
  auto participants = fresh ? Participants::Create(segment.get(), kParticipantsOffset)
                            : Participants::Open(segment.get(), kParticipantsOffset);
  if (!participants.ok()) return participants.status();
  auto heap = fresh ? BuddyHeap::Create(segment.get(), layout.heap, layout.blocks, layout.end)
                    : BuddyHeap::Open(segment.get(), layout.heap, layout.blocks, layout.end);
  if (!heap.ok()) return heap.status();
  auto references =
      fresh ? References::Create(segment.get(), layout.references, layout.granules, heap->get())
            : References::Open(segment.get(), layout.references, layout.granules, heap->get());
  if (!references.ok()) return references.status();
  std::shared_ptr<Arena> arena(new Arena);
  arena->segment_ = std::move(segment);
  arena->header_ = arena->segment_->At<Header>(kHeaderOffset);
  arena->participants_ = *std::move(participants);
  arena->heap_ = *std::move(heap);
  arena->references_ = *std::move(references);
  return arena;
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::OpenNamed(absl::string_view name,
                                                        const ArenaOptions& options) {
  return OpenNamedAs('m', name, options, nullptr, nullptr);
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::OpenNamedAs(char letter, absl::string_view name,
                                                          const ArenaOptions& options,
                                                          const Visit& fill, const Visit& check) {
  if (absl::Status status = ReserveFor(options, Layout::For).status(); !status.ok()) return status;
  std::shared_ptr<Arena> arena;
  const auto make = [&](os::Fd fd) {
    return AsContent(CreateInFile(std::move(fd), options, fill), &arena);
  };
  const auto open = [&](os::Fd fd) -> absl::StatusOr<NamedSegment::Content> {
    absl::StatusOr<std::shared_ptr<Arena>> opened = OpenFd(std::move(fd));
    if (opened.ok() && check != nullptr) {
      if (absl::Status status = check(opened->get()); !status.ok()) return status;
    }
    return AsContent(std::move(opened), &arena);
  };
  auto named = NamedSegment::Open(letter, name, make, open);
  if (!named.ok()) return named.status();
  arena->name_ = *std::move(named);
  return arena;
}

absl::StatusOr<Owner> Arena::Self() {
  absl::StatusOr<Owner> owner = participants_->Self();
  if (owner.ok() || CodeOf(owner.status()) != Code::kFull) return owner;
  // Full of the dead, perhaps: one of the last places is for clearing it.
  owner = participants_->Self(Participants::Places::kAll);
  if (owner.ok()) Recover();
  return owner;
}

int Arena::Recover() {
  const absl::StatusOr<Owner> me = participants_->Self(Participants::Places::kAll);
  if (!me.ok()) return 0;
  return participants_->Sweep([this, me = *me](Owner dead) {
    // The references first: a block that the dead was making is counted only by its own.
    references_->DropAllOf(dead, me);
    heap_->TakeBack(dead, me);
    WaitRegion* const waits = waits_.load(std::memory_order_acquire);  // [WAITS]
    if (waits != nullptr) waits->TakeBack(dead);
    return true;
  });
}

// No lock, which a fork could leave taken: who loses the race throws its own away.
absl::StatusOr<WaitRegion*> Arena::WaitRegionMadeBy(MakeWaitRegion make) {
  WaitRegion* waits = waits_.load(std::memory_order_acquire);  // [WAITS]
  if (waits != nullptr) return waits;
  absl::StatusOr<std::unique_ptr<WaitRegion>> made = make(this);
  if (!made.ok()) return made.status();
  // [WAITS] release: it is complete.
  if (waits_.compare_exchange_strong(waits, made->get(), std::memory_order_acq_rel)) {
    return made->release();
  }
  return waits;
}

void Arena::RecoverSometimes() {
  const int64_t now = MonotonicNow();
  int64_t next = header_->next_sweep_ns.load(std::memory_order_relaxed);  // a hint
  if (now < next && next - now <= kSweepNanos) return;
  if (header_->next_sweep_ns.compare_exchange_strong(next, now + kSweepNanos,
                                                     std::memory_order_relaxed)) {
    Recover();
  }
}

ArenaStats Arena::Stats() const {
  const BuddyHeap::Usage usage = heap_->usage();
  return {.segment_bytes = segment_->bytes(),
          .bytes_committed = usage.bytes_committed,
          .bytes_in_use = usage.bytes_in_use,
          .objects = usage.blocks,
          .references = references_->CountRecords(),
          .participants = participants_->CountLiving()};
}

uint64_t Arena::root() const { return header_->root.load(std::memory_order_acquire); }

void Arena::set_root(uint64_t id) { header_->root.store(id, std::memory_order_release); }

}  // namespace billiard::shared_memory
