// Books of a storm of deaths around a semaphore: each worker notes what it has, so that the test knows what
// it died with.
#ifndef BILLIARD_TESTS_CORE_SYNC_SEMAPHORE_BOOKS_H_
#define BILLIARD_TESTS_CORE_SYNC_SEMAPHORE_BOOKS_H_

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <random>

#include "billiard_core/base/deadline.h"

namespace billiard::sync {

// What a worker has, by its own notes.
enum class Has : uint32_t { kNothing = 0, kUnit = 1, kPerhaps = 2 };
using Note = std::atomic<Has>;

// Takes and releases one unit again and again, in impatient and patient ways, and dies by its own hand
// once in about `lives` steps, where its note is exact; `lives` 0: it is killed by others.
template <typename AnySemaphore>
int TakeAndReleaseUntilDeath(AnySemaphore& semaphore, Note* note, uint32_t seed, uint32_t lives) {
  std::mt19937 random(seed);
  const auto perhaps_die = [&] {
    if (lives != 0 && random() % lives == 0) raise(SIGKILL);
  };
  for (;;) {
    perhaps_die();
    note->store(Has::kPerhaps);
    const auto deadline =
        random() % 4 == 0 ? Deadline::After(random() % 200'000) : Deadline::Forever();
    const bool taken = semaphore.Acquire(deadline).ok();
    note->store(taken ? Has::kUnit : Has::kNothing);
    perhaps_die();
    if (!taken) continue;
    note->store(Has::kPerhaps);
    if (!semaphore.Release().ok()) return 1;
    note->store(Has::kNothing);
  }
}

}  // namespace billiard::sync

#endif  // BILLIARD_TESTS_CORE_SYNC_SEMAPHORE_BOOKS_H_
