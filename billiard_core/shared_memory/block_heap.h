// Blocks of shared memory for payloads, that survive the death of any process at any instruction
// (SHM-40 to SHM-47, G-SHM-3).
//
// Threads: all functions, any thread. Processes: any that map the segment. Fork: works in children.
//
// A block is named by a BlockRef, never by a pointer. Blocks of one size class lie in extents, listed in
// a directory. Each extent starts with three dense arrays: owner words, tags, committed bytes.
//
// Directory entry: {state 2 | class 6 | length 28 | start 28}, lengths in units of 64 KiB; all exact.
//   0        free; the first such entry ends the directory
//   GROWING  claimed by one CAS; its arrays (and small blocks) are being committed by anyone who needs it
//   READY    usable
// Block: owner word 0 = free, else the Owner that has it. Tag: 64 bits that say what it was made for.
//
// I1: an entry's start is the end of the entry before it, so whoever appends an entry needs nothing but
//     that entry, and a GROWING entry can be completed by anyone: a dead grower holds up nobody.
// I2: a block is taken by CAS 0 -> owner (claim and attribution are one step) and freed by storing 0.
// I3: the tag of a free block is 0: Free() clears it first. So a block whose tag is 0 was never used by
//     its present owner.
// I4: a directory entry, ref or index read from the segment is checked before use: no access outside.
// I5: hints (where to look for a free block) may be wrong; only time depends on them.
// I6: the bytes of a block of 64 KiB or more are committed by its owner, up to what is recorded in the
//     block's `committed` word; those of smaller blocks with the extent. Freed blocks keep their memory
//     for reuse, up to kKeptBytes each.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BLOCK_HEAP_H_
#define BILLIARD_CORE_SHARED_MEMORY_BLOCK_HEAP_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

// Directory entry in the high, index in the extent in the low 16 bits. 0 is no block.
using BlockRef = uint32_t;
inline constexpr BlockRef kNoBlock = 0;

// A block as this process sees it; all pointers lie inside the segment. Not valid: data is nullptr.
struct BlockView {
  std::byte* data = nullptr;
  uint64_t capacity = 0;  // bytes of data, committed or not
  std::atomic<Owner>* owner = nullptr;
  std::atomic<uint64_t>* tag = nullptr;
  std::atomic<uint32_t>* committed = nullptr;  // large blocks: units of 4 KiB; see I6
  explicit operator bool() const { return data != nullptr; }
};

// A block by both: who has looked one up need not do it again.
struct Block {
  BlockRef ref = kNoBlock;
  BlockView view;
};

class BlockHeap {
 public:
  static constexpr uint64_t kUnit = 64 * 1024;
  static constexpr uint64_t kSmallestBlock = 256;
  static constexpr uint64_t kLargestBlock = uint64_t{1} << 36;
  static constexpr uint32_t kMaxExtents = 32768;
  // A freed block keeps at most this much memory.
  static constexpr uint64_t kKeptBytes = uint64_t{64} << 20;
  // Room for hints and directory at `header_offset`, a multiple of 4096.
  static constexpr uint64_t kHeaderBytes = 4096 + kMaxExtents * sizeof(uint64_t);

  // The heap with its header at `header_offset` and its blocks in [arena_offset, arena_end); zeroed
  // memory is an empty heap. arena_offset must be a multiple of 64 KiB. The segment must outlive it.
  static absl::StatusOr<std::unique_ptr<BlockHeap>> Create(Segment* segment, uint64_t header_offset,
                                                           uint64_t arena_offset,
                                                           uint64_t arena_end);
  static absl::StatusOr<std::unique_ptr<BlockHeap>> Open(Segment* segment, uint64_t header_offset,
                                                         uint64_t arena_offset, uint64_t arena_end);

  // A block of at least `bytes`, all of them committed, owned by `owner`. A handful of ns and no system
  // call when a block can be reused. The bytes are what an earlier use left there. kNoMem.
  absl::StatusOr<BlockRef> Allocate(uint64_t bytes, Owner owner);

  // Takes this very block, if it is free and Allocate might have chosen it for so many bytes. `ref` may be
  // anything. False also for blocks of 64 KiB and more; then *block may have changed.
  bool AllocateThis(BlockRef ref, uint64_t bytes, Owner owner, Block* block) {
    block->ref = ref;
    block->view = View(ref);
    const BlockView& view = block->view;
    // As Allocate would have it: of the smallest class that will do.
    if (!view || view.committed != nullptr || bytes > view.capacity) return false;
    if (bytes <= view.capacity / 2 && view.capacity > kSmallestBlock) return false;
    return Claim(view.owner, owner);
  }
  // The same for kSmallestBlock, with fewer questions; false also where those were needed.
  [[gnu::always_inline]] bool AllocateThisSmall(BlockRef ref, Owner owner, Block* block) {
    block->ref = ref;
    return ViewSmall(ref, &block->view) && Claim(block->view.owner, owner);
  }

  // Gives a block back; only its owner may, and only once.
  void Free(BlockRef ref) {
    if (const BlockView view = View(ref)) Free(Block{ref, view});
  }
  [[gnu::always_inline]] void Free(const Block& block) {
    const BlockView& view = block.view;
    if (view.committed != nullptr) [[unlikely]]
      TrimBlock(BlockView(view));
    view.tag->store(0, std::memory_order_relaxed);          // I3; ordered by the next line
    view.owner->store(kNobody, std::memory_order_release);  // [BLOCK]
    std::atomic<BlockRef>& low = header_->hints[std::countr_zero(view.capacity)].low;
    if (block.ref < low.load(std::memory_order_relaxed)) {
      low.store(block.ref, std::memory_order_relaxed);  // I5
    }
  }

  // The parts of a block; not valid for a ref that names none.
  BlockView View(BlockRef ref) const {
    const uint32_t number = ref >> 16;
    const uint64_t index = ref & 0xffff;
    // [KNOWN] acquire: noted wholly.
    if (number >= kKnownExtents || index >= known_[number].blocks.load(std::memory_order_acquire)) {
      return Find(ref);
    }
    const KnownExtent& known = known_[number];
    return {known.data + (index << known.size_class), uint64_t{1} << known.size_class,
            known.owners + index, known.tags + index,
            known.committed == nullptr ? nullptr : known.committed + index};
  }
  // The same for a block of kSmallestBlock in an extent that was met before; false: ask View.
  [[gnu::always_inline]] bool ViewSmall(BlockRef ref, BlockView* view) const {
    const uint32_t number = ref >> 16;
    const uint64_t index = ref & 0xffff;
    if (number >= kKnownExtents) [[unlikely]]
      return false;
    const KnownExtent& known = known_[number];
    if (index >= known.blocks.load(std::memory_order_acquire) ||  // [KNOWN]
        known.size_class != kSmallestClass) [[unlikely]] {
      return false;
    }
    *view = {known.data + (index << kSmallestClass), kSmallestBlock, known.owners + index,
             known.tags + index, nullptr};
    return true;
  }
  std::byte* Data(BlockRef ref) const { return View(ref).data; }
  uint64_t Capacity(BlockRef ref) const { return View(ref).capacity; }

  // Hands a block from one owner to another; false when `from` does not own it.
  bool Transfer(BlockRef ref, Owner from, Owner to);

  // Calls fn(ref, view) for every block that is owned; fn may free it.
  void ForEachInUse(const std::function<void(BlockRef, const BlockView&)>& fn) const;
  void ForEachOwnedBy(Owner owner, const std::function<void(BlockRef, const BlockView&)>& fn) const;

  // Blocks in use; exact while nobody allocates or frees.
  uint64_t CountInUse() const;

 private:
  static constexpr uint32_t kSmallestClass = 8;  // log2 of the block size
  static constexpr uint32_t kLargestClass = 36;
  static constexpr uint32_t kClasses = kLargestClass + 1;
  static_assert(uint64_t{1} << kSmallestClass == kSmallestBlock);
  static_assert(uint64_t{1} << kLargestClass == kLargestBlock);

  // Hints (I5), each class's alone in a cache line.
  struct alignas(64) ClassHints {
    std::atomic<BlockRef> low;   // the lowest block that may be free
    std::atomic<BlockRef> next;  // where the last long search ended
  };
  struct Header {
    ClassHints hints[kClasses];
  };

  // A READY extent, which never changes any more, as this process has found it: each message needs its
  // parts twice. Noted by one thread, once.
  struct alignas(64) KnownExtent {
    std::atomic<uint64_t> blocks{0};  // 0: not noted; written last
    std::atomic<bool> is_being_noted{false};
    uint32_t size_class = 0;
    std::byte* data = nullptr;
    std::atomic<Owner>* owners = nullptr;
    std::atomic<uint64_t>* tags = nullptr;
    std::atomic<uint32_t>* committed = nullptr;
  };
  static constexpr uint32_t kKnownExtents = 64;

  struct Extent;
  struct Search;

  BlockHeap(Segment* segment, uint64_t header_offset, uint64_t arena_offset, uint64_t arena_end);

  // I2.
  static bool Claim(std::atomic<Owner>* word, Owner owner) {
    Owner nobody = kNobody;
    // [BLOCK] acquire: the last owner is done with the block.
    return word->load(std::memory_order_relaxed) == kNobody &&
           word->compare_exchange_strong(nobody, owner, std::memory_order_acquire);
  }

  static uint32_t ClassOf(uint64_t bytes);
  Extent Decode(uint64_t entry) const;
  Extent ExtentAt(uint32_t number) const;
  BlockView ViewIn(const Extent& extent, uint32_t index) const;
  BlockView Find(BlockRef ref) const;
  void Note(uint32_t number, const Extent& extent) const;
  BlockRef ClaimIn(uint32_t number, const Extent& extent, uint32_t index, Owner owner,
                   uint32_t probes);
  BlockRef ClaimLow(uint32_t size_class, Owner owner);
  Search ClaimAnywhere(uint32_t size_class, Owner owner);
  absl::Status Grow(uint32_t size_class, const Search& search);
  absl::Status Complete(uint32_t number);
  absl::Status CommitBlock(const BlockView& block, uint64_t bytes) const;
  void TrimBlock(const BlockView& block) const;

  // Fixed after construction.
  Segment* const segment_;
  Header* const header_;
  std::atomic<uint64_t>* const directory_;  // entry 0 is never used
  const uint64_t directory_offset_;
  const uint64_t arena_offset_;
  const uint64_t arena_end_;

  mutable KnownExtent known_[kKnownExtents];  // see there
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_BLOCK_HEAP_H_
