// memcpy from and to memory that others use at the same time: nothing that is aligned to its own size, at
// most `unit` bytes, is seen half copied, and to TSan it is no data race. The shared side must be aligned
// to `unit`, a power of two up to 8, and the size be a multiple of it.
#ifndef BILLIARD_CORE_SHARED_MEMORY_WORD_COPY_H_
#define BILLIARD_CORE_SHARED_MEMORY_WORD_COPY_H_

#include <cstddef>
#include <cstdint>

namespace billiard::shared_memory {

void CopyToShared(std::byte* shared, const void* from, uint64_t bytes, uint32_t unit);
void CopyFromShared(void* to, std::byte* shared, uint64_t bytes, uint32_t unit);

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_WORD_COPY_H_
