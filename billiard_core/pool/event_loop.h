// A pool without a thread of its own (POOL-173): the supervisor works when somebody calls Step(), or waits
// here for something. One descriptor tells an event loop when to call.
//
// L1. `driving_` is true while one thread has the supervisor; no other touches it meanwhile.
// L2. Every other thread that waits sleeps on `turns_`, which changes after each turn of the driver and
//     when it leaves. What anybody can wait for changes in a turn, or with a poke of the control eventfd,
//     which begins one.
#ifndef BILLIARD_CORE_POOL_EVENT_LOOP_H_
#define BILLIARD_CORE_POOL_EVENT_LOOP_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/futex.h"

namespace billiard::pool {

class Supervisor;

class EventLoop {
 public:
  // The supervisor must live until Detach(). `events_fd` is readable while the host has events to read.
  static absl::StatusOr<std::shared_ptr<EventLoop>> Create(Supervisor* supervisor, int events_fd);

  // Readable while Step() has something to do, or there are events.
  int fd() const { return epoll_.get(); }

  // Does what is to be done now; nothing when another thread does. Never blocks.
  void Step();

  // As os::FutexWait, and lets the supervisor work meanwhile. A token is looked at every 20 ms.
  os::FutexResult Wait(const std::atomic<uint32_t>* word, uint32_t expected, Deadline deadline,
                       os::Interrupt* interrupt);

  // The supervisor is about to go; waits until no thread uses it.
  void Detach();

 private:
  explicit EventLoop(Supervisor* supervisor) : supervisor_(supervisor) {}

  enum class Driven { kYes, kByAnother, kOver };
  Driven Drive(int64_t most_ns);
  void SetTimer();

  Supervisor* supervisor_;  // whose `driving_` it is; nullptr after Detach
  std::atomic<bool> driving_{false};
  std::atomic<uint32_t> turns_{0};
  os::Fd epoll_;
  os::Fd timer_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_EVENT_LOOP_H_
