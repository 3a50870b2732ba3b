// The blocks that this process last filled, oldest first: the next message goes into the oldest of them
// that has come back. It saves the search for a free block, in words that consumers are writing to; and
// since messages come back in their order, producer and consumer mostly work on different cache lines.
//
// Threads, fork: all functions, any thread, also in children; nothing here blocks. Processes: each has its
// own, in its own memory.
//
// I1: everything here is a hint. A block is had only by BlockHeap's CAS of its owner word, so a wrong or
//     missing entry costs time and nothing else. Threads that meet, and children that go on with their
//     parent's entries, may lose entries or have them twice; deaths leave nothing behind.
#ifndef BILLIARD_CORE_QUEUE_RECENT_BLOCKS_H_
#define BILLIARD_CORE_QUEUE_RECENT_BLOCKS_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>

#include "billiard_core/queue/prefetch.h"
#include "billiard_core/shared_memory/block_heap.h"

namespace billiard::queue {

class RecentBlocks {
 public:
  // A block of at least `bytes` for `owner`; false: none is at hand, ask the heap, then Note its answer.
  bool Take(shared_memory::BlockHeap* heap, uint64_t bytes, shared_memory::Owner owner,
            shared_memory::Block* block) {
    const int kind = KindOf(bytes);
    if (kind >= kKinds) return false;
    List* const list = &lists_[kind];
    const uint32_t few = kFew >> kind;
    const uint32_t begin = list->begin.load(std::memory_order_relaxed);
    const uint32_t end = list->end.load(std::memory_order_relaxed);
    // Mostly the oldest it is.
    if (end - begin >= few && heap->AllocateThis(list->At(begin), bytes, owner, block)) {
      list->Move(begin, end, block->ref);
      PrefetchNext(block->view);
      return true;
    }
    return TakeOther(list, few, heap, bytes, owner, block);
  }

  // The same for small messages, where it is mostly found; false: ask Take.
  [[gnu::always_inline]] bool TakeSmall(shared_memory::BlockHeap* heap, uint64_t bytes,
                                        shared_memory::Owner owner, shared_memory::Block* block) {
    List& list = lists_[0];
    const uint32_t begin = list.begin.load(std::memory_order_relaxed);  // I1, as all here
    const uint32_t end = list.end.load(std::memory_order_relaxed);
    if (bytes > shared_memory::BlockHeap::kSmallestBlock || end - begin < kFew ||
        !heap->AllocateThisSmall(list.At(begin), owner, block)) [[unlikely]] {
      return false;
    }
    list.Move(begin, end, block->ref);
    PrefetchNext(block->view);
    return true;
  }

  // The heap gave us this block for so many bytes.
  void Note(uint64_t bytes, shared_memory::BlockRef ref) {
    const int kind = KindOf(bytes);
    if (kind < kKinds) lists_[kind].Append(ref);
  }

 private:
  // Blocks of up to 4 KiB. For larger ones it is better to use the one again that is warm.
  static constexpr int kKinds = 5;
  static constexpr uint32_t kMost = 1024;
  // With fewer, of the smallest kind, both sides would meet in the same lines of owner words and tags.
  static constexpr uint32_t kFew = 64;
  // Several consumers finish in another order than they began.
  static constexpr uint32_t kLooks = 4;

  struct List {
    std::atomic<uint32_t> begin{0};
    std::atomic<uint32_t> end{0};
    std::atomic<shared_memory::BlockRef> refs[kMost] = {};

    shared_memory::BlockRef At(uint32_t i) const {
      return refs[i % kMost].load(std::memory_order_relaxed);
    }
    // What was the first is the last now.
    void Move(uint32_t first, uint32_t last, shared_memory::BlockRef ref) {
      refs[last % kMost].store(ref, std::memory_order_relaxed);
      begin.store(first + 1, std::memory_order_relaxed);
      end.store(last + 1, std::memory_order_relaxed);
    }
    void Append(shared_memory::BlockRef ref) {
      const uint32_t i = end.load(std::memory_order_relaxed);
      refs[i % kMost].store(ref, std::memory_order_relaxed);
      end.store(i + 1, std::memory_order_relaxed);
      const uint32_t first = begin.load(std::memory_order_relaxed);
      if (i + 1 - first > kMost) begin.store(first + 1, std::memory_order_relaxed);
    }
  };

  static int KindOf(uint64_t bytes) {
    const uint64_t units = (bytes - 1) / shared_memory::BlockHeap::kSmallestBlock;
    return static_cast<int>(std::bit_width(units));
  }

  // What will be written soon, as blocks that are used in turn mostly lie side by side: the consumer had it
  // last.
  static void PrefetchNext(const shared_memory::BlockView& view) {
    const std::byte* const next = view.data + kAhead * view.capacity;
    PrefetchToWrite(next);
    PrefetchToWrite(next + kLine);
    PrefetchToWrite(view.tag + kAhead);
  }
  static constexpr uint64_t kAhead = 4;
  static constexpr uint64_t kLine = 64;

  static bool TakeOther(List* list, uint32_t few, shared_memory::BlockHeap* heap, uint64_t bytes,
                        shared_memory::Owner owner, shared_memory::Block* block) {
    const uint32_t begin = list->begin.load(std::memory_order_relaxed);
    const uint32_t end = list->end.load(std::memory_order_relaxed);
    const uint32_t count = end - begin;
    if (count == 0) return false;
    if (count > kMost) {  // threads met
      list->begin.store(end, std::memory_order_relaxed);
      return false;
    }
    if (count < few && TakeBehind(list, heap, bytes, owner, block)) return true;
    for (uint32_t i = 0; i < std::min(count, kLooks); ++i) {
      if (!heap->AllocateThis(list->At(begin + i), bytes, owner, block)) continue;
      // Those before it are with a slow consumer: forgotten.
      list->Move(begin + i, end, block->ref);
      return true;
    }
    return count >= few && TakeBehind(list, heap, bytes, owner, block);
  }

  // One more: the neighbour of the newest, so that blocks that are used in turn lie side by side.
  static bool TakeBehind(List* list, shared_memory::BlockHeap* heap, uint64_t bytes,
                         shared_memory::Owner owner, shared_memory::Block* block) {
    const uint32_t end = list->end.load(std::memory_order_relaxed);
    if (!heap->AllocateThis(list->At(end - 1) + 1, bytes, owner, block)) return false;
    list->Append(block->ref);
    return true;
  }

  List lists_[kKinds];
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_RECENT_BLOCKS_H_
