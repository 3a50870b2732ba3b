// A file descriptor that says when there is a message, for event loops (poll, epoll, IO.select, a
// netpoller), and the thread behind it, which waits for messages like any taker.
//
// Threads: all functions, any thread; the destructor, one. Fork: a child has neither thread nor use of the
// descriptor; it calls Abandon.
//
// I1: the descriptor is made readable by the thread alone, once, when there is a message or the queue is
//     closed; and unreadable by Rearm alone, when a taker of this process found nothing. Each changes
//     readable_ with it, under the lock. After Rearm the thread looks again before it sleeps. So no
//     message is slept through, also by a loop that is told of changes only.
// I2: a wake-up that the thread got is handed on: another sleeper may be the one who takes.
// I3: the thread holds the ForkGate whenever it does not sleep.
#ifndef BILLIARD_CORE_QUEUE_READINESS_H_
#define BILLIARD_CORE_QUEUE_READINESS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::queue {

class Readiness {
 public:
  // `is_ready` says whether the descriptor is to be readable; `changed` tells that it may be; `tend` is
  // called now and then while nothing happens. All must outlive this object. kOs, kNoMem.
  static absl::StatusOr<std::unique_ptr<Readiness>> Start(sync::EventCount* changed,
                                                          std::function<bool()> is_ready,
                                                          std::function<void()> tend);

  // Ends the thread and closes the descriptor.
  ~Readiness();

  int fd() const { return fd_.get(); }

  // A taker of this process found nothing.
  void Rearm();

  // In a forked child, instead of the destructor: closes the child's copy of the descriptor.
  static void Abandon(std::unique_ptr<Readiness> readiness);

 private:
  Readiness(os::Fd fd, sync::EventCount* changed, std::function<bool()> is_ready,
            std::function<void()> tend);
  void Run();
  bool AwaitReady();
  void AwaitRearm();

  // Fixed after construction.
  os::Fd fd_;
  sync::EventCount* const changed_;
  const std::function<bool()> is_ready_;
  const std::function<void()> tend_;

  os::Interrupt stop_;
  os::ProcessLock lock_;
  std::atomic<bool> readable_{false};  // written under lock_
  sync::EventCount rearmed_;
  std::thread thread_;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_READINESS_H_
