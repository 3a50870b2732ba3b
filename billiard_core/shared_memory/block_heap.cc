#include "billiard_core/shared_memory/block_heap.h"

#include <algorithm>
#include <bit>

#include "billiard_core/base/status.h"

namespace billiard::shared_memory {
namespace {

enum class State : uint64_t { kFree = 0, kGrowing = 1, kReady = 2 };

// Blocks from this class on are committed one by one (I6).
constexpr uint32_t kFirstLargeClass = 16;
constexpr uint64_t kCommitPage = 4096;
constexpr uint64_t kCommitStep = 16 * kCommitPage;

// Sizes of extents: small ones double from the first to the largest, to keep both the memory of a small
// heap and the number of extents of a big one low.
constexpr uint32_t kSmallExtentDoublings = 5;
constexpr uint64_t kLargeExtentBytes = uint64_t{16} << 20;
constexpr uint64_t kMaxBlocksPerExtent = 65536;

// How far Allocate looks from its first guess before it takes the long way.
constexpr uint32_t kNearProbes = 64;

constexpr int kStateShift = 62;
constexpr int kClassShift = 56;
constexpr int kBlocksShift = 32;
constexpr uint64_t kClassMask = 0x3f;
constexpr uint64_t kBlocksMask = 0x1ffff;
constexpr uint64_t kStartMask = 0xffffffff;

constexpr uint64_t PackEntry(State state, uint32_t size_class, uint64_t blocks, uint64_t start) {
  return static_cast<uint64_t>(state) << kStateShift | uint64_t{size_class} << kClassShift |
         blocks << kBlocksShift | start;
}
constexpr State StateOf(uint64_t entry) { return static_cast<State>(entry >> kStateShift); }

constexpr BlockRef MakeRef(uint32_t number, uint32_t index) { return number << 16 | index; }
constexpr uint32_t NumberOf(BlockRef ref) { return ref >> 16; }
constexpr uint32_t IndexOf(BlockRef ref) { return ref & 0xffff; }

// `step` must be a power of two.
constexpr uint64_t RoundUp(uint64_t value, uint64_t step) {
  return (value + step - 1) & ~(step - 1);
}

// Bytes before the first block: the three arrays, then up to the blocks' own alignment.
constexpr uint64_t ArrayBytes(uint32_t size_class, uint64_t blocks) {
  const bool large = size_class >= kFirstLargeClass;
  return RoundUp(4 * blocks, 8) + 8 * blocks + (large ? 4 * blocks : 0);
}
constexpr uint64_t DataOffset(uint32_t size_class, uint64_t blocks) {
  const uint64_t alignment = std::min(uint64_t{1} << size_class, kCommitPage);
  return RoundUp(ArrayBytes(size_class, blocks), alignment);
}
constexpr uint64_t ExtentBytes(uint32_t size_class, uint64_t blocks) {
  return RoundUp(DataOffset(size_class, blocks) + (blocks << size_class), BlockHeap::kUnit);
}

// Blocks of the extent that follows `extents` others of its class.
uint64_t WantedBlocks(uint32_t size_class, uint32_t extents) {
  if (size_class >= kFirstLargeClass) {
    return std::max<uint64_t>(1, kLargeExtentBytes >> size_class);
  }
  const uint64_t bytes = BlockHeap::kUnit << std::min(extents, kSmallExtentDoublings);
  const uint64_t block_bytes = (uint64_t{1} << size_class) + 12;
  return std::max<uint64_t>(4, (bytes - kCommitPage) / block_bytes);
}

}  // namespace

// A directory entry, decoded and found to lie inside the arena.
struct BlockHeap::Extent {
  State state = State::kFree;
  uint32_t size_class = 0;
  uint32_t blocks = 0;  // 0: not valid
  uint64_t begin = 0;
  uint64_t end = 0;
};

// What a long search saw.
struct BlockHeap::Search {
  BlockRef found = kNoBlock;
  uint32_t end = 0;      // number of the first free entry; kMaxExtents: none
  uint32_t growing = 0;  // a GROWING extent of the class; 0: none
  uint32_t extents = 0;  // of the class
};

BlockHeap::BlockHeap(Segment* segment, uint64_t header_offset, uint64_t arena_offset,
                     uint64_t arena_end)
    : segment_(segment),
      header_(segment->At<Header>(header_offset)),
      directory_(segment->At<std::atomic<uint64_t>>(header_offset + kCommitPage, kMaxExtents)),
      directory_offset_(header_offset + kCommitPage),
      arena_offset_(arena_offset),
      arena_end_(arena_end) {
  static_assert(sizeof(Header) <= kCommitPage);
}

absl::StatusOr<std::unique_ptr<BlockHeap>> BlockHeap::Open(Segment* segment, uint64_t header_offset,
                                                           uint64_t arena_offset,
                                                           uint64_t arena_end) {
  std::unique_ptr<BlockHeap> heap(new BlockHeap(segment, header_offset, arena_offset, arena_end));
  if (heap->header_ == nullptr || heap->directory_ == nullptr || arena_offset % kUnit != 0 ||
      arena_offset > arena_end || arena_end > segment->bytes()) {
    return MakeStatus(Code::kCorrupt, "the segment has no room for its heap");
  }
  return heap;
}

absl::StatusOr<std::unique_ptr<BlockHeap>> BlockHeap::Create(Segment* segment,
                                                             uint64_t header_offset,
                                                             uint64_t arena_offset,
                                                             uint64_t arena_end) {
  absl::StatusOr<std::unique_ptr<BlockHeap>> heap =
      Open(segment, header_offset, arena_offset, arena_end);
  if (!heap.ok()) return heap;
  const uint64_t bytes = 2 * kCommitPage;  // hints and the directory's first page
  if (absl::Status status = segment->Commit(header_offset, bytes); !status.ok()) return status;
  return heap;
}

uint32_t BlockHeap::ClassOf(uint64_t bytes) {
  return std::max<uint32_t>(kSmallestClass, static_cast<uint32_t>(std::bit_width(bytes - 1)));
}

// I4: nothing of the entry is believed before this has checked it.
inline BlockHeap::Extent BlockHeap::Decode(uint64_t entry) const {
  Extent extent;
  const uint32_t size_class = static_cast<uint32_t>(entry >> kClassShift & kClassMask);
  const uint64_t blocks = entry >> kBlocksShift & kBlocksMask;
  if (size_class < kSmallestClass || size_class > kLargestClass) return extent;
  if (blocks == 0 || blocks > kMaxBlocksPerExtent) return extent;
  const uint64_t begin = arena_offset_ + (entry & kStartMask) * kUnit;
  const uint64_t bytes = ExtentBytes(size_class, blocks);
  if (begin > arena_end_ || bytes > arena_end_ - begin) return extent;
  extent.state = StateOf(entry);
  extent.size_class = size_class;
  extent.blocks = static_cast<uint32_t>(blocks);
  extent.begin = begin;
  extent.end = begin + bytes;
  return extent;
}

inline BlockHeap::Extent BlockHeap::ExtentAt(uint32_t number) const {
  if (number == 0 || number >= kMaxExtents) return Extent();
  // [EXTENT-READY] acquire: what the completer committed is there.
  return Decode(directory_[number].load(std::memory_order_acquire));
}

inline BlockView BlockHeap::ViewIn(const Extent& extent, uint32_t index) const {
  BlockView view;
  if (extent.state != State::kReady || index >= extent.blocks) return view;
  std::byte* const begin = segment_->base() + extent.begin;
  const uint64_t tags = RoundUp(4 * uint64_t{extent.blocks}, 8);
  const uint64_t committed = tags + 8 * uint64_t{extent.blocks};
  view.owner = reinterpret_cast<std::atomic<Owner>*>(begin) + index;
  view.tag = reinterpret_cast<std::atomic<uint64_t>*>(begin + tags) + index;
  if (extent.size_class >= kFirstLargeClass) {
    view.committed = reinterpret_cast<std::atomic<uint32_t>*>(begin + committed) + index;
  }
  view.data =
      begin + DataOffset(extent.size_class, extent.blocks) + (uint64_t{index} << extent.size_class);
  view.capacity = uint64_t{1} << extent.size_class;
  return view;
}

BlockView BlockHeap::Find(BlockRef ref) const {
  const Extent extent = ExtentAt(NumberOf(ref));
  if (extent.state == State::kReady) Note(NumberOf(ref), extent);
  return ViewIn(extent, IndexOf(ref));
}

void BlockHeap::Note(uint32_t number, const Extent& extent) const {
  if (number >= kKnownExtents) return;
  KnownExtent& known = known_[number];
  // A child that was forked while another thread was at it goes on without.
  if (known.is_being_noted.exchange(true, std::memory_order_relaxed)) return;
  const BlockView first = ViewIn(extent, 0);
  known.size_class = extent.size_class;
  known.data = first.data;
  known.owners = first.owner;
  known.tags = first.tag;
  known.committed = first.committed;
  known.blocks.store(extent.blocks, std::memory_order_release);  // [KNOWN]
}

absl::StatusOr<BlockRef> BlockHeap::Allocate(uint64_t bytes, Owner owner) {
  if (bytes > kLargestBlock) return MakeStatus(Code::kNoMem, "no block is that large");
  const uint32_t size_class = ClassOf(std::max<uint64_t>(bytes, 1));
  BlockRef ref = ClaimLow(size_class, owner);
  while (ref == kNoBlock) {
    const Search search = ClaimAnywhere(size_class, owner);
    ref = search.found;
    if (ref != kNoBlock) break;
    if (absl::Status status = Grow(size_class, search); !status.ok()) return status;
    ref = ClaimLow(size_class, owner);
  }
  if (size_class < kFirstLargeClass) return ref;
  if (absl::Status status = CommitBlock(View(ref), bytes); !status.ok()) {
    Free(ref);
    return status;
  }
  return ref;
}

// The first free block of [index, extent.blocks), looking at `probes` of them.
BlockRef BlockHeap::ClaimIn(uint32_t number, const Extent& extent, uint32_t index, Owner owner,
                            uint32_t probes) {
  const BlockView first = ViewIn(extent, index);
  if (!first) return kNoBlock;
  const uint32_t count = std::min(extent.blocks - index, probes);
  for (uint32_t i = 0; i < count; ++i) {
    if (Claim(first.owner + i, owner)) return MakeRef(number, index + i);
  }
  return kNoBlock;
}

// The short way: near the lowest block that may be free, since its memory is warm.
BlockRef BlockHeap::ClaimLow(uint32_t size_class, Owner owner) {
  std::atomic<BlockRef>& low = header_->hints[size_class].low;
  const BlockRef start = low.load(std::memory_order_relaxed);  // I5
  const Extent extent = ExtentAt(NumberOf(start));
  if (extent.size_class != size_class) return kNoBlock;
  const BlockRef ref = ClaimIn(NumberOf(start), extent, IndexOf(start), owner, kNearProbes);
  if (ref != kNoBlock && low.load(std::memory_order_relaxed) == start) {
    low.store(ref + 1, std::memory_order_relaxed);  // I5: beyond the extent's end, nothing is found
  }
  return ref;
}

// The long way: once around all blocks of the class, from where the last such search ended. Messages
// are mostly freed in the order in which they were allocated, so it mostly ends soon.
BlockHeap::Search BlockHeap::ClaimAnywhere(uint32_t size_class, Owner owner) {
  ClassHints& hints = header_->hints[size_class];
  const BlockRef start = hints.next.load(std::memory_order_relaxed);  // I5
  const uint32_t first = ExtentAt(NumberOf(start)).blocks != 0 ? NumberOf(start) : 1;
  Search search;
  bool wrapped = false;
  for (uint32_t number = first; !wrapped || number <= first; ++number) {
    const uint64_t entry =
        number < kMaxExtents ? directory_[number].load(std::memory_order_acquire) : 0;
    if (entry == 0) {  // [EXTENT-READY]; the directory's end
      if (wrapped) break;
      wrapped = true;
      search.end = number;
      number = 0;
      continue;
    }
    const Extent extent = Decode(entry);
    if (extent.size_class != size_class) continue;
    ++search.extents;
    if (extent.state == State::kGrowing) search.growing = number;
    const uint32_t index = number == first && !wrapped ? IndexOf(start) : 0;
    search.found = ClaimIn(number, extent, index, owner, extent.blocks);
    if (search.found == kNoBlock) continue;
    hints.next.store(search.found + 1, std::memory_order_relaxed);  // I5
    hints.low.store(search.found + 1, std::memory_order_relaxed);
    break;
  }
  return search;
}

// After a search without success: completes an extent of the class, or appends one where the search
// found the directory's end. OK when there is reason to search again.
absl::Status BlockHeap::Grow(uint32_t size_class, const Search& search) {
  if (search.growing != 0) return Complete(search.growing);
  if (search.end + 1 >= kMaxExtents) {
    return MakeStatus(Code::kNoMem, "the shared memory has no room for more extents");
  }
  // I1: the start follows from the entry before.
  const uint64_t begin = search.end == 1 ? arena_offset_ : ExtentAt(search.end - 1).end;
  if (begin < arena_offset_ || begin > arena_end_) {
    return MakeStatus(Code::kCorrupt, "the heap's directory is damaged");
  }
  const uint64_t room = arena_end_ - begin;
  uint64_t blocks = std::min(WantedBlocks(size_class, search.extents), (room >> size_class) + 1);
  while (blocks > 0 && ExtentBytes(size_class, blocks) > room) --blocks;
  if (blocks == 0) return MakeStatus(Code::kNoMem, "the reserved shared memory is used up");
  // This entry's page and that of the next, so that whoever looks for the end finds committed memory.
  const uint64_t entry_offset = directory_offset_ + search.end * sizeof(uint64_t);
  absl::Status status = segment_->Commit(entry_offset, 2 * sizeof(uint64_t));
  if (!status.ok()) return status;
  const uint64_t start = (begin - arena_offset_) / kUnit;
  uint64_t expected = 0;
  if (!directory_[search.end].compare_exchange_strong(
          expected, PackEntry(State::kGrowing, size_class, blocks, start),
          std::memory_order_acq_rel)) {
    return absl::OkStatus();  // somebody else appended an entry here, perhaps for this class
  }
  return Complete(search.end);
}

// GROWING -> READY, by anyone. When that fails the entry stays for a later attempt.
absl::Status BlockHeap::Complete(uint32_t number) {
  uint64_t entry = directory_[number].load(std::memory_order_acquire);
  const Extent extent = Decode(entry);
  if (extent.state != State::kGrowing) return absl::OkStatus();
  const bool large = extent.size_class >= kFirstLargeClass;
  const uint64_t bytes =
      large ? ArrayBytes(extent.size_class, extent.blocks) : extent.end - extent.begin;
  absl::Status status = segment_->Commit(extent.begin, bytes);
  if (!status.ok()) return status;
  const uint64_t ready = PackEntry(State::kReady, extent.size_class, extent.blocks,
                                   (extent.begin - arena_offset_) / kUnit);
  // [EXTENT-READY]
  if (directory_[number].compare_exchange_strong(entry, ready, std::memory_order_acq_rel)) {
    header_->hints[extent.size_class].low.store(MakeRef(number, 0), std::memory_order_relaxed);
    header_->hints[extent.size_class].next.store(MakeRef(number, 0), std::memory_order_relaxed);
  }
  return absl::OkStatus();
}

// I6: the caller owns the block, so nobody else commits it or gives its memory back.
absl::Status BlockHeap::CommitBlock(const BlockView& block, uint64_t bytes) const {
  const uint64_t have = block.committed->load(std::memory_order_relaxed) * kCommitPage;
  if (bytes <= have) return absl::OkStatus();
  const uint64_t need = std::min(RoundUp(bytes, kCommitStep), block.capacity);
  const uint64_t offset = static_cast<uint64_t>(block.data - segment_->base());
  absl::Status status = segment_->Commit(offset + have, need - have);
  if (status.ok()) {
    block.committed->store(static_cast<uint32_t>(need / kCommitPage), std::memory_order_relaxed);
  }
  return status;
}

void BlockHeap::TrimBlock(const BlockView& block) const {
  const uint64_t have = block.committed->load(std::memory_order_relaxed) * kCommitPage;
  if (have <= kKeptBytes || have > block.capacity) return;
  block.committed->store(kKeptBytes / kCommitPage, std::memory_order_relaxed);
  const uint64_t offset = static_cast<uint64_t>(block.data - segment_->base());
  segment_->Decommit(offset + kKeptBytes, have - kKeptBytes);
}

bool BlockHeap::Transfer(BlockRef ref, Owner from, Owner to) {
  const BlockView block = View(ref);
  // [BLOCK]
  return block && block.owner->compare_exchange_strong(from, to, std::memory_order_acq_rel);
}

void BlockHeap::ForEachInUse(const std::function<void(BlockRef, const BlockView&)>& fn) const {
  for (uint32_t number = 1; number < kMaxExtents; ++number) {
    const uint64_t entry = directory_[number].load(std::memory_order_acquire);  // [EXTENT-READY]
    if (entry == 0) return;
    const Extent extent = Decode(entry);
    if (extent.state != State::kReady) continue;
    for (uint32_t index = 0; index < extent.blocks; ++index) {
      const BlockView view = ViewIn(extent, index);
      // [BLOCK] acquire: whoever has the block wrote its tag after an earlier owner's last store.
      if (view.owner->load(std::memory_order_acquire) != kNobody) fn(MakeRef(number, index), view);
    }
  }
}

void BlockHeap::ForEachOwnedBy(Owner owner,
                               const std::function<void(BlockRef, const BlockView&)>& fn) const {
  ForEachInUse([owner, &fn](BlockRef ref, const BlockView& view) {
    if (view.owner->load(std::memory_order_acquire) == owner) fn(ref, view);  // [BLOCK]
  });
}

uint64_t BlockHeap::CountInUse() const {
  uint64_t count = 0;
  ForEachInUse([&count](BlockRef, const BlockView&) { ++count; });
  return count;
}

}  // namespace billiard::shared_memory
