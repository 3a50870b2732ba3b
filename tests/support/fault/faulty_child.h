// Children that die, or stop, at a named point of the code they run
// (billiard_core/base/fault_point.h). Only in the build with --config=fault.
//
//   ASSERT_TRUE(DiesAt("lock_release_freed", [&] { Join(); Take(&lock); lock.Release(); }));
//   ASSERT_TRUE(lock.Acquire(...).ok());
#ifndef BILLIARD_TESTS_SUPPORT_FAULT_FAULTY_CHILD_H_
#define BILLIARD_TESTS_SUPPORT_FAULT_FAULTY_CHILD_H_

#include <functional>

#include "tests/support/child/child.h"

namespace billiard::testing {

// Forks a child that is killed when it reaches `point` for the `count`th time in `act`. Its Wait() is
// -SIGKILL then, and 0 when `act` ended before. A point that nobody reaches, such as one that is
// spelled wrongly, shows by that 0 alone: look at it.
[[nodiscard]] Child ChildDyingAt(const char* point, const std::function<void()>& act,
                                 int count = 1);

// The same child, waited for: whether it died there. It has been reaped.
[[nodiscard]] bool DiesAt(const char* point, const std::function<void()>& act, int count = 1);

// Forks a child that is stopped there. Its AwaitStop() is SIGSTOP then, and 0 when `act` ended before;
// SIGCONT lets it go on, and its Wait() is 0.
[[nodiscard]] Child ChildStoppingAt(const char* point, const std::function<void()>& act,
                                    int count = 1);

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_FAULT_FAULTY_CHILD_H_
