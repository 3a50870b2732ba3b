// Sleeping on a 32-bit word, in shared memory or not: the only place with the futex system calls. All
// futexes are shared (never FUTEX_PRIVATE), since words in shared memory are waited on by several
// processes.
#ifndef BILLIARD_CORE_OS_FUTEX_H_
#define BILLIARD_CORE_OS_FUTEX_H_

#include <atomic>
#include <cstdint>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::os {

enum class FutexResult {
  kWoken,         // perhaps for nothing: look again
  kValueChanged,  // the word was not `expected`; nobody slept
  kTimedOut,
  kInterrupted,  // the token is raised
};

// Sleeps while *word is `expected`, to the deadline. A handled signal does not end it (SYNC-3).
FutexResult FutexWait(const std::atomic<uint32_t>* word, uint32_t expected, Deadline deadline,
                      Interrupt* interrupt = nullptr);

// Wakes up to `count` sleepers; returns how many. Async-signal-safe, keeps errno.
int FutexWake(const std::atomic<uint32_t>* word, int count);
inline constexpr int kWakeAll = INT32_MAX;

// Lets one who sleeps on *from, which is `expected`, sleep on `to` instead, without waking it: true. False:
// nobody slept there, or *from was another value.
bool FutexMoveOne(const std::atomic<uint32_t>* from, uint32_t expected,
                  const std::atomic<uint32_t>* to);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_FUTEX_H_
