#include "tests/support/fault/faulty_child.h"

#include <signal.h>

#include "billiard_core/base/fault_point.h"

namespace billiard::testing {
namespace {

Child ChildWithFault(const char* point, int count, int signal_number,
                     const std::function<void()>& act) {
  return Child([&] {
    ArmFaultPoint(point, count, signal_number);
    act();
    return 0;
  });
}

}  // namespace

Child ChildDyingAt(const char* point, const std::function<void()>& act, int count) {
  return ChildWithFault(point, count, SIGKILL, act);
}

bool DiesAt(const char* point, const std::function<void()>& act, int count) {
  return ChildDyingAt(point, act, count).Wait() == -SIGKILL;
}

Child ChildStoppingAt(const char* point, const std::function<void()>& act, int count) {
  return ChildWithFault(point, count, SIGSTOP, act);
}

}  // namespace billiard::testing
