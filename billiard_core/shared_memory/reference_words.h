// The words that references between processes consist of; all bits are exact.
//
// Record: one reference of one participant. {owner 32 | sequence 29 | state 3} and the granule beside it.
//   FREE(s)            nobody's; zeroed memory is FREE(0)
//   ADDING(o,s)        claimed; counted if and only if the object's holders note it
//   HELD(o,s)          a reference
//   DROPPING(o,s)      to be given back; given back if and only if the object's holders note it
//   DROPPED(o,s)       given back; the block is still to be freed if it was the last
// Holders, per granule: {count 13 | noted 22 | sequence 29}: how many references the object there has; the
//   record (index + 1) that was just counted in or out and whose word may not say so yet, or 0.
//
// I1: a record goes FREE(s) -> ADDING(o,s+1) -> HELD -> DROPPING -> DROPPED -> FREE, each by CAS. ADDING ->
//     HELD and DROPPING -> DROPPED happen only while it is noted, by anyone. All other steps are its owner's,
//     or, after the owner's death, anyone's, and only while it is not noted: so what a note means is
//     told by the record's state.
// I2: count and note change in one CAS, and only when nothing is noted; so each record is counted in and
//     out exactly once, by however many helpers and whoever of them dies.
// I3: the granule is written by the record's owner while it is ADDING and not noted. Before that it
//     is an old one, whose holders do not note this record (I1).
// I4: a count that has become 0 stays 0 until another object is made in the block, under a new generation.
// I5: the sequences keep those who were stopped between a look and a CAS from doing it twice: 2^29
//     changes of the same word would have to pass meanwhile.
#ifndef BILLIARD_CORE_SHARED_MEMORY_REFERENCE_WORDS_H_
#define BILLIARD_CORE_SHARED_MEMORY_REFERENCE_WORDS_H_

#include <atomic>
#include <cstdint>

#include "billiard_core/shared_memory/participants.h"

namespace billiard::shared_memory {

struct ReferenceRecord {
  std::atomic<uint64_t> word;
  std::atomic<uint32_t> granule;
  uint32_t reserved;
};
static_assert(sizeof(ReferenceRecord) == 16);

// What is known of the object at a granule. Kept when the object is gone: generation and sequence go on.
struct ObjectWords {
  std::atomic<uint64_t> holders;
  std::atomic<uint32_t> generation;  // of the object that is there, or was last; part of its name
  std::atomic<uint32_t> bytes;       // as asked for
};
static_assert(sizeof(ObjectWords) == 16);

inline constexpr uint32_t kSequenceMask = (uint32_t{1} << 29) - 1;

enum class RecordState : uint64_t {
  kFree = 0,
  kAdding = 1,
  kHeld = 2,
  kDropping = 3,
  kDropped = 4,
};

constexpr uint64_t MakeRecord(Owner owner, uint32_t sequence, RecordState state) {
  return uint64_t{owner} << 32 | uint64_t{sequence & kSequenceMask} << 3 |
         static_cast<uint64_t>(state);
}
constexpr RecordState StateOfRecord(uint64_t word) { return static_cast<RecordState>(word & 7); }
constexpr Owner OwnerOfRecord(uint64_t word) { return static_cast<Owner>(word >> 32); }
constexpr uint32_t SequenceOfRecord(uint64_t word) {
  return static_cast<uint32_t>(word >> 3) & kSequenceMask;
}
constexpr uint64_t WithState(uint64_t word, RecordState state) {
  return (word & ~uint64_t{7}) | static_cast<uint64_t>(state);
}
constexpr uint64_t FreeRecord(uint64_t word) {
  return MakeRecord(kNobody, SequenceOfRecord(word), RecordState::kFree);
}

inline constexpr uint32_t kMaxHolders = (1 << 13) - 1;
inline constexpr uint32_t kMaxRecords = (1 << 22) - 1;  // a note of 0 is none
inline constexpr uint32_t kNoRecord = UINT32_MAX;

constexpr uint32_t CountOfHolders(uint64_t holders) { return static_cast<uint32_t>(holders >> 51); }
// kNoRecord: nothing is noted.
constexpr uint32_t NotedInHolders(uint64_t holders) {
  const uint32_t noted = static_cast<uint32_t>(holders >> 29) & kMaxRecords;
  return noted == 0 ? kNoRecord : noted - 1;
}
// The holders after `before`, with this count and note.
constexpr uint64_t NextHolders(uint64_t before, uint32_t count, uint32_t noted) {
  const uint64_t note = noted == kNoRecord ? 0 : uint64_t{noted} + 1;
  return uint64_t{count} << 51 | note << 29 | ((before + 1) & kSequenceMask);
}

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_REFERENCE_WORDS_H_
