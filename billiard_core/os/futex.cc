#include "billiard_core/os/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace billiard::os {
namespace {

static_assert(std::atomic<uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint32_t>) == 4);

#ifndef __NR_futex_waitv
#define __NR_futex_waitv 449
#endif

// As in <linux/futex.h> of kernels with futex_waitv; older headers lack it.
struct WaitvEntry {
  uint64_t expected;
  uint64_t address;
  uint32_t flags;
  uint32_t reserved;
};
constexpr uint32_t kWaitv32Bit = 2;

// Kernels before 5.16 have no futex_waitv: the wait then looks at the token this often.
constexpr int64_t kSliceWithoutWaitv = 20 * kNanosPerMilli;

FutexResult ResultOf(long returned, int error) {
  if (returned >= 0 || error == EINTR) return FutexResult::kWoken;
  if (error == ETIMEDOUT) return FutexResult::kTimedOut;
  return FutexResult::kValueChanged;  // EAGAIN
}

FutexResult WaitOnce(const std::atomic<uint32_t>* word, uint32_t expected, Deadline deadline) {
  timespec at;
  if (!deadline.IsForever()) at = deadline.ToTimespec();
  // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock.
  const long returned =
      syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline.IsForever() ? nullptr : &at,
              nullptr, FUTEX_BITSET_MATCH_ANY);
  return ResultOf(returned, errno);
}

}  // namespace

// Knows the token's word, and nothing else of it.
class FutexWaiter {
 public:
  static FutexResult WaitBoth(const std::atomic<uint32_t>* word, uint32_t expected,
                              Deadline deadline, Interrupt* interrupt) {
    const WaitvEntry entries[2] = {
        {expected, reinterpret_cast<uint64_t>(word), kWaitv32Bit, 0},
        {0, reinterpret_cast<uint64_t>(&interrupt->word_), kWaitv32Bit, 0}};
    timespec at;
    if (!deadline.IsForever()) at = deadline.ToTimespec();
    const long returned = syscall(__NR_futex_waitv, entries, 2, 0,
                                  deadline.IsForever() ? nullptr : &at, CLOCK_MONOTONIC);
    if (returned >= 0 || (errno != ENOSYS && errno != EPERM)) return ResultOf(returned, errno);
    const Deadline slice = Earlier(deadline, Deadline::After(kSliceWithoutWaitv));
    const FutexResult result = WaitOnce(word, expected, slice);
    if (result == FutexResult::kTimedOut && !deadline.Expired()) return FutexResult::kWoken;
    return result;
  }

  static void WakeToken(Interrupt* interrupt) { FutexWake(&interrupt->word_, kWakeAll); }
};

FutexResult FutexWait(const std::atomic<uint32_t>* word, uint32_t expected, Deadline deadline,
                      Interrupt* interrupt) {
  const int saved_errno = errno;
  FutexResult result;
  if (interrupt != nullptr && interrupt->raised()) {
    result = FutexResult::kInterrupted;
  } else if (deadline.Expired()) {
    result = FutexResult::kTimedOut;
  } else if (interrupt == nullptr) {
    result = WaitOnce(word, expected, deadline);
  } else {
    result = FutexWaiter::WaitBoth(word, expected, deadline, interrupt);
    if (interrupt->raised()) result = FutexResult::kInterrupted;
  }
  errno = saved_errno;
  return result;
}

int FutexWake(const std::atomic<uint32_t>* word, int count) {
  const int saved_errno = errno;
  const long woken = syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0);
  errno = saved_errno;
  return woken > 0 ? static_cast<int>(woken) : 0;
}

bool FutexMoveOne(const std::atomic<uint32_t>* from, uint32_t expected,
                  const std::atomic<uint32_t>* to) {
  const int saved_errno = errno;
  constexpr int kWakeNone = 0;
  constexpr uintptr_t kMoveOne = 1;
  const long moved = syscall(SYS_futex, from, FUTEX_CMP_REQUEUE, kWakeNone, kMoveOne, to, expected);
  errno = saved_errno;
  return moved > 0;
}

void Interrupt::Raise() {
  word_.store(1, std::memory_order_seq_cst);
  FutexWaiter::WakeToken(this);
  // seq_cst: a wait that made the descriptor after this load sees the word.
  const int descriptor = descriptor_.load(std::memory_order_seq_cst);
  if (descriptor < 0) return;
  const int saved_errno = errno;
  const uint64_t one = 1;
  // EAGAIN means that the counter is full, and so readable: nothing is lost.
  while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {
  }
  errno = saved_errno;
}

Interrupt::~Interrupt() {
  const int descriptor = descriptor_.load(std::memory_order_relaxed);  // nobody else is left
  if (descriptor >= 0) close(descriptor);
}

}  // namespace billiard::os
