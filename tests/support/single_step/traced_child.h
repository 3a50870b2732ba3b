// A child process that runs one function instruction by instruction, under the test's control, and can
// be killed or left standing between any two of them.
//
//   TracedChild child([&] { lock.Release(); }, [&] { return Join(); });
//   while (lock.IsHeld() && child.Step(1)) {}
//   child.Kill();  // right behind the instruction that released the lock
#ifndef BILLIARD_TESTS_SUPPORT_SINGLE_STEP_TRACED_CHILD_H_
#define BILLIARD_TESTS_SUPPORT_SINGLE_STEP_TRACED_CHILD_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>

#include "tests/support/child/child.h"

namespace billiard::testing {

class TracedChild {
 public:
  // Forks, and returns when the child stands at the beginning of `act`. `join`, if there is one, is run
  // in the child first and at full speed: what a process does once, such as registering itself.
  // Only the thread that made this object may use it.
  explicit TracedChild(const std::function<void()>& act,
                       const std::function<bool()>& join = nullptr);

  pid_t pid() const { return child_.pid(); }

  // Runs `count` instructions. A system call is one of them, so that an `act` which blocks blocks the
  // caller too. False when `act` is over.
  bool Step(uint64_t count);
  bool done() const { return done_->load() != 0; }

  // Whether Address() and RunTo() are there for this kind of CPU.
  static const bool kHasBreakpoints;
  // Of the instruction that is next. The same in every child of this process.
  uintptr_t Address() const;
  // Runs at full speed until the instruction at `address` is next for the `visits`-th time; once, if it is
  // next now. False if that did not come: `act` is over.
  bool RunTo(uintptr_t address, uint64_t visits);

  // Ends the child where it stands, and reaps it. Nothing if it has ended.
  void Kill();
  // Ends the child where it stands; it stays a zombie until this object goes.
  void KillUnreaped();
  // Lets it run on to its end at full speed, and reaps it.
  void Finish();
  // Lets it run on; Finish() then waits for it.
  void LetGo();

 private:
  void AwaitStop();

  Shared<std::atomic<uint32_t>> done_;
  bool ended_ = false;
  bool let_go_ = false;
  int next_signal_ = 0;  // what the child is to get when it goes on
  Child child_;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_TRACED_CHILD_H_
