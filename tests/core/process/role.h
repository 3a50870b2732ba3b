// What the workers of these tests do: the same in a forked worker and in the program role_program.
#ifndef BILLIARD_TESTS_CORE_PROCESS_ROLE_H_
#define BILLIARD_TESTS_CORE_PROCESS_ROLE_H_

#include <string>
#include <vector>

namespace billiard::process {

// Descriptors of an executed worker: where it reports, one line a fact, and what it waits at.
inline constexpr int kReportFd = 3;
inline constexpr int kGateFd = 4;

// Plays a role and returns the exit status:
//   exit N         leaves with status N
//   signal N       dies of signal N
//   wait           reports "pid <own>", reads one byte from the gate, and leaves with status 0
//   leave-daemon   double-forks a daemon in a session of its own that sleeps for ever, reports
//                  "daemon <pid>"; then as wait
//   leave-chain    starts a chain of processes that each fork the next and end; then as wait
//   describe       reports its parent, group, signals, stdin, environment and descriptors
int PlayRole(const std::vector<std::string>& role, int report_fd, int gate_fd);

}  // namespace billiard::process

#endif  // BILLIARD_TESTS_CORE_PROCESS_ROLE_H_
