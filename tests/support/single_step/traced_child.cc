#include "tests/support/single_step/traced_child.h"

#include <signal.h>
#include <sys/ptrace.h>

#include "gtest/gtest.h"
#include "tests/support/single_step/breakpoint.h"

namespace billiard::testing {

const bool TracedChild::kHasBreakpoints = Breakpoint::kAvailable;

TracedChild::TracedChild(const std::function<void()>& act, const std::function<bool()>& join)
    : child_([this, &act, &join] {
        if (join && !join()) return 1;
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) return 1;
        raise(SIGSTOP);
        act();
        done_->store(1);
        return 0;
      }) {
  AwaitStop();
  EXPECT_FALSE(ended_) << "the child could not join, or can not be traced";
  next_signal_ = 0;
}

void TracedChild::AwaitStop() {
  const int signal_number = child_.AwaitStop();
  ended_ = signal_number == 0;
  // A trap is a step's end; anything else was sent to the child, or is its crash, and it has to get it.
  next_signal_ = signal_number == SIGTRAP ? 0 : signal_number;
}

bool TracedChild::Step(uint64_t count) {
  for (uint64_t i = 0; i < count && !done() && !ended_; ++i) {
    ptrace(PTRACE_SINGLESTEP, child_.pid(), 0, next_signal_);
    AwaitStop();
    if (ended_ && !done()) ADD_FAILURE() << "the child ended in the middle: " << child_.Wait();
  }
  return !done() && !ended_;
}

uintptr_t TracedChild::Address() const {
  return ended_ ? 0 : Breakpoint::NextInstruction(child_.pid());
}

bool TracedChild::RunTo(uintptr_t address, uint64_t visits) {
  Breakpoint breakpoint(child_.pid(), address);
  if (!breakpoint.is_set()) return false;
  for (uint64_t visit = 0; visit < visits && !ended_;) {
    ptrace(PTRACE_CONT, child_.pid(), 0, next_signal_);
    AwaitStop();
    if (ended_ && !done()) ADD_FAILURE() << "the child ended in the middle: " << child_.Wait();
    if (next_signal_ == 0) ++visit;
  }
  return !ended_;
}

void TracedChild::Kill() {
  if (ended_) return;
  child_.Kill();
  const int status = child_.Wait();
  EXPECT_TRUE(status == -SIGKILL || let_go_) << status;
  ended_ = true;
}

void TracedChild::KillUnreaped() {
  if (ended_) return;
  child_.Kill();
  child_.AwaitZombie();
}

void TracedChild::LetGo() {
  if (ended_ || let_go_) return;
  let_go_ = true;
  ptrace(PTRACE_DETACH, child_.pid(), 0, next_signal_);
}

void TracedChild::Finish() {
  if (ended_) return;
  LetGo();
  EXPECT_EQ(child_.Wait(), 0);
  ended_ = true;
}

}  // namespace billiard::testing
