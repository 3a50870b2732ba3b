#include "billiard_core/shared_memory/buddy_allocator.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"

namespace billiard::shared_memory::buddy {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

constexpr uint64_t kLargestSmall = kChunkBytes / 2;

// Free memory is given back in pieces of 2^kPunchOrder chunks, 1 MiB. The piece that chunks were taken from
// last keeps up to kKeptChunks of its memory, so that a block that comes and goes costs no system calls;
// an arena that is small as a whole keeps all.
constexpr uint32_t kPunchOrder = 4;
constexpr uint32_t kKeptChunks = 4;
constexpr uint32_t kSmallArenaChunks = 64;

// How many blocks a search looks at before it takes what is at hand.
constexpr int kNearChunks = 64;
constexpr int kNearSmallChunks = 256;
constexpr int kBetterGranules = 8;

// How often a search is repeated that others spoiled.
constexpr int kRounds = 1000;

constexpr uint32_t OrderFor(uint64_t units) {
  return static_cast<uint32_t>(std::bit_width(units - 1));
}

constexpr uint32_t BitsOf(uint32_t from, uint32_t to) {  // [from, to)
  return (uint32_t{1} << to) - (uint32_t{1} << from);
}

absl::Status NoMemory() {
  return MakeStatus(Code::kNoMem, "the reserved shared memory is used up");
}

void Note(std::atomic<uint32_t>* hint, uint32_t value) {
  if (hint->load(std::memory_order_relaxed) != value) {
    hint->store(value, std::memory_order_relaxed);
  }
}

void LowerTo(std::atomic<uint32_t>* hint, uint32_t value) {
  if (hint->load(std::memory_order_relaxed) > value) hint->store(value, std::memory_order_relaxed);
}

}  // namespace

absl::StatusOr<uint32_t> Allocator::Allocate(uint64_t bytes, Owner me) const {
  bytes = std::max<uint64_t>(bytes, 1);
  if (bytes > kLargestSmall) {
    return AllocateChunks(static_cast<uint32_t>((bytes + kChunkBytes - 1) / kChunkBytes), me);
  }
  const uint32_t order = OrderFor((bytes + kGranuleBytes - 1) / kGranuleBytes);
  const absl::StatusOr<uint32_t> granule = AllocateSmall(order, me);
  if (!granule.ok()) return granule;
  BP_FAULT_POINT("heap_taken");
  memset(chunks_.DataAt(*granule), 0, kGranuleBytes << order);
  return granule;
}

// Whole chunks.

absl::StatusOr<uint32_t> Allocator::AllocateChunks(uint32_t count, Owner me) const {
  const uint32_t order = OrderFor(count);
  const absl::StatusOr<uint32_t> chunk = TakeChunks(order, State::kOwned, me);
  if (!chunk.ok()) return chunk;
  BP_FAULT_POINT("heap_taken");
  absl::Status status = chunks_.CommitMemory(*chunk, count, Chunks::Fill::kZero);
  if (!status.ok()) {
    FreeChunks({*chunk, order}, chunks_.level().Load(*chunk), me);
    return status;
  }
  chunks_.GiveMemoryBack(*chunk + count, (uint32_t{1} << order) - count);
  return *chunk * kChunkGranules;
}

absl::StatusOr<uint32_t> Allocator::TakeChunks(uint32_t order, State state, Owner me) const {
  Hints& hints = chunks_.hints();
  bool joined = false;
  for (int round = 0; round < kRounds; ++round) {
    uint32_t candidates[kTopOrder + 3];
    uint32_t count = 0;
    candidates[count++] = hints.chunk_with[order].load(std::memory_order_relaxed);
    candidates[count++] = SearchChunksNear(order);
    for (uint32_t larger = order + 1; larger <= kTopOrder; ++larger) {
      candidates[count++] = hints.chunk_with[larger].load(std::memory_order_relaxed);
    }
    candidates[count++] = kNone;
    for (uint32_t i = 0; i < count; ++i) {
      const bool last = i + 1 == count;
      const uint32_t chunk = last ? SearchAllChunks(order) : candidates[i];
      if (chunk == kNone) continue;
      const absl::StatusOr<bool> taken = TakeChunksAt(chunk, order, state, me);
      if (!taken.ok()) return taken.status();
      if (*taken) return chunk;
      if (last) candidates[i] = chunk;
    }
    if (candidates[count - 1] != kNone) continue;  // there was one, but somebody else was first
    if (joined) return NoMemory();
    JoinAll(me);
    joined = true;
  }
  return NoMemory();
}

absl::StatusOr<bool> Allocator::TakeChunksAt(uint32_t chunk, uint32_t order, State state,
                                             Owner me) const {
  if (chunk >= chunks_.count()) return false;
  Word word = LoadSettledChunk(chunks_, chunk);
  if (!word.Is(State::kFree) || word.order() < order || !chunks_.Fits(chunk, word.order())) {
    return false;
  }
  if (word.sequence() == 0) {
    if (absl::Status status = chunks_.CommitTop(chunk); !status.ok()) return status;
    const Word written = chunks_.level().Load(chunk);
    if (!written.IsFree(word.order())) return false;
    word = written;
  }
  for (uint32_t half = order; half < word.order(); ++half) {
    absl::Status status = chunks_.CommitRecords(chunk + (uint32_t{1} << half), 1);
    if (!status.ok()) return status;
  }
  if (!chunks_.level().Take(chunk, word, order, state, me)) return false;
  for (uint32_t half = order; half < word.order(); ++half) {
    NoteFreeChunks({chunk + (uint32_t{1} << half), half});
  }
  if (order < kPunchOrder) Note(&chunks_.hints().recent, chunk >> kPunchOrder);
  return true;
}

// Low addresses are preferred, so that the same memory and the same state words are used again.
void Allocator::NoteFreeChunks(Block block) const {
  std::atomic<uint32_t>& hint = chunks_.hints().chunk_with[block.order];
  const uint32_t known = hint.load(std::memory_order_relaxed);
  const bool is_better =
      known < block.head && known < chunks_.count() && chunks_.Load(known).IsFree(block.order);
  if (!is_better) Note(&hint, block.head);
  LowerTo(&chunks_.hints().chunk_search[block.order], block.head);
}

// A block of exactly this order, among the next few.
uint32_t Allocator::SearchChunksNear(uint32_t order) const {
  std::atomic<uint32_t>& hint = chunks_.hints().chunk_search[order];
  uint32_t chunk = hint.load(std::memory_order_relaxed);
  for (int looked = 0; looked < kNearChunks && chunk < chunks_.count(); ++looked) {
    const Word word = LoadSettledChunk(chunks_, chunk);
    if (word.IsFree(order)) break;
    chunk = NextChunk(chunks_, chunk, word);
  }
  Note(&hint, chunk < chunks_.count() ? chunk : 0);
  return chunk < chunks_.count() ? chunk : kNone;
}

// The smallest block that is large enough.
uint32_t Allocator::SearchAllChunks(uint32_t order) const {
  uint32_t best = kNone;
  uint32_t best_order = kTopOrder + 1;
  ForEachChunk(chunks_, [&](uint32_t chunk, Word word) {
    if (word.Is(State::kFree) && word.order() >= order && word.order() < best_order &&
        chunks_.Fits(chunk, word.order())) {
      best = chunk;
      best_order = word.order();
    }
    return best_order != order;
  });
  return best;
}

bool Allocator::FreeChunks(Block block, Word seen, Owner me) const {
  const Level& level = chunks_.level();
  const uint32_t owner = PackOwner(me);
  if (block.order >= kPunchOrder) {
    if (!seen.Is(State::kHeld) || seen.payload() != owner) {
      if (!level.Change(block.head, seen, State::kHeld, block.order, owner)) return false;
      seen = seen.Next(State::kHeld, block.order, owner);
    }
    BP_FAULT_POINT("heap_free_held");
    chunks_.GiveMemoryBack(block.head, uint32_t{1} << block.order);
  }
  if (!level.Change(block.head, seen, State::kFree, block.order)) return false;
  BP_FAULT_POINT("heap_freed");
  const uint32_t top = chunks_.TopOf(block.head).order;
  Block joined = level.JoinUp(block, std::min(top, kPunchOrder));
  if (block.order < kPunchOrder && joined.order == kPunchOrder) {
    FreeMemoryOfJoined(joined.head, me);
  }
  joined = level.JoinUp(joined, top);
  NoteFreeChunks(joined);
  return true;
}

// Of a block of kPunchOrder that was just joined, unless somebody has taken it.
void Allocator::FreeMemoryOfJoined(uint32_t chunk, Owner me) const {
  constexpr uint32_t kCount = uint32_t{1} << kPunchOrder;
  if (chunks_.count() < kSmallArenaChunks) return;
  const uint32_t recent = chunks_.hints().recent.load(std::memory_order_relaxed);
  const uint32_t kept = recent == chunk >> kPunchOrder ? kKeptChunks : 0;
  if (chunks_.CountWithMemory(chunk, kCount) <= kept) return;
  const Level& level = chunks_.level();
  const Word word = level.Load(chunk);
  const uint32_t owner = PackOwner(me);
  if (!word.IsFree(kPunchOrder)) return;
  if (!level.Change(chunk, word, State::kHeld, kPunchOrder, owner)) return;
  BP_FAULT_POINT("heap_joined_held");
  chunks_.GiveMemoryBack(chunk, kCount);
  level.Change(chunk, word.Next(State::kHeld, kPunchOrder, owner), State::kFree, kPunchOrder);
}

// Granules.

absl::StatusOr<uint32_t> Allocator::AllocateSmall(uint32_t order, Owner me) const {
  for (int round = 0; round < kRounds; ++round) {
    uint32_t granule = kNone;
    if (TakeNearby(order, me, &granule)) return granule;
    absl::Status status = TakeFromNewChunk(order, me, &granule);
    if (!status.ok() && !TakeAnywhere(order, me, &granule)) return status;
    if (granule != kNone) return granule;  // else others took all of the new chunk
  }
  return NoMemory();
}

bool Allocator::HasGranules(uint32_t chunk, uint32_t order) const {
  return IsSmall(chunks_, chunk) &&
         chunks_.RecordAt(chunk).free_orders.load(std::memory_order_relaxed) >> order != 0;
}

bool Allocator::TakeNearby(uint32_t order, Owner me, uint32_t* granule) const {
  Hints& hints = chunks_.hints();
  for (uint32_t larger = order; larger < kChunkOrder; ++larger) {
    const uint32_t chunk = hints.small_with[larger].load(std::memory_order_relaxed);
    if (HasGranules(chunk, order) && TakeGranules(chunk, order, me, granule)) return true;
  }
  std::atomic<uint32_t>& hint = hints.small_search[order];
  uint32_t chunk = hint.load(std::memory_order_relaxed);
  bool taken = false;
  for (int looked = 0; looked < kNearSmallChunks && chunk < chunks_.count(); ++looked) {
    taken = HasGranules(chunk, order) && TakeGranules(chunk, order, me, granule);
    if (taken) break;
    chunk = NextChunk(chunks_, chunk, LoadSettledChunk(chunks_, chunk));
  }
  Note(&hint, chunk < chunks_.count() ? chunk : 0);
  return taken;
}

bool Allocator::TakeAnywhere(uint32_t order, Owner me, uint32_t* granule) const {
  bool taken = false;
  ForEachChunk(chunks_, [&](uint32_t chunk, Word) {
    taken = IsSmall(chunks_, chunk) && TakeGranules(chunk, order, me, granule);
    return !taken;
  });
  return taken;
}

bool Allocator::TakeGranules(uint32_t chunk, uint32_t order, Owner me, uint32_t* granule) const {
  for (int round = 0; round < kRounds; ++round) {
    const uint32_t found = SearchGranules(chunk, order);
    if (found != kNone) {
      const Word word = chunks_.granules().Load(found);
      if (word.Is(State::kFree) && word.order() >= order && FitsInChunk(found, word.order()) &&
          chunks_.granules().Take(found, word, order, State::kOwned, me)) {
        NoteTaken(chunk, found, word.order(), order);
        *granule = found;
        return true;
      }
      continue;  // somebody else was first
    }
    // Nothing there: so says the hint from now on. First it is cleared, then all is looked at again, so
    // that what is freed meanwhile is either seen here or noted after.
    chunks_.RecordAt(chunk).free_orders.fetch_and(static_cast<uint16_t>(BitsOf(0, order)),
                                                  std::memory_order_seq_cst);
    uint32_t orders = 0;
    ForEachGranule(chunks_, chunk, [&orders](uint32_t at, Word word) {
      if (word.Is(State::kFree) && FitsInChunk(at, word.order()))
        orders |= uint32_t{1} << word.order();
      return true;
    });
    NoteFree(chunk, orders);
    if (orders >> order == 0) return false;
  }
  return false;
}

// A block of this order, or else a larger one, from where the last was taken on.
uint32_t Allocator::SearchGranules(uint32_t chunk, uint32_t order) const {
  const uint32_t first = chunk * kChunkGranules;
  const uint32_t hint = chunks_.RecordAt(chunk).next_granule.load(std::memory_order_relaxed);
  uint32_t granule = first + hint % kChunkGranules;
  uint32_t best = kNone;
  uint32_t best_order = kChunkOrder + 1;
  int looked_for_better = 0;
  for (uint32_t walked = 0; walked < kChunkGranules;) {
    const Word word = LoadSettledGranule(chunks_, granule);
    if (word.Is(State::kFree) && word.order() >= order && word.order() < best_order &&
        FitsInChunk(granule, word.order())) {
      best = granule;
      best_order = word.order();
    }
    if (best_order == order) return best;
    if (best != kNone && ++looked_for_better > kBetterGranules) return best;
    const uint32_t next = NextGranule(granule, word);
    walked += next - granule;
    granule = next == first + kChunkGranules ? first : next;
  }
  return best;
}

void Allocator::NoteTaken(uint32_t chunk, uint32_t granule, uint32_t from, uint32_t order) const {
  ChunkRecord& record = chunks_.RecordAt(chunk);
  const uint32_t next = (granule + (uint32_t{1} << order)) % kChunkGranules;
  record.next_granule.store(static_cast<uint16_t>(next), std::memory_order_relaxed);
  if (from != order) NoteFree(chunk, BitsOf(order, from));
  Note(&chunks_.hints().small_with[order], chunk);
}

void Allocator::NoteFree(uint32_t chunk, uint32_t orders) const {
  std::atomic<uint16_t>& hint = chunks_.RecordAt(chunk).free_orders;
  if ((orders & ~uint32_t{hint.load(std::memory_order_seq_cst)}) == 0) return;
  hint.fetch_or(static_cast<uint16_t>(orders), std::memory_order_seq_cst);
}

absl::Status Allocator::TakeFromNewChunk(uint32_t order, Owner me, uint32_t* granule) const {
  const absl::StatusOr<uint32_t> chunk = TakeChunks(0, State::kHeld, me);
  if (!chunk.ok()) return chunk.status();
  BP_FAULT_POINT("heap_small_taken");
  absl::Status status = chunks_.CommitMemory(*chunk, 1, Chunks::Fill::kAnything);
  if (status.ok()) status = chunks_.CommitWords(*chunk);
  const Word held = chunks_.level().Load(*chunk);
  if (!status.ok()) {
    FreeChunks({*chunk, 0}, held, me);
    return status;
  }
  const uint32_t first = *chunk * kChunkGranules;
  const Level& granules = chunks_.granules();
  const Word left_over = granules.Load(first);
  granules.Change(first, left_over, State::kHeld, kChunkOrder, PackOwner(me));
  const Word whole = left_over.Next(State::kHeld, kChunkOrder, PackOwner(me));
  BP_FAULT_POINT("heap_small_begun");
  if (!chunks_.level().Change(*chunk, held, State::kSmall, 0)) return NoMemory();
  BP_FAULT_POINT("heap_small_set");
  // From HELD at once to SPLITTING and on; others may help and take what becomes free.
  if (granules.Take(first, whole, order, State::kOwned, me)) {
    NoteTaken(*chunk, first, kChunkOrder, order);
    *granule = first;
    return absl::OkStatus();
  }
  NoteFree(*chunk, BitsOf(0, kChunkOrder + 1));
  TakeGranules(*chunk, order, me, granule);
  return absl::OkStatus();
}

bool Allocator::FreeGranules(Block block, Word seen, Owner me) const {
  const Level& granules = chunks_.granules();
  if (!granules.Change(block.head, seen, State::kFree, block.order)) return false;
  BP_FAULT_POINT("heap_freed");
  const uint32_t chunk = block.head / kChunkGranules;
  const Block joined = granules.JoinUp(block, kChunkOrder);
  if (joined.order == kChunkOrder) {
    ReturnChunk(chunk, me);
    return true;
  }
  NoteFree(chunk, uint32_t{1} << joined.order);
  Note(&chunks_.hints().small_with[joined.order], chunk);
  for (uint32_t order = 0; order <= joined.order; ++order) {
    LowerTo(&chunks_.hints().small_search[order], chunk);
  }
  return true;
}

// Makes a whole chunk of a SMALL one whose granules are all free.
void Allocator::ReturnChunk(uint32_t chunk, Owner me) const {
  const uint32_t first = chunk * kChunkGranules;
  const Level& granules = chunks_.granules();
  const Word whole = granules.Load(first);
  const uint32_t owner = PackOwner(me);
  if (!whole.IsFree(kChunkOrder)) return;
  if (!granules.Change(first, whole, State::kHeld, kChunkOrder, owner)) return;
  const Word held = whole.Next(State::kHeld, kChunkOrder, owner);
  BP_FAULT_POINT("heap_return_begun");
  const Word small = chunks_.level().Load(chunk);
  if (!small.Is(State::kSmall) || !chunks_.level().Change(chunk, small, State::kHeld, 0, owner)) {
    granules.Change(first, held, State::kFree, kChunkOrder);
    return;
  }
  BP_FAULT_POINT("heap_return_held");
  granules.Change(first, held, State::kClear, 0);
  BP_FAULT_POINT("heap_return_cleared");
  FreeChunks({chunk, 0}, small.Next(State::kHeld, 0, owner), me);
}

// Everything.

Place Allocator::Find(uint32_t granule) const {
  Place place;
  const uint32_t chunk = granule / kChunkGranules;
  if (chunk >= chunks_.count() || !chunks_.HasRecord(chunk)) return place;
  const Word word = chunks_.level().Load(chunk);
  if (word.Is(State::kSmall)) {
    if (!IsSmall(chunks_, chunk)) return place;
    place.word = chunks_.granules().Load(granule);
    place.unit = granule;
    place.small = true;
    if (FitsInChunk(granule, place.word.order())) place.level = &chunks_.granules();
  } else if (granule % kChunkGranules == 0) {
    place.word = word;
    place.unit = chunk;
    if (chunks_.Fits(chunk, word.order())) place.level = &chunks_.level();
  }
  return place;
}

bool Allocator::Free(const Place& place, Owner me) const {
  const Block block = {place.unit, place.word.order()};
  return place.small ? FreeGranules(block, place.word, me) : FreeChunks(block, place.word, me);
}

// Makes up for joins that nobody did, because their freers died.
void Allocator::JoinAll(Owner me) const {
  ForEachChunk(chunks_, [&](uint32_t chunk, Word word) {
    if (word.Is(State::kFree) && chunks_.Fits(chunk, word.order())) {
      chunks_.level().JoinUp({chunk, word.order()}, chunks_.TopOf(chunk).order);
    } else if (IsSmall(chunks_, chunk)) {
      JoinGranulesOf(chunk, me);
    }
    return true;
  });
}

void Allocator::JoinGranulesOf(uint32_t chunk, Owner me) const {
  ForEachGranule(chunks_, chunk, [&](uint32_t granule, Word word) {
    if (word.Is(State::kFree) && FitsInChunk(granule, word.order())) {
      chunks_.granules().JoinUp({granule, word.order()}, kChunkOrder);
    }
    return true;
  });
  ReturnChunk(chunk, me);
}

}  // namespace billiard::shared_memory::buddy
