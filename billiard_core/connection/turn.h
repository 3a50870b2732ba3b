// Lets one thread of this process at a time send, or receive, whole messages (CONN-27). Unlike a mutex it
// is waited for to a deadline, and a forked child does not find it taken by a thread that stayed behind.
//
// I1: word_ is 0, or the tag of the process one of whose threads has the turn, and kWaiters where somebody
//     may sleep for it.
#ifndef BILLIARD_CORE_CONNECTION_TURN_H_
#define BILLIARD_CORE_CONNECTION_TURN_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::connection {

class Turn {
 public:
  Turn() = default;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // kTimeout, kInterrupted.
  absl::Status Take(Deadline deadline, os::Interrupt* interrupt);
  void Give();

  // Gives it back at the end of its scope.
  class Hold {
   public:
    explicit Hold(Turn* turn) : turn_(turn) {}
    ~Hold() { turn_->Give(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Turn* const turn_;
  };

 private:
  static constexpr uint32_t kWaiters = 1;
  static uint32_t TagOfThisProcess();
  // Passes a wake-up on that came while the wait ended for another reason.
  void GiveUp();

  std::atomic<uint32_t> word_{0};
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_TURN_H_
