// Tells whether this process is still the one that made an object, at the cost of two loads. It notices
// every fork, also one made by a raw system call, since the kernel wipes the page in the child
// (design D2).
#ifndef BILLIARD_CORE_OS_FORK_GUARD_H_
#define BILLIARD_CORE_OS_FORK_GUARD_H_

#include <atomic>
#include <cstdint>

namespace billiard::os {

namespace internal {
// The page that the kernel wipes in forked children; nullptr until it is first asked for.
// I1: the word on the page is 0 in a process that has not asked yet, and its token from then on.
extern std::atomic<std::atomic<uint64_t>*> fork_page;
uint64_t FirstProcessToken();
}  // namespace internal

// A number, never 0, that is this process's alone within its tree of forks: a forked child sees another
// one. Async-signal-safe after the first call in a process tree.
inline uint64_t ProcessToken() {
  // [FORK-PAGE] acquire: the page was prepared before it was named.
  const std::atomic<uint64_t>* const page = internal::fork_page.load(std::memory_order_acquire);
  if (page != nullptr) {
    const uint64_t token = page->load(std::memory_order_relaxed);  // the value itself is all
    if (token != 0) return token;
  }
  return internal::FirstProcessToken();
}

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_FORK_GUARD_H_
