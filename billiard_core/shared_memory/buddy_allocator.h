// Finding, taking and freeing blocks of a buddy heap. The steps on single words are in buddy_level.h.
//
// Blocks of up to 32 KiB lie in SMALL chunks, larger ones consist of whole chunks.
//
// A chunk becomes SMALL: its owner commits its memory and granule words, makes its first granule's word
// HELD(me) as a block of the whole chunk, then its own word SMALL, which is when the granule words begin
// to count; then the granules are FREE. It goes back the same way: FREE -> HELD(me), own word
// HELD(me), first granule's word CLEAR, chunk FREE.
//
// I1: granule words count only while the chunk's word is SMALL. While it is not they are all CLEAR, but
//     for the first, which may be HELD by one who died between the two; no FREE among them, so
//     nobody who comes late takes anything there.
// I2: whoever frees a block of 1 MiB or more, or the last piece of 1 MiB, gives its memory back to the
//     system while he HOLDS it; so FREE memory is not touched by anybody.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_ALLOCATOR_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_ALLOCATOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/buddy_chunks.h"
#include "billiard_core/shared_memory/buddy_walk.h"
#include "billiard_core/shared_memory/participants.h"

namespace billiard::shared_memory::buddy {

// Granules are counted from 0 here. A block in either level: its word, and where that stands.
struct Place {
  const Level* level = nullptr;  // nullptr: no block begins there
  uint32_t unit = 0;
  Word word;
  bool small = false;
};

class Allocator {
 public:
  explicit Allocator(const Chunks& chunks) : chunks_(chunks) {}

  // The first granule of a block of `bytes`, not 0, OWNED by `me`, committed and zeroed.
  absl::StatusOr<uint32_t> Allocate(uint64_t bytes, Owner me) const;

  // Where the word of the block stands that begins at `granule`, if one does.
  Place Find(uint32_t granule) const;

  // Frees the block, which is `me`'s own or a dead owner's, as it was seen; false when it has changed.
  bool Free(const Place& place, Owner me) const;

  // Joins free neighbours that their freers, killed, left apart.
  void JoinAll(Owner me) const;

  // A hint that the chunk has free granules of these orders, one bit for each.
  void NoteFree(uint32_t chunk, uint32_t orders) const;

 private:
  absl::StatusOr<uint32_t> AllocateSmall(uint32_t order, Owner me) const;
  absl::StatusOr<uint32_t> AllocateChunks(uint32_t count, Owner me) const;

  absl::StatusOr<uint32_t> TakeChunks(uint32_t order, State state, Owner me) const;
  absl::StatusOr<bool> TakeChunksAt(uint32_t chunk, uint32_t order, State state, Owner me) const;
  uint32_t SearchChunksNear(uint32_t order) const;
  uint32_t SearchAllChunks(uint32_t order) const;

  bool TakeGranules(uint32_t chunk, uint32_t order, Owner me, uint32_t* granule) const;
  bool TakeNearby(uint32_t order, Owner me, uint32_t* granule) const;
  bool TakeAnywhere(uint32_t order, Owner me, uint32_t* granule) const;
  absl::Status TakeFromNewChunk(uint32_t order, Owner me, uint32_t* granule) const;
  bool HasGranules(uint32_t chunk, uint32_t order) const;
  uint32_t SearchGranules(uint32_t chunk, uint32_t order) const;
  void NoteTaken(uint32_t chunk, uint32_t granule, uint32_t from, uint32_t order) const;

  void NoteFreeChunks(Block block) const;
  bool FreeChunks(Block block, Word seen, Owner me) const;
  void FreeMemoryOfJoined(uint32_t chunk, Owner me) const;
  bool FreeGranules(Block block, Word seen, Owner me) const;
  void ReturnChunk(uint32_t chunk, Owner me) const;
  void JoinGranulesOf(uint32_t chunk, Owner me) const;

  const Chunks& chunks_;
};

}  // namespace billiard::shared_memory::buddy

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_ALLOCATOR_H_
