#include "billiard_core/os/fork_guard.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace billiard::os {
namespace {

std::atomic<uint64_t>* NewPage() {
  void* page = mmap(nullptr, static_cast<size_t>(sysconf(_SC_PAGESIZE)), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // Without the page no fork could be noticed, and nothing here would be safe.
  if (page == MAP_FAILED) abort();
  if (madvise(page, static_cast<size_t>(sysconf(_SC_PAGESIZE)), MADV_WIPEONFORK) != 0) abort();
  return static_cast<std::atomic<uint64_t>*>(page);
}

uint64_t NewToken() {
  uint64_t token = 0;
  while (token == 0) {
    if (getrandom(&token, sizeof token, GRND_NONBLOCK) != sizeof token) {
      timespec now;
      clock_gettime(CLOCK_MONOTONIC, &now);
      token = static_cast<uint64_t>(getpid()) << 40 ^ static_cast<uint64_t>(now.tv_nsec) << 20 ^
              static_cast<uint64_t>(now.tv_sec);
    }
  }
  return token;
}

}  // namespace

namespace internal {

constinit std::atomic<std::atomic<uint64_t>*> fork_page{nullptr};

uint64_t FirstProcessToken() {
  static std::atomic<uint64_t>* const page = NewPage();
  fork_page.store(page, std::memory_order_release);  // [FORK-PAGE]
  std::atomic<uint64_t>& word = *page;
  uint64_t token = word.load(std::memory_order_relaxed);  // the value itself is all that is shared
  if (token != 0) return token;
  const uint64_t fresh = NewToken();
  return word.compare_exchange_strong(token, fresh) ? fresh : token;
}

}  // namespace internal

}  // namespace billiard::os
