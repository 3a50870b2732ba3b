#include "billiard_core/shared_memory/buddy_heap.h"

#include <utility>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/shared_memory/buddy_allocator.h"
#include "billiard_core/shared_memory/buddy_chunks.h"
#include "billiard_core/shared_memory/buddy_walk.h"

namespace billiard::shared_memory {

using buddy::kChunkGranules;
using buddy::Place;
using buddy::State;
using buddy::Word;

static_assert(BuddyHeap::kChunkBytes == buddy::kChunkBytes);
static_assert(BuddyHeap::kGranuleBytes == buddy::kGranuleBytes);
static_assert(BuddyHeap::kLargestBytes == buddy::kChunkBytes << buddy::kTopOrder);
static_assert(uint64_t{buddy::kMaxChunks} * kChunkGranules < BuddyHeap::kMaxGranules);

class BuddyHeap::Impl {
 public:
  Impl(Segment* segment, uint64_t header_offset, uint64_t arena_offset, uint64_t arena_end)
      : chunks(segment, header_offset, arena_offset,
               buddy::Chunks::CountIn(arena_end - arena_offset)),
        allocator(chunks) {}

  bool IsName(Granule granule) const {
    return granule != kNoGranule && (granule - 1) / kChunkGranules < chunks.count();
  }

  // The block in use, OWNED or SHARED, that this name means; level is nullptr when it means none.
  Place FindInUse(Granule granule) const {
    if (!IsName(granule)) return Place();
    const Place place = allocator.Find(granule - 1);
    const bool in_use = place.word.Is(State::kOwned) || place.word.Is(State::kShared);
    return in_use ? place : Place();
  }

  // The block of `me`, to be changed.
  absl::StatusOr<Place> FindOwned(Granule granule, Owner me) const {
    if (!IsName(granule)) return MakeStatus(Code::kInvalid, "no block of this shared memory");
    const Place place = FindInUse(granule);
    if (place.level == nullptr || !place.word.Is(State::kOwned) || !buddy::IsOwner(me) ||
        place.word.payload() != buddy::PackOwner(me)) {
      return NotOwned();
    }
    return place;
  }

  // The two levels' words count by themselves: the level is part of it.
  static constexpr uint32_t GenerationOf(Word word, bool small) {
    return word.sequence() << 1 | (small ? 1 : 0);
  }

  static absl::Status NotOwned() {
    return MakeStatus(Code::kState, "the block is not this process's own, or was freed already");
  }

  static uint64_t SizeOf(const Place& place) {
    return (place.small ? kGranuleBytes : kChunkBytes) << place.word.order();
  }

  // Frees those blocks of a dead owner that lie in a SMALL chunk.
  int TakeBackGranules(uint32_t chunk, uint32_t dead, Owner me) const {
    int freed = 0;
    uint32_t orders = 0;
    buddy::ForEachGranule(chunks, chunk, [&](uint32_t granule, Word word) {
      const bool fits = buddy::FitsInChunk(granule, word.order());
      if (fits && word.Is(State::kFree)) orders |= uint32_t{1} << word.order();
      if (!IsHeldBy(dead, word)) return true;
      // The word was read first, and the chunk is SMALL after that: so it counts, until it is changed.
      const Place place = allocator.Find(granule);
      if (place.small && place.level != nullptr && place.word == word) {
        freed += allocator.Free(place, me);
      }
      return true;
    });
    // Whoever died between freeing and noting it left them unnoted.
    if (buddy::IsSmall(chunks, chunk)) allocator.NoteFree(chunk, orders);
    return freed;
  }

  static bool IsHeldBy(uint32_t owner, Word word) {
    return (word.Is(State::kOwned) || word.Is(State::kHeld)) && word.payload() == owner;
  }

  const buddy::Chunks chunks;
  const buddy::Allocator allocator;
};

BuddyHeap::BuddyHeap(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BuddyHeap::~BuddyHeap() = default;

uint64_t BuddyHeap::HeaderBytes(uint64_t arena_bytes) {
  return buddy::Chunks::HeaderBytes(arena_bytes);
}

absl::StatusOr<std::unique_ptr<BuddyHeap>> BuddyHeap::Open(Segment* segment, uint64_t header_offset,
                                                           uint64_t arena_offset,
                                                           uint64_t arena_end) {
  const bool fits = header_offset % 4096 == 0 && arena_offset % kChunkBytes == 0 &&
                    arena_offset < arena_end && arena_end <= segment->bytes();
  auto impl =
      fits ? std::make_unique<Impl>(segment, header_offset, arena_offset, arena_end) : nullptr;
  if (impl == nullptr || impl->chunks.count() == 0 || !impl->chunks.valid()) {
    return MakeStatus(Code::kCorrupt, "the segment has no room for its heap");
  }
  return std::unique_ptr<BuddyHeap>(new BuddyHeap(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<BuddyHeap>> BuddyHeap::Create(Segment* segment,
                                                             uint64_t header_offset,
                                                             uint64_t arena_offset,
                                                             uint64_t arena_end) {
  absl::StatusOr<std::unique_ptr<BuddyHeap>> heap =
      Open(segment, header_offset, arena_offset, arena_end);
  if (!heap.ok()) return heap;
  absl::Status status = (*heap)->impl_->chunks.CommitHeader();
  if (!status.ok()) return status;
  return heap;
}

absl::StatusOr<Granule> BuddyHeap::Allocate(uint64_t bytes, Owner me) {
  if (bytes > kLargestBytes) return MakeStatus(Code::kTooLarge, "no block is that large");
  if (!buddy::IsOwner(me)) return MakeStatus(Code::kInvalid, "no participant");
  const absl::StatusOr<uint32_t> first = impl_->allocator.Allocate(bytes, me);
  if (!first.ok()) return first.status();
  return *first + 1;
}

absl::Status BuddyHeap::Free(Granule granule, Owner me) {
  const absl::StatusOr<Place> place = impl_->FindOwned(granule, me);
  if (!place.ok()) return place.status();
  return impl_->allocator.Free(*place, me) ? absl::OkStatus() : Impl::NotOwned();
}

absl::StatusOr<uint32_t> BuddyHeap::Publish(Granule granule, Owner me, uint32_t kind) {
  if (kind == 0 || kind > 255) return MakeStatus(Code::kInvalid, "no kind of block");
  const absl::StatusOr<Place> place = impl_->FindOwned(granule, me);
  if (!place.ok()) return place.status();
  const Word word = place->word;
  if (!place->level->Change(place->unit, word, State::kShared, word.order(), kind)) {
    return Impl::NotOwned();
  }
  return Impl::GenerationOf(word.Next(State::kShared, word.order(), kind), place->small);
}

bool BuddyHeap::Reclaim(Granule granule, uint32_t kind, uint32_t generation, Owner me) {
  const Place place = impl_->FindInUse(granule);
  const Word word = place.word;
  return place.level != nullptr && buddy::IsOwner(me) && word.Is(State::kShared) &&
         word.payload() == kind && Impl::GenerationOf(word, place.small) == generation &&
         place.level->Change(place.unit, word, State::kOwned, word.order(), buddy::PackOwner(me));
}

BuddyHeap::SharedBlock BuddyHeap::SharedAt(Granule granule) const {
  const Place place = impl_->FindInUse(granule);
  if (place.level == nullptr || !place.word.Is(State::kShared)) return SharedBlock();
  return SharedBlock{place.word.payload(), Impl::GenerationOf(place.word, place.small)};
}

std::byte* BuddyHeap::Data(Granule granule) const {
  const Place place = impl_->FindInUse(granule);
  return place.level == nullptr ? nullptr : impl_->chunks.DataAt(granule - 1);
}

uint64_t BuddyHeap::Bytes(Granule granule) const {
  const Place place = impl_->FindInUse(granule);
  if (place.level == nullptr) return 0;
  if (place.small) return Impl::SizeOf(place);
  return kChunkBytes * impl_->chunks.CountReady(place.unit, uint32_t{1} << place.word.order());
}

int BuddyHeap::TakeBack(Owner dead, Owner me) {
  if (!buddy::IsOwner(dead) || !buddy::IsOwner(me)) return 0;
  const uint32_t owner = buddy::PackOwner(dead);
  int freed = 0;
  buddy::ForEachChunk(impl_->chunks, [&](uint32_t chunk, Word word) {
    BP_FAULT_POINT("heap_take_back");
    if (buddy::IsSmall(impl_->chunks, chunk)) {
      freed += impl_->TakeBackGranules(chunk, owner, me);
    } else if (Impl::IsHeldBy(owner, word)) {
      const Place place = impl_->allocator.Find(chunk * kChunkGranules);
      if (!place.small && place.level != nullptr && place.word == word) {
        freed += impl_->allocator.Free(place, me);
      }
    }
    return true;
  });
  impl_->allocator.JoinAll(me);
  return freed;
}

void BuddyHeap::ForEachShared(const std::function<void(Granule, const SharedBlock&)>& fn) const {
  const auto visit = [&fn](uint32_t granule, Word word, bool small) {
    if (!word.Is(State::kShared)) return;
    fn(granule + 1, SharedBlock{word.payload(), Impl::GenerationOf(word, small)});
  };
  buddy::ForEachChunk(impl_->chunks, [&](uint32_t chunk, Word word) {
    visit(chunk * kChunkGranules, word, false);
    if (!word.Is(State::kSmall) || !buddy::IsSmall(impl_->chunks, chunk)) return true;
    buddy::ForEachGranule(impl_->chunks, chunk, [&visit](uint32_t granule, Word its) {
      visit(granule, its, true);
      return true;
    });
    return true;
  });
}

BuddyHeap::Usage BuddyHeap::usage() const {
  Usage usage;
  const auto count = [&usage](Word word, uint64_t unit_bytes) {
    if (!word.Is(State::kOwned) && !word.Is(State::kShared) && !word.Is(State::kHeld)) return;
    ++usage.blocks;
    usage.bytes_in_use += unit_bytes << word.order();
  };
  const buddy::Chunks& chunks = impl_->chunks;
  buddy::ForEachChunk(chunks, [&](uint32_t chunk, Word word) {
    count(word, kChunkBytes);
    if (!word.Is(State::kSmall) || !buddy::IsSmall(chunks, chunk)) return true;
    buddy::ForEachGranule(chunks, chunk, [&count](uint32_t, Word its) {
      count(its, kGranuleBytes);
      return true;
    });
    return true;
  });
  usage.bytes_committed = kChunkBytes * chunks.CountWithMemory(0, chunks.count());
  return usage;
}

absl::Status BuddyHeap::CheckTiling() const { return buddy::CheckTiling(impl_->chunks); }

}  // namespace billiard::shared_memory
