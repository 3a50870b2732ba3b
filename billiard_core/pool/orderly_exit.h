// How a worker leaves in order when a signal wants to end it (POOL-98, UTIL-91 to UTIL-95): the first one
// is noted and wakes it, so that it ends its task, runs its hooks and then dies of that very signal; a
// second one ends it at once, with status 70.
//
// Where the environment's REMAP_SIGTERM names another signal than SIGTERM, that one is handled even if it was
// ignored, and SIGTERM is ignored (UTIL-90).
//
// Only signals with their default action are handled: who ignores one, or has a handler of its own, keeps
// it. Those that report a fault of the running code stay as they are, too (SIGSEGV, SIGBUS, SIGILL, SIGFPE,
// and SIGTRAP, SIGSYS, SIGABRT: no code can go on behind them), and so does SIGUSR1 (soft_signal.h). What a
// task forks has the default actions back, as soon as a signal meets it.
//
// One object at a time in a process; it belongs to the worker's thread. The handler may run in any thread.
#ifndef BILLIARD_CORE_POOL_ORDERLY_EXIT_H_
#define BILLIARD_CORE_POOL_ORDERLY_EXIT_H_

#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "billiard_core/os/interrupt.h"

namespace billiard::pool {

// Exit status of a worker that was signalled again while it left (POOL-106).
inline constexpr int kExitImpatient = 70;

class OrderlyExit {
 public:
  // Which signals are handled; SIGINT is ignored with both.
  enum class Signals {
    kFew,  // HUP, QUIT, TERM
    kAll,  // and PIPE, ALRM, XCPU, XFSZ, VTALRM, PROF, USR2
  };
  // nullptr when another worker of this process has it. `interrupt` is raised besides token(); it may be
  // nullptr.
  static std::unique_ptr<OrderlyExit> Install(Signals signals, os::Interrupt* interrupt);
  // Gives the signals back.
  ~OrderlyExit();
  OrderlyExit(const OrderlyExit&) = delete;
  OrderlyExit& operator=(const OrderlyExit&) = delete;

  // The signal that is to end this process; 0: none has come.
  int signal_number() const { return signal_.load(std::memory_order_acquire); }
  // Raised from then on.
  os::Interrupt* token() { return &token_; }

  // Ends the process by signal_number(), so that its parent sees just that.
  [[noreturn]] void Die();

 private:
  explicit OrderlyExit(os::Interrupt* interrupt);
  static void Handle(int signal_number);
  void Take(int signal_number, void (*handler)(int), bool also_ignored = false);
  void OnSignal(int signal_number);

  const pid_t pid_;
  os::Interrupt* const interrupt_;
  os::Interrupt token_;
  std::atomic<int> signal_{0};
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_ORDERLY_EXIT_H_
