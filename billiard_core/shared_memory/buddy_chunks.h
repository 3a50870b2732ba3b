// The chunks of a buddy heap: a record each, with the chunk's state word, what is known of its memory,
// and hints about the free granules in it.
//
// Threads and processes: all functions, any; those that change a chunk's memory, only the owner of the
// block that the chunk lies in. Blocking: none.
//
// I1: a record, and a chunk's granule words, are touched only after their page was committed, and stay
//     committed: a state word's sequence must not begin anew.
// I2: a chunk's memory is kHole only when it surely has none and reads as zero; kReady only when it
//     surely is committed. Both steps in between, either way, lead through kUnknown.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_CHUNKS_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_CHUNKS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/shared_memory/buddy_level.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory::buddy {

inline constexpr uint64_t kGranuleBytes = 64;
inline constexpr uint64_t kChunkBytes = 64 * 1024;
inline constexpr uint32_t kChunkGranules = 1024;
inline constexpr uint32_t kChunkOrder = 10;  // of a whole chunk, counted in granules
inline constexpr uint32_t kTopOrder = 14;    // of the largest block, counted in chunks
inline constexpr uint32_t kMaxChunks = (uint32_t{1} << 20) - 1;

enum class Memory : uint8_t { kHole = 0, kUnknown = 1, kReady = 2 };

struct ChunkRecord {
  std::atomic<uint64_t> word;
  std::atomic<Memory> memory;
  std::atomic<uint8_t> has_words;  // 1: the chunk's granule words are committed
  std::atomic<uint16_t>
      free_orders;  // hint: bit k is set when a free block of order k may be there
  std::atomic<uint16_t> next_granule;  // hint: where to look first
  uint16_t reserved;
};
static_assert(sizeof(ChunkRecord) == 16);

// Hints where to look for free blocks; wrong ones cost time only.
struct Hints {
  std::atomic<uint32_t> chunk_with[kTopOrder + 1];    // begins a free block of that order
  std::atomic<uint32_t> chunk_search[kTopOrder + 1];  // where to look for others
  std::atomic<uint32_t> small_with[kChunkOrder];      // has free granules
  std::atomic<uint32_t> small_search[kChunkOrder];
  std::atomic<uint32_t> recent;  // the 1 MiB that chunks were taken from last
};

class Chunks {
 public:
  static uint64_t HeaderBytes(uint64_t arena_bytes);
  static uint32_t CountIn(uint64_t arena_bytes);

  // `count` chunks from `arena_offset` on.
  Chunks(Segment* segment, uint64_t header_offset, uint64_t arena_offset, uint32_t count);

  // False when the segment has no room for the words.
  bool valid() const;
  absl::Status CommitHeader() const;

  uint32_t count() const { return count_; }
  const Level& level() const { return chunk_level_; }
  const Level& granules() const { return granule_level_; }
  Hints& hints() const;
  std::byte* DataAt(uint64_t granule) const {
    return segment_->base() + arena_offset_ + granule * kGranuleBytes;
  }

  // The largest block that may ever contain this chunk: chunks are never joined beyond it.
  Block TopOf(uint32_t chunk) const;

  // Whether a word may stand at this chunk and say so, whoever wrote it.
  bool Fits(uint32_t chunk, uint32_t order) const;

  // I1. Commits the records of [first, first + count). kNoMem.
  bool HasRecord(uint32_t chunk) const;
  absl::Status CommitRecords(uint32_t first, uint32_t count) const;
  ChunkRecord& RecordAt(uint32_t chunk) const { return records_[chunk]; }
  // The first chunk after one without record that may have one, or be a top block.
  uint32_t AfterMissingRecord(uint32_t chunk) const;

  // The word of a chunk; of one without record, the free block that begins there or CLEAR. The word of
  // a top block that was never used is 0 and stands for FREE: CommitTop() writes it down.
  Word Load(uint32_t chunk) const;
  absl::Status CommitTop(uint32_t chunk) const;

  bool HasWords(uint32_t chunk) const {
    return RecordAt(chunk).has_words.load(std::memory_order_acquire) == 1;  // [WORDS]
  }
  absl::Status CommitWords(uint32_t chunk) const;

  // Only for the owner of the block of these chunks.
  enum class Fill { kZero, kAnything };
  absl::Status CommitMemory(uint32_t first, uint32_t count, Fill fill) const;
  void GiveMemoryBack(uint32_t first, uint32_t count) const;

  // How many of these chunks, from the first on without a gap, or altogether, have memory.
  uint32_t CountReady(uint32_t first, uint32_t count) const;
  uint32_t CountWithMemory(uint32_t first, uint32_t count) const;

 private:
  struct Header;
  Memory MemoryOf(uint32_t chunk) const;
  void SetMemory(uint32_t first, uint32_t count, Memory memory) const;

  // Fixed after construction.
  Segment* const segment_;
  const uint64_t header_offset_;
  const uint64_t arena_offset_;
  const uint32_t count_;
  Header* const header_;
  ChunkRecord* const records_;
  std::atomic<uint64_t>* const granule_words_;
  const Level chunk_level_;
  const Level granule_level_;
};

}  // namespace billiard::shared_memory::buddy

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_CHUNKS_H_
