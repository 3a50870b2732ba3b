// Blocks of shared memory for objects: allocated by any process, freed by any other, given back to the
// system, and unbreakable by the death or stop of any process at any instruction (SHM-40 to SHM-47,
// G-SHM-3, G-SHM-5, G-SHM-6).
//
// Threads: all functions, any thread. Processes: any that map the segment. Fork: works in children.
// Blocking: none of them waits for anybody; memory that is committed or zeroed takes its time.
//
// Sizes are powers of two from 64 bytes to 1 GiB; a block is aligned to the smaller of its size and a
// page. A block is named by its first granule of 64 bytes, never by a pointer.
//
// A block in use is either OWNED by one participant, and freed when that is found dead, or SHARED:
// nobody's own, of a kind that the layer above chose (references keep it, see references.h).
//
//   auto heap = BuddyHeap::Create(segment, kHeader, kArena, segment->bytes());
//   absl::StatusOr<Granule> block = (*heap)->Allocate(100, me);   // zero-filled
//   memcpy((*heap)->Data(*block), text, 100);
//   (*heap)->Free(*block, me);
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_HEAP_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::shared_memory {

// The number of a block's first granule, from 1 on: bytes (granule - 1) * 64 of the arena.
using Granule = uint32_t;
inline constexpr Granule kNoGranule = 0;

class BuddyHeap {
 public:
  static constexpr uint64_t kGranuleBytes = 64;
  static constexpr uint64_t kChunkBytes = 64 * 1024;
  static constexpr uint64_t kLargestBytes = uint64_t{1} << 30;
  static constexpr Granule kMaxGranules = Granule{1} << 30;  // every name is below; larger arenas
                                                             // are used as far as this goes

  // Room for the heap's words in the segment, at a multiple of 4096; itself a multiple of 4096.
  static uint64_t HeaderBytes(uint64_t arena_bytes);

  // The heap with its words at `header_offset` and its blocks in [arena_offset, arena_end); zeroed
  // memory is an empty heap. arena_offset must be a multiple of kChunkBytes; what is left over at the
  // end of the arena is not used. The segment must outlive the heap. kCorrupt: no room; kNoMem.
  static absl::StatusOr<std::unique_ptr<BuddyHeap>> Create(Segment* segment, uint64_t header_offset,
                                                           uint64_t arena_offset,
                                                           uint64_t arena_end);
  static absl::StatusOr<std::unique_ptr<BuddyHeap>> Open(Segment* segment, uint64_t header_offset,
                                                         uint64_t arena_offset, uint64_t arena_end);
  ~BuddyHeap();
  BuddyHeap(const BuddyHeap&) = delete;
  BuddyHeap& operator=(const BuddyHeap&) = delete;

  // A block of at least `bytes` (0: the smallest block), OWNED by `me`, zero-filled and committed as
  // far as Bytes() says. kNoMem: arena or system have no memory left; kTooLarge: over kLargestBytes.
  absl::StatusOr<Granule> Allocate(uint64_t bytes, Owner me);

  // Frees a block that is OWNED by `me`. kInvalid: not a granule of this arena; kState: no block
  // begins there, or it is another's, shared, or free already (SHM-46).
  absl::Status Free(Granule granule, Owner me);

  // OWNED(me) -> SHARED(kind), a kind from 1 to 255. Returns the block's generation: never 0, and
  // another one for whatever is SHARED in this place later (it comes again only after some 60 million
  // lives of a block in one place). kInvalid, kState as for Free.
  absl::StatusOr<uint32_t> Publish(Granule granule, Owner me, uint32_t kind);

  // SHARED(kind, generation) -> OWNED(me): the way to Free of whoever drops the last reference. False
  // when that is not there any more, because another process was first.
  bool Reclaim(Granule granule, uint32_t kind, uint32_t generation, Owner me);

  // What is SHARED at this granule; kind 0 and generation 0: nothing. Any number may be asked about.
  struct SharedBlock {
    uint32_t kind = 0;
    uint32_t generation = 0;
  };
  SharedBlock SharedAt(Granule granule) const;

  // Of a block in use; nullptr and 0 for a granule where none begins. Bytes() is the block's size, but
  // for blocks over 64 KiB what was asked for, rounded up to 64 KiB.
  std::byte* Data(Granule granule) const;
  uint64_t Bytes(Granule granule) const;

  // Frees all that a dead participant owned and repairs the hints that it left wrong. Idempotent; any
  // number of processes may do it at the same time, and die in it. Returns how many blocks this call
  // freed.
  int TakeBack(Owner dead, Owner me);

  // Calls fn for every SHARED block; fn may reclaim and free it.
  void ForEachShared(const std::function<void(Granule, const SharedBlock&)>& fn) const;

  struct Usage {
    uint64_t blocks = 0;           // in use, or just being prepared or freed
    uint64_t bytes_in_use = 0;     // their sizes
    uint64_t bytes_committed = 0;  // memory held for blocks, in use or free
  };
  // Looks at every block. Exact while nobody allocates or frees.
  Usage usage() const;

  // Whether the blocks, free and in use, tile the arena without gap or overlap (SHM-42), and
  // everything else that must hold then. For tests and diagnosis, while nobody allocates or frees;
  // what the dead left half done is allowed. kCorrupt says where not.
  absl::Status CheckTiling() const;

 private:
  class Impl;
  explicit BuddyHeap(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_HEAP_H_
