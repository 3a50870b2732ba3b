// Who refers to which object of an arena (G-SHM-2): a table of records, one for each reference of each
// participant, and a count for each object. reference_words.h has the words and the invariants.
//
// Threads: all functions, any thread. Processes: any that map the segment; nobody waits for another. Fork:
// works in children; what a record says is true of its owner alone.
//
// Life of an object: its maker owns the heap's block, gives it a new generation, counts itself in (Begin), and
// publishes the block. Who drops the last reference takes the block back from the heap and frees it; if
// it dies before, whoever takes its record back does.
#ifndef BILLIARD_CORE_SHARED_MEMORY_REFERENCES_H_
#define BILLIARD_CORE_SHARED_MEMORY_REFERENCES_H_

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/reference_words.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

// A reference just taken.
struct TakenReference {
  uint32_t record;
  uint32_t generation;
};

class References {
 public:
  // Room for the tables of an arena with granules below `granules`, a multiple of 4096.
  static uint64_t Bytes(uint64_t granules);

  // The tables at `offset`, a multiple of 4096; zeroed memory is empty tables. Segment and heap must
  // outlive them. kNoMem; kCorrupt: no room.
  static absl::StatusOr<std::unique_ptr<References>> Create(Segment* segment, uint64_t offset,
                                                            uint64_t granules, BuddyHeap* heap);
  static absl::StatusOr<std::unique_ptr<References>> Open(Segment* segment, uint64_t offset,
                                                          uint64_t granules, BuddyHeap* heap);

  // The first reference to a new object in a block that `me` owns and has not published yet, and the
  // object's generation: never 0. kNoMem; kFull: too many references.
  absl::StatusOr<TakenReference> Begin(Granule granule, uint64_t bytes, Owner me);

  // The same for an object that stays for as long as its segment: a count of 1 that nobody drops. Returns
  // the generation.
  absl::StatusOr<uint32_t> BeginForGood(Granule granule, uint64_t bytes);

  // Another reference to the published object of this generation; returns its record.
  // kNotFound: it is gone; kFull; kNoMem.
  absl::StatusOr<uint32_t> Add(Granule granule, uint32_t generation, Owner me);

  // Gives the reference of `owner` in this record back, on behalf of `me`: owner is me, or dead. The last
  // one frees the object. May be repeated, and run by many at a time for a dead owner.
  void Drop(uint32_t record, Owner owner, Owner me);

  // Gives all references of `dead` back.
  void DropAllOf(Owner dead, Owner me);

  // Of a published object, and 0 of anything else. Its bytes, as asked for; at most what its block has.
  uint64_t BytesOf(Granule granule) const;
  uint32_t GenerationOf(Granule granule) const;
  uint32_t CountHolders(Granule granule) const;
  // Records in use, of all owners.
  uint64_t CountRecords() const;

 private:
  struct Header;

  References(Segment* segment, uint64_t offset, uint64_t granules, BuddyHeap* heap);

  absl::Status CommitWords(Granule granule);
  uint32_t Used() const;
  bool TryClaim(uint32_t index, Owner me);
  uint32_t ClaimWithin(uint32_t first, uint32_t probes, Owner me);
  absl::StatusOr<uint32_t> Claim(Granule granule, Owner me);
  absl::Status Grow();
  bool IsPublished(Granule granule) const;
  uint32_t NewGeneration(Granule granule, uint64_t bytes);
  void Unclaim(uint32_t index);
  void Finish(Granule granule, uint64_t holders);
  void FreeIfLast(Granule granule, Owner me);

  // Fixed after construction.
  Segment* const segment_;
  BuddyHeap* const heap_;
  const uint64_t records_offset_;
  const uint64_t words_offset_;
  const Granule granules_;
  const uint32_t max_records_;
  Header* const header_;
  ReferenceRecord* const records_;
  ObjectWords* const words_;

  // Of this process: which pages of words_ it knows to be committed, a bit each; where to look for a
  // free record. All of it may be behind the truth.
  struct Freer {
    void operator()(std::atomic<uint8_t>* memory) const { free(memory); }
  };
  std::unique_ptr<std::atomic<uint8_t>[], Freer> committed_;
  std::atomic<uint32_t> next_{0};
  std::atomic<uint32_t> cursor_{0};
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_REFERENCES_H_
