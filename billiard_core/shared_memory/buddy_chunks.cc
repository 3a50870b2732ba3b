#include "billiard_core/shared_memory/buddy_chunks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "billiard_core/base/fault_point.h"

namespace billiard::shared_memory::buddy {
namespace {

constexpr uint64_t kPage = 4096;  // of committed words; a system's larger pages hold several
constexpr uint32_t kPageRecords = kPage / sizeof(ChunkRecord);
constexpr uint32_t kRecordPages = kMaxChunks / kPageRecords + 1;
constexpr uint64_t kChunkWordBytes = kChunkGranules * sizeof(uint64_t);
constexpr uint32_t kTopChunks = uint32_t{1} << kTopOrder;

constexpr uint64_t RecordBytes(uint32_t count) {
  return (uint64_t{count} * sizeof(ChunkRecord) + kPage - 1) / kPage * kPage;
}
constexpr uint64_t RecordsOffset(uint64_t header_offset) { return header_offset + kPage; }
constexpr uint64_t WordsOffset(uint64_t header_offset, uint32_t count) {
  return RecordsOffset(header_offset) + RecordBytes(count);
}

}  // namespace

struct Chunks::Header {
  Hints hints;
  alignas(64) std::atomic<uint64_t> record_pages[kRecordPages / 64];  // bit set: page is committed
};

uint32_t Chunks::CountIn(uint64_t arena_bytes) {
  return static_cast<uint32_t>(std::min<uint64_t>(arena_bytes / kChunkBytes, kMaxChunks));
}

uint64_t Chunks::HeaderBytes(uint64_t arena_bytes) {
  const uint32_t count = CountIn(arena_bytes);
  return WordsOffset(0, count) + uint64_t{count} * kChunkWordBytes;
}

Chunks::Chunks(Segment* segment, uint64_t header_offset, uint64_t arena_offset, uint32_t count)
    : segment_(segment),
      header_offset_(header_offset),
      arena_offset_(arena_offset),
      count_(count),
      header_(segment->At<Header>(header_offset)),
      records_(segment->At<ChunkRecord>(RecordsOffset(header_offset), count)),
      granule_words_(segment->At<std::atomic<uint64_t>>(WordsOffset(header_offset, count),
                                                        uint64_t{count} * kChunkGranules)),
      chunk_level_(reinterpret_cast<std::byte*>(records_), sizeof(ChunkRecord)),
      granule_level_(reinterpret_cast<std::byte*>(granule_words_), sizeof(uint64_t)) {
  static_assert(sizeof(Header) <= kPage);
  static_assert(offsetof(ChunkRecord, word) == 0);
}

bool Chunks::valid() const {
  return header_ != nullptr && records_ != nullptr && granule_words_ != nullptr;
}

absl::Status Chunks::CommitHeader() const { return segment_->Commit(header_offset_, kPage); }

Hints& Chunks::hints() const { return header_->hints; }

// Blocks of the largest size, then one of each smaller size as the rest of the arena has room.
Block Chunks::TopOf(uint32_t chunk) const {
  Block top = {chunk / kTopChunks * kTopChunks, kTopOrder};
  for (; count_ - top.head < uint32_t{1} << top.order; --top.order) {
  }
  while (chunk - top.head >= uint32_t{1} << top.order) {
    top.head += uint32_t{1} << top.order;
    top.order = std::min(top.order, static_cast<uint32_t>(std::bit_width(count_ - top.head)) - 1);
  }
  return top;
}

bool Chunks::Fits(uint32_t chunk, uint32_t order) const {
  return chunk < count_ && chunk % (uint32_t{1} << order) == 0 && order <= TopOf(chunk).order;
}

bool Chunks::HasRecord(uint32_t chunk) const {
  const uint32_t page = chunk / kPageRecords;
  // [RECORDS]
  const uint64_t bits = header_->record_pages[page / 64].load(std::memory_order_acquire);
  return (bits >> page % 64 & 1) != 0;
}

absl::Status Chunks::CommitRecords(uint32_t first, uint32_t count) const {
  const uint32_t end = (first + count - 1) / kPageRecords + 1;
  for (uint32_t page = first / kPageRecords; page < end; ++page) {
    if (HasRecord(page * kPageRecords)) continue;
    absl::Status status = segment_->Commit(RecordsOffset(header_offset_) + page * kPage, kPage);
    if (!status.ok()) return status;
    header_->record_pages[page / 64].fetch_or(uint64_t{1} << page % 64,
                                              std::memory_order_release);  // [RECORDS]
  }
  return absl::OkStatus();
}

uint32_t Chunks::AfterMissingRecord(uint32_t chunk) const {
  const Block top = TopOf(chunk);
  return std::min((chunk / kPageRecords + 1) * kPageRecords, top.head + (uint32_t{1} << top.order));
}

Word Chunks::Load(uint32_t chunk) const {
  const Word word = HasRecord(chunk) ? chunk_level_.Load(chunk) : Word();
  if (word.bits() != 0) return word;
  const Block top = TopOf(chunk);
  return top.head == chunk ? Word(State::kFree, top.order, 0, 0) : word;
}

absl::Status Chunks::CommitTop(uint32_t chunk) const {
  absl::Status status = CommitRecords(chunk, 1);
  if (status.ok()) chunk_level_.Change(chunk, Word(), State::kFree, TopOf(chunk).order);
  return status;
}

absl::Status Chunks::CommitWords(uint32_t chunk) const {
  if (HasWords(chunk)) return absl::OkStatus();
  const uint64_t offset = WordsOffset(header_offset_, count_) + chunk * kChunkWordBytes;
  absl::Status status = segment_->Commit(offset, kChunkWordBytes);
  if (status.ok()) RecordAt(chunk).has_words.store(1, std::memory_order_release);  // [WORDS]
  return status;
}

// What is known of a chunk's memory belongs to the block's owner: the state words order it.
Memory Chunks::MemoryOf(uint32_t chunk) const {
  return HasRecord(chunk) ? RecordAt(chunk).memory.load(std::memory_order_relaxed) : Memory::kHole;
}

void Chunks::SetMemory(uint32_t first, uint32_t count, Memory memory) const {
  for (uint32_t chunk = first; chunk < first + count; ++chunk) {
    RecordAt(chunk).memory.store(memory, std::memory_order_relaxed);
  }
}

absl::Status Chunks::CommitMemory(uint32_t first, uint32_t count, Fill fill) const {
  absl::Status status = CommitRecords(first, count);
  for (uint32_t begin = first, end; status.ok() && begin < first + count; begin = end) {
    const Memory memory = MemoryOf(begin);
    for (end = begin + 1; end < first + count && MemoryOf(end) == memory; ++end) {
    }
    const uint64_t bytes = uint64_t{end - begin} * kChunkBytes;
    if (memory != Memory::kReady) {
      SetMemory(begin, end - begin, Memory::kUnknown);
      BP_FAULT_POINT("heap_memory_marked");
      status = segment_->Commit(arena_offset_ + begin * kChunkBytes, bytes);
      if (!status.ok()) break;
      BP_FAULT_POINT("heap_memory_committed");
    }
    if (memory != Memory::kHole && fill == Fill::kZero) {
      memset(DataAt(uint64_t{begin} * kChunkGranules), 0, bytes);
    }
    SetMemory(begin, end - begin, Memory::kReady);
  }
  return status;
}

void Chunks::GiveMemoryBack(uint32_t first, uint32_t count) const {
  uint32_t end = first + count;
  while (first < end && MemoryOf(first) == Memory::kHole) ++first;
  while (first < end && MemoryOf(end - 1) == Memory::kHole) --end;
  if (first == end || !CommitRecords(first, end - first).ok()) return;
  SetMemory(first, end - first, Memory::kUnknown);
  BP_FAULT_POINT("heap_punch_marked");
  const uint64_t bytes = (end - first) * kChunkBytes;
  if (!segment_->Decommit(arena_offset_ + first * kChunkBytes, bytes)) return;
  BP_FAULT_POINT("heap_punched");
  SetMemory(first, end - first, Memory::kHole);
}

uint32_t Chunks::CountReady(uint32_t first, uint32_t count) const {
  uint32_t ready = 0;
  while (ready < count && MemoryOf(first + ready) == Memory::kReady) ++ready;
  return ready;
}

uint32_t Chunks::CountWithMemory(uint32_t first, uint32_t count) const {
  uint32_t with_memory = 0;
  for (uint32_t chunk = first; chunk < first + count; ++chunk) {
    with_memory += MemoryOf(chunk) != Memory::kHole;
  }
  return with_memory;
}

}  // namespace billiard::shared_memory::buddy
