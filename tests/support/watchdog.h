// Ends a test that hangs: SIGALRM after `seconds` of real time kills the process, and the test
// runner reports it. Forked children do not inherit the alarm; give them their own.
#ifndef BILLIARD_TESTS_SUPPORT_WATCHDOG_H_
#define BILLIARD_TESTS_SUPPORT_WATCHDOG_H_

#include <unistd.h>

namespace billiard::testing {

class Watchdog {
 public:
  explicit Watchdog(unsigned seconds) { alarm(seconds); }
  ~Watchdog() { alarm(0); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_WATCHDOG_H_
