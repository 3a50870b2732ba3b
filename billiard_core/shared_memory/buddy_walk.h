// Going through the words of a buddy heap, block by block. A walk while others allocate and free may
// miss what they change meanwhile, but not a block that stays what it is, and it always ends.
#ifndef BILLIARD_CORE_SHARED_MEMORY_BUDDY_WALK_H_
#define BILLIARD_CORE_SHARED_MEMORY_BUDDY_WALK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/shared_memory/buddy_chunks.h"

namespace billiard::shared_memory::buddy {

// The word of a chunk or a granule, after what was half done there was brought to an end.
Word LoadSettledChunk(const Chunks& chunks, uint32_t chunk);
Word LoadSettledGranule(const Chunks& chunks, uint32_t granule);

// Where, after this word, the next block may begin.
uint32_t NextChunk(const Chunks& chunks, uint32_t chunk, Word word);
uint32_t NextGranule(uint32_t granule, Word word);

// Whether granule words of this order may stand here.
constexpr bool FitsInChunk(uint32_t granule, uint32_t order) {
  return order <= kChunkOrder && granule % (uint32_t{1} << order) == 0;
}

// Whether the chunk's granules have words of their own.
bool IsSmall(const Chunks& chunks, uint32_t chunk);

// Calls fn(chunk, word) for all chunks where a block begins, until fn returns false; fn may free and
// take blocks.
template <typename Fn>
void ForEachChunk(const Chunks& chunks, Fn fn) {
  for (uint32_t chunk = 0; chunk < chunks.count();) {
    const Word word = LoadSettledChunk(chunks, chunk);
    const bool go_on = word.Is(State::kClear) || fn(chunk, word);
    if (!go_on) return;
    chunk = NextChunk(chunks, chunk, word);
  }
}

// The same for the granules of a chunk that IsSmall().
template <typename Fn>
void ForEachGranule(const Chunks& chunks, uint32_t chunk, Fn fn) {
  const uint32_t end = (chunk + 1) * kChunkGranules;
  for (uint32_t granule = chunk * kChunkGranules; granule < end;) {
    const Word word = LoadSettledGranule(chunks, granule);
    const bool go_on = word.Is(State::kClear) || fn(granule, word);
    if (!go_on) return;
    granule = NextGranule(granule, word);
  }
}

// Whether the words tile the arena, while nobody changes them. kCorrupt says where they do not.
absl::Status CheckTiling(const Chunks& chunks);

}  // namespace billiard::shared_memory::buddy

#endif  // BILLIARD_CORE_SHARED_MEMORY_BUDDY_WALK_H_
