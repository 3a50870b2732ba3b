#include "billiard_core/shared_memory/buddy_walk.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::shared_memory::buddy {
namespace {

// Between looking at what is half done and looking again others may do more of the kind.
constexpr int kSettleAttempts = 16;

constexpr bool IsHalfDone(Word word) {
  return word.state() >= State::kSplitting && word.state() <= State::kOffered;
}

// Units that a word speaks for, when it is not CLEAR. The upper half of a split is looked at by itself.
constexpr uint32_t SizeOf(Word word) {
  const uint32_t size = uint32_t{1} << word.order();
  return word.Is(State::kSplitting) ? (size + 1) / 2 : word.Is(State::kJoined) ? 2 * size : size;
}

// The tiles of one top block of a level, one after the other.
class Tiling {
 public:
  Tiling(const char* unit_name, const Level& level, uint32_t first, uint32_t order)
      : name_(unit_name), level_(level), first_(first), end_(first + (uint32_t{1} << order)) {}

  // `readable(unit)`: its word is committed. `check(unit, word)`: of each block.
  template <typename Readable, typename Check>
  absl::Status CheckAll(Readable readable, Check check) const {
    for (uint32_t unit = first_; unit < end_;) {
      if (!readable(unit)) return Wrong("no record", unit, Word());
      const Word word = level_.Load(unit);
      if (word.state() == State::kClear) return Wrong("no block begins", unit, word);
      if (word.state() > State::kSmall) return Wrong("no such state", unit, word);
      const uint32_t size = TileSize(unit, word);
      if (unit % size != 0 || size > end_ - unit) return Wrong("does not fit", unit, word);
      for (uint32_t inside = unit + 1; inside < unit + size; ++inside) {
        if (!readable(inside)) continue;
        const Word other = level_.Load(inside);
        if (other.Is(State::kClear) || IsOfferTo(unit, word, inside, other)) continue;
        return Wrong("a block begins inside of another", inside, other);
      }
      if (absl::Status status = check(unit, word); !status.ok()) return status;
      unit += size;
    }
    return absl::OkStatus();
  }

  absl::Status Wrong(const char* what, uint32_t unit, Word word) const {
    return MakeStatus(Code::kCorrupt, absl::StrCat("heap: ", what, " at ", name_, " ", unit,
                                                   ", word ", absl::Hex(word.bits())));
  }

 private:
  uint32_t TileSize(uint32_t unit, Word word) const {
    const uint32_t size = SizeOf(word);
    if (!word.Is(State::kSplitting) || word.order() == 0 || size > end_ - unit) return size;
    return level_.Load(unit + size).Is(State::kClear) ? 2 * size : size;
  }

  static bool IsOfferTo(uint32_t lower, Word joined, uint32_t upper, Word offered) {
    return joined.Is(State::kJoined) && offered.Is(State::kOffered, joined.order()) &&
           upper - lower == uint32_t{1} << joined.order() &&
           joined.sequence() == Word::SequenceAfter(offered.payload());
  }

  const char* const name_;
  const Level& level_;
  const uint32_t first_;
  const uint32_t end_;
};

absl::Status CheckGranulesOf(const Chunks& chunks, uint32_t chunk, const Tiling& tiling,
                             Word word) {
  const uint32_t first = chunk * kChunkGranules;
  if (word.Is(State::kSmall)) {
    if (!chunks.HasWords(chunk)) return tiling.Wrong("SMALL without granules", chunk, word);
    if (chunks.CountReady(chunk, 1) != 1) return tiling.Wrong("SMALL, no memory", chunk, word);
    const Tiling granules("granule", chunks.granules(), first, kChunkOrder);
    return granules.CheckAll([](uint32_t) { return true; },
                             [](uint32_t, Word) { return absl::OkStatus(); });
  }
  if (!chunks.HasWords(chunk)) return absl::OkStatus();
  for (uint32_t granule = first; granule < first + kChunkGranules; ++granule) {
    const Word its = chunks.granules().Load(granule);
    const bool is_left_over = granule == first && its.Is(State::kHeld, kChunkOrder);
    if (its.Is(State::kClear) || is_left_over) continue;
    return tiling.Wrong("a block begins in a chunk that is not SMALL, granule", granule, its);
  }
  return absl::OkStatus();
}

absl::Status CheckChunks(const Chunks& chunks, const Tiling& tiling, uint32_t first, Word word) {
  for (uint32_t chunk = first; chunk < first + SizeOf(word); ++chunk) {
    if (!chunks.HasRecord(chunk)) continue;
    absl::Status status = CheckGranulesOf(chunks, chunk, tiling, word);
    if (!status.ok()) return status;
  }
  const bool in_use = word.Is(State::kShared);
  if (in_use && chunks.CountReady(first, 1) != 1) {
    return tiling.Wrong("in use, no memory", first, word);
  }
  return absl::OkStatus();
}

}  // namespace

Word LoadSettledChunk(const Chunks& chunks, uint32_t chunk) {
  Word word = chunks.Load(chunk);
  for (int attempt = 0; IsHalfDone(word) && attempt < kSettleAttempts; ++attempt) {
    chunks.level().Settle(chunk, word, chunks.TopOf(chunk).order);
    word = chunks.Load(chunk);
  }
  return word;
}

Word LoadSettledGranule(const Chunks& chunks, uint32_t granule) {
  Word word = chunks.granules().Load(granule);
  for (int attempt = 0; IsHalfDone(word) && attempt < kSettleAttempts; ++attempt) {
    chunks.granules().Settle(granule, word, kChunkOrder);
    word = chunks.granules().Load(granule);
  }
  return word;
}

uint32_t NextChunk(const Chunks& chunks, uint32_t chunk, Word word) {
  if (!word.Is(State::kClear) && chunks.Fits(chunk, word.order())) {
    const uint32_t size = SizeOf(word);
    return size <= chunks.count() - chunk ? chunk + size : chunk + 1;
  }
  return chunks.HasRecord(chunk) ? chunk + 1 : chunks.AfterMissingRecord(chunk);
}

uint32_t NextGranule(uint32_t granule, Word word) {
  if (word.Is(State::kClear) || !FitsInChunk(granule, word.order())) return granule + 1;
  const uint32_t room = kChunkGranules - granule % kChunkGranules;
  return SizeOf(word) <= room ? granule + SizeOf(word) : granule + 1;
}

bool IsSmall(const Chunks& chunks, uint32_t chunk) {
  return chunk < chunks.count() && chunks.HasRecord(chunk) &&
         chunks.level().Load(chunk).Is(State::kSmall, 0) && chunks.HasWords(chunk);
}

absl::Status CheckTiling(const Chunks& chunks) {
  for (uint32_t first = 0; first < chunks.count();) {
    const Block top = chunks.TopOf(first);
    const Word word = chunks.Load(first);
    // A sequence of 0: nothing of this top block was ever used.
    if (word.sequence() != 0) {
      const Tiling tiling("chunk", chunks.level(), top.head, top.order);
      absl::Status status = tiling.CheckAll(
          [&chunks](uint32_t chunk) { return chunks.HasRecord(chunk); },
          [&](uint32_t chunk, Word its) { return CheckChunks(chunks, tiling, chunk, its); });
      if (!status.ok()) return status;
    }
    first += uint32_t{1} << top.order;
  }
  return absl::OkStatus();
}

}  // namespace billiard::shared_memory::buddy
