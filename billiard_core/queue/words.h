// The 64-bit words that a queue's protocol consists of, all bits of which are exact.
//
// Position: the number of a message in the queue's one order, counted from 0 since its creation; 64 bits.
// Ring cell: {lap 32 | block 32}: the last that happened there. The cell of a position and its lap there:
// rings.h; laps count from 1, so that zeroed memory is a cell in which nothing has happened.
//   ITEM(l, ref)   the position of lap l is published: its message is, or was, in block ref
//   MOVED(l)       this position and all later ones are in the next, larger ring; stays for ever
//   END(l)         the queue was closed for everybody at this position; stays for ever
// A cell of an earlier lap means that the position is not published, one of a later lap that it was
// published and taken.
// Block tag: {state 3 | position 29 | owner 32}; only the low bits of the position, see I3.
//   0                     the block is being filled, or free
//   QUEUED(p, owner)      filled, and published at p or about to be; owner: the producer
//   READING(p, owner)     taken: the owner alone may read and free it
//   UNFINISHED(p, owner)  joinable queues: the owner has its copy and has not said task_done
//   RETURNED(p, owner)    taken once and in the queue again; owner: who gave it back
//   LOST(p, owner)        its reader died and that was counted; the owner is freeing it
//   FINISHED(p, owner)    joinable queues: counted as finished; the owner is freeing it
//
// I1: a cell goes from lap l - 1 to ITEM(l), MOVED(l) or END(l), by CAS of whoever knows that all earlier
//     positions are published and that the position a lap before is taken. So it never goes back.
// I2: a message is claimed by CAS of its block's tag QUEUED(p) -> READING(p), and no block ever gets the
//     tag QUEUED(p) again: a producer sets it when it has seen p not published since it had the block. So
//     the message at a published position is there to be taken if and only if the tag of the block that
//     the cell names is QUEUED(p).
// I3: a taker claims with the position at which it found the block in a cell. A tag of another use of
//     the block has another position: to be mistaken for it, 2^29 messages would have to pass through
//     between a look and a CAS, the last of them in the same block. Even then the claim takes a message
//     that is queued; only its turn would be wrong.
// I4: a message that was claimed leaves READING or UNFINISHED by CAS of its owner, or of whoever finds the
//     owner dead; to LOST or FINISHED only after it was counted (tally.h).
#ifndef BILLIARD_CORE_QUEUE_WORDS_H_
#define BILLIARD_CORE_QUEUE_WORDS_H_

#include <cstdint>

#include "billiard_core/shared_memory/block_heap.h"
#include "billiard_core/shared_memory/participants.h"

namespace billiard::queue {

using shared_memory::Block;
using shared_memory::BlockRef;
using shared_memory::Owner;
using Position = uint64_t;

inline constexpr BlockRef kEndMark = UINT32_MAX;
inline constexpr BlockRef kMovedMark = UINT32_MAX - 1;

constexpr uint64_t ItemCell(uint32_t lap, BlockRef ref) { return uint64_t{lap} << 32 | ref; }
constexpr uint64_t MovedCell(uint32_t lap) { return ItemCell(lap, kMovedMark); }
constexpr uint64_t EndCell(uint32_t lap) { return ItemCell(lap, kEndMark); }
constexpr uint32_t LapOfCell(uint64_t cell) { return static_cast<uint32_t>(cell >> 32); }
// How many laps a cell is ahead of `lap`; laps wrap.
constexpr int32_t LapsAhead(uint64_t cell, uint32_t lap) {
  return static_cast<int32_t>(LapOfCell(cell) - lap);
}
constexpr BlockRef BlockOfCell(uint64_t cell) { return static_cast<BlockRef>(cell); }

enum class TagState : uint64_t {
  kNone = 0,
  kQueued = 1,
  kReading = 2,
  kUnfinished = 3,
  kReturned = 4,
  kLost = 5,
  kFinished = 6,
};

inline constexpr uint64_t kTagPositionMask = 0x1fffffff;

constexpr uint64_t MakeTag(TagState state, Position position, Owner owner) {
  return static_cast<uint64_t>(state) << 61 | (position & kTagPositionMask) << 32 | owner;
}
constexpr TagState StateOfTag(uint64_t tag) { return static_cast<TagState>(tag >> 61); }
constexpr Owner OwnerOfTag(uint64_t tag) { return static_cast<Owner>(tag); }
constexpr bool TagIsAt(uint64_t tag, Position position) {
  return (tag >> 32 & kTagPositionMask) == (position & kTagPositionMask);
}
constexpr uint64_t WithOwner(uint64_t tag, TagState state, Owner owner) {
  return static_cast<uint64_t>(state) << 61 | (tag & kTagPositionMask << 32) | owner;
}

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_WORDS_H_
