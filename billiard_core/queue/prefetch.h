// Asks for cache lines before they are needed. The address may be anything: nothing is read, and one that
// is not there costs a few nanoseconds.
#ifndef BILLIARD_CORE_QUEUE_PREFETCH_H_
#define BILLIARD_CORE_QUEUE_PREFETCH_H_

namespace billiard::queue {

// For a line that somebody else has written, or read, and this CPU is about to write. Where a processor has
// no such instruction, it does nothing.
inline void PrefetchToWrite(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address, 1);
#endif
}

inline void PrefetchToRead(const void* address) { __builtin_prefetch(address, 0); }

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_PREFETCH_H_
