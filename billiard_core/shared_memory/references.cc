#include "billiard_core/shared_memory/references.h"

#include <algorithm>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"

namespace billiard::shared_memory {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kHeaderBytes = kPage;
constexpr uint32_t kRecordsPerPage = kPage / sizeof(ReferenceRecord);
constexpr uint32_t kWordsPerPage = kPage / sizeof(ObjectWords);
constexpr uint32_t kFewestRecords = 1 << 14;
// Records that are looked at before the table grows: it may be full up to here, or nearly empty.
constexpr uint32_t kProbes = 32;

constexpr uint64_t RoundUp(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// As many as there are granules, but for the very large and the very small; all of it only address space.
uint32_t RecordsFor(uint64_t granules) {
  return static_cast<uint32_t>(std::clamp<uint64_t>(granules, kFewestRecords, kMaxRecords));
}

absl::Status Gone() { return MakeStatus(Code::kNotFound, "the object is gone"); }

}  // namespace

struct References::Header {
  std::atomic<uint32_t> used;  // records from here on were never claimed and may not be committed
};

uint64_t References::Bytes(uint64_t granules) {
  return kHeaderBytes + RoundUp(RecordsFor(granules) * sizeof(ReferenceRecord)) +
         RoundUp(granules * sizeof(ObjectWords));
}

References::References(Segment* segment, uint64_t offset, uint64_t granules, BuddyHeap* heap)
    : segment_(segment),
      heap_(heap),
      records_offset_(offset + kHeaderBytes),
      words_offset_(records_offset_ + RoundUp(RecordsFor(granules) * sizeof(ReferenceRecord))),
      granules_(static_cast<uint32_t>(granules)),
      max_records_(RecordsFor(granules)),
      header_(segment->At<Header>(offset)),
      records_(segment->At<ReferenceRecord>(records_offset_, max_records_)),
      words_(segment->At<ObjectWords>(words_offset_, granules)),
      committed_(static_cast<std::atomic<uint8_t>*>(calloc(granules / kWordsPerPage / 8 + 1, 1))) {}

absl::StatusOr<std::unique_ptr<References>> References::Create(Segment* segment, uint64_t offset,
                                                               uint64_t granules, BuddyHeap* heap) {
  absl::StatusOr<std::unique_ptr<References>> made = Open(segment, offset, granules, heap);
  if (!made.ok()) return made;
  if (absl::Status status = segment->Commit(offset, kHeaderBytes); !status.ok()) return status;
  return made;
}

absl::StatusOr<std::unique_ptr<References>> References::Open(Segment* segment, uint64_t offset,
                                                             uint64_t granules, BuddyHeap* heap) {
  std::unique_ptr<References> made(new References(segment, offset, granules, heap));
  if (made->header_ == nullptr || made->records_ == nullptr || made->words_ == nullptr) {
    return MakeStatus(Code::kCorrupt, "the segment has no room for its references");
  }
  if (made->committed_ == nullptr) return MakeStatus(Code::kNoMem, "out of memory");
  return made;
}

// Before anything of the object at `granule` is written. A page is committed once and stays.
absl::Status References::CommitWords(Granule granule) {
  const uint32_t page = granule / kWordsPerPage;
  std::atomic<uint8_t>& bits = committed_[page / 8];
  const auto bit = static_cast<uint8_t>(1 << page % 8);
  if ((bits.load(std::memory_order_relaxed) & bit) != 0)
    return absl::OkStatus();  // a fact, not an order
  const uint64_t offset = words_offset_ + page * kPage;
  absl::Status status = segment_->Commit(offset, kPage);
  if (status.ok()) bits.fetch_or(bit, std::memory_order_relaxed);
  return status;
}

uint32_t References::Used() const {
  return std::min(header_->used.load(std::memory_order_acquire), max_records_);  // [USED]
}

bool References::TryClaim(uint32_t index, Owner me) {
  std::atomic<uint64_t>& word = records_[index].word;
  uint64_t seen = word.load(std::memory_order_relaxed);  // the CAS orders
  if (StateOfRecord(seen) != RecordState::kFree) return false;
  const uint64_t mine = MakeRecord(me, SequenceOfRecord(seen) + 1, RecordState::kAdding);
  return word.compare_exchange_strong(seen, mine, std::memory_order_acq_rel);
}

// A claimed record among `probes` from `first` on, around the end; kNoRecord: none of them was free.
uint32_t References::ClaimWithin(uint32_t first, uint32_t probes, Owner me) {
  const uint32_t used = Used();
  probes = std::min(probes, used);
  for (uint32_t i = 0; i < probes; ++i) {
    const uint32_t index = static_cast<uint32_t>((uint64_t{first} + i) % used);
    if (TryClaim(index, me)) {
      next_.store(index + 1, std::memory_order_relaxed);  // a hint
      return index;
    }
  }
  return kNoRecord;
}

absl::StatusOr<uint32_t> References::Claim(Granule granule, Owner me) {
  uint32_t index = ClaimWithin(next_.load(std::memory_order_relaxed), kProbes, me);
  if (index == kNoRecord) {
    index = ClaimWithin(cursor_.fetch_add(kProbes, std::memory_order_relaxed), kProbes, me);
  }
  while (index == kNoRecord) {
    const uint32_t used = Used();
    if (used == max_records_) {
      index = ClaimWithin(0, used, me);
      if (index != kNoRecord) break;
      return MakeStatus(Code::kFull, "too many references to shared objects");
    }
    if (absl::Status status = Grow(); !status.ok()) return status;
    index = ClaimWithin(used, kRecordsPerPage, me);
  }
  BP_FAULT_POINT("reference_claimed");
  records_[index].granule.store(granule, std::memory_order_release);  // I3
  return index;
}

// Makes another page of records usable.
absl::Status References::Grow() {
  uint32_t used = Used();
  const uint64_t offset = records_offset_ + used * sizeof(ReferenceRecord);
  // The first page that is not wholly in use; in a damaged segment that is any page.
  absl::Status status = segment_->Commit(offset / kPage * kPage, kPage);
  if (!status.ok()) return status;
  const uint32_t next =
      std::min(used / kRecordsPerPage * kRecordsPerPage + kRecordsPerPage, max_records_);
  header_->used.compare_exchange_strong(used, next, std::memory_order_release);  // [USED]
  return status;
}

// Where nothing is published, the words may not even be committed.
bool References::IsPublished(Granule granule) const {
  return granule < granules_ && heap_->SharedAt(granule).kind != 0;
}

// For an object in a block of ours that is not published: nobody else writes these words.
uint32_t References::NewGeneration(Granule granule, uint64_t bytes) {
  ObjectWords& words = words_[granule];
  uint32_t generation = words.generation.load(std::memory_order_relaxed) + 1;
  if (generation == 0) generation = 1;                            // so that no name is 0
  words.generation.store(generation, std::memory_order_relaxed);  // both are ordered by [HOLDERS]
  words.bytes.store(static_cast<uint32_t>(bytes), std::memory_order_relaxed);
  return generation;
}

absl::StatusOr<TakenReference> References::Begin(Granule granule, uint64_t bytes, Owner me) {
  if (granule >= granules_) return MakeStatus(Code::kInternal, "no such granule");
  if (absl::Status status = CommitWords(granule); !status.ok()) return status;
  const absl::StatusOr<uint32_t> record = Claim(granule, me);
  if (!record.ok()) return record.status();
  const TakenReference taken = {*record, NewGeneration(granule, bytes)};
  std::atomic<uint64_t>& holders = words_[granule].holders;
  for (;;) {
    uint64_t seen = holders.load(std::memory_order_acquire);
    if (NotedInHolders(seen) != kNoRecord) {
      Finish(granule, seen);
      continue;
    }
    const uint64_t noted = NextHolders(seen, 1, *record);
    if (holders.compare_exchange_strong(seen, noted, std::memory_order_acq_rel)) {  // [HOLDERS]
      BP_FAULT_POINT("reference_noted");
      Finish(granule, noted);
      return taken;
    }
  }
}

absl::StatusOr<uint32_t> References::BeginForGood(Granule granule, uint64_t bytes) {
  if (granule >= granules_) return MakeStatus(Code::kInternal, "no such granule");
  if (absl::Status status = CommitWords(granule); !status.ok()) return status;
  const uint32_t generation = NewGeneration(granule, bytes);
  std::atomic<uint64_t>& holders = words_[granule].holders;
  const uint64_t before = holders.load(std::memory_order_relaxed);  // of a block of ours
  holders.store(NextHolders(before, 1, kNoRecord), std::memory_order_release);  // [HOLDERS]
  return generation;
}

absl::StatusOr<uint32_t> References::Add(Granule granule, uint32_t generation, Owner me) {
  if (!IsPublished(granule)) return Gone();
  const absl::StatusOr<uint32_t> record = Claim(granule, me);
  if (!record.ok()) return record;
  std::atomic<uint64_t>& holders = words_[granule].holders;
  const std::atomic<uint32_t>& its_generation = words_[granule].generation;
  for (;;) {
    uint64_t seen = holders.load(std::memory_order_acquire);  // [HOLDERS]
    if (NotedInHolders(seen) != kNoRecord) {
      Finish(granule, seen);
      continue;
    }
    const uint32_t count = CountOfHolders(seen);
    // Looked at after the holders: if those are the same at the CAS, they were this object's.
    if (count == 0 || its_generation.load(std::memory_order_acquire) != generation) {
      Unclaim(*record);
      return Gone();
    }
    if (count == kMaxHolders) {
      Unclaim(*record);
      return MakeStatus(Code::kFull, "the object has 8191 references already");
    }
    const uint64_t noted = NextHolders(seen, count + 1, *record);
    if (holders.compare_exchange_strong(seen, noted, std::memory_order_acq_rel)) {
      BP_FAULT_POINT("reference_noted");
      Finish(granule, noted);
      return record;
    }
  }
}

// A record of ours that was never counted.
void References::Unclaim(uint32_t index) {
  std::atomic<uint64_t>& word = records_[index].word;
  uint64_t seen = word.load(std::memory_order_relaxed);
  word.compare_exchange_strong(seen, FreeRecord(seen), std::memory_order_acq_rel);
  next_.store(index, std::memory_order_relaxed);
}

// Says in the noted record what was done with it, and takes the note away. Anyone may.
void References::Finish(Granule granule, uint64_t holders) {
  std::atomic<uint64_t>& shared = words_[granule].holders;
  const uint32_t index = NotedInHolders(holders);
  if (index < Used()) {
    std::atomic<uint64_t>& word = records_[index].word;
    uint64_t seen = word.load(std::memory_order_acquire);
    // Still noted: so what we saw is what the note is about, not a later use of the record.
    if (shared.load(std::memory_order_acquire) != holders) return;
    if (StateOfRecord(seen) == RecordState::kAdding) {
      word.compare_exchange_strong(seen, WithState(seen, RecordState::kHeld),
                                   std::memory_order_acq_rel);
    } else if (StateOfRecord(seen) == RecordState::kDropping) {
      word.compare_exchange_strong(seen, WithState(seen, RecordState::kDropped),
                                   std::memory_order_acq_rel);
    }
  }
  BP_FAULT_POINT("reference_told");
  uint64_t expected = holders;
  shared.compare_exchange_strong(expected, NextHolders(holders, CountOfHolders(holders), kNoRecord),
                                 std::memory_order_acq_rel);  // [HOLDERS]
}

void References::Drop(uint32_t index, Owner owner, Owner me) {
  if (index >= Used()) return;
  ReferenceRecord& record = records_[index];
  // Another thread of the owner may claim the record as soon as it is free: that use is not ours to end.
  const uint32_t use = SequenceOfRecord(record.word.load(std::memory_order_acquire));
  for (;;) {
    uint64_t seen = record.word.load(std::memory_order_acquire);
    if (OwnerOfRecord(seen) != owner || SequenceOfRecord(seen) != use ||
        StateOfRecord(seen) == RecordState::kFree) {
      return;
    }
    const Granule granule = record.granule.load(std::memory_order_acquire);
    const auto step_to = [&record, &seen](uint64_t next) {
      record.word.compare_exchange_strong(seen, next, std::memory_order_acq_rel);
    };
    if (granule >= granules_) {  // damaged
      step_to(FreeRecord(seen));
      continue;
    }
    std::atomic<uint64_t>& shared = words_[granule].holders;
    uint64_t holders = shared.load(std::memory_order_acquire);  // [HOLDERS]
    // Looked at again after the holders: if those are unchanged at a CAS, so is what is decided here.
    if (record.word.load(std::memory_order_acquire) != seen) continue;
    if (NotedInHolders(holders) == index) {
      Finish(granule, holders);
      continue;
    }
    switch (StateOfRecord(seen)) {
      case RecordState::kHeld:
        step_to(WithState(seen, RecordState::kDropping));
        BP_FAULT_POINT("reference_dropping");
        break;
      case RecordState::kDropping:
        if (NotedInHolders(holders) != kNoRecord) {
          Finish(granule, holders);
        } else if (CountOfHolders(holders) == 0) {  // damaged
          step_to(FreeRecord(seen));
        } else {
          const uint64_t noted = NextHolders(holders, CountOfHolders(holders) - 1, index);
          shared.compare_exchange_strong(holders, noted, std::memory_order_acq_rel);  // [HOLDERS]
          BP_FAULT_POINT("reference_drop_noted");
        }
        break;
      case RecordState::kDropped:
        // While the record stands for it, whoever dies here leaves it to the next one.
        FreeIfLast(granule, me);
        BP_FAULT_POINT("reference_dropped");
        step_to(FreeRecord(seen));
        next_.store(index, std::memory_order_relaxed);  // a hint
        break;
      default:  // never counted, or damaged
        step_to(FreeRecord(seen));
        break;
    }
  }
}

void References::DropAllOf(Owner dead, Owner me) {
  const uint32_t used = Used();
  for (uint32_t index = 0; index < used; ++index) {
    const uint64_t word = records_[index].word.load(std::memory_order_relaxed);  // Drop looks again
    if (OwnerOfRecord(word) == dead) Drop(index, dead, me);
  }
}

// I4: a count of 0 is final for the object that was published before and after it was seen. The heap hands
// the block to one of those who ask for it, and to nobody when another object lies there by now.
void References::FreeIfLast(Granule granule, Owner me) {
  const BuddyHeap::SharedBlock block = heap_->SharedAt(granule);
  if (block.kind == 0) return;
  if (CountOfHolders(words_[granule].holders.load(std::memory_order_acquire)) != 0) return;
  if (!heap_->Reclaim(granule, block.kind, block.generation, me)) return;
  BP_FAULT_POINT("reference_reclaimed");
  heap_->Free(granule, me).IgnoreError();  // it is ours
}

uint64_t References::BytesOf(Granule granule) const {
  if (!IsPublished(granule)) return 0;
  return std::min<uint64_t>(words_[granule].bytes.load(std::memory_order_relaxed),
                            heap_->Bytes(granule));
}

uint32_t References::GenerationOf(Granule granule) const {
  if (!IsPublished(granule)) return 0;
  return words_[granule].generation.load(std::memory_order_acquire);
}

uint32_t References::CountHolders(Granule granule) const {
  if (!IsPublished(granule)) return 0;
  return CountOfHolders(words_[granule].holders.load(std::memory_order_acquire));
}

uint64_t References::CountRecords() const {
  uint64_t count = 0;
  const uint32_t used = Used();
  for (uint32_t index = 0; index < used; ++index) {
    const uint64_t word = records_[index].word.load(std::memory_order_relaxed);
    if (StateOfRecord(word) != RecordState::kFree) ++count;
  }
  return count;
}

}  // namespace billiard::shared_memory
