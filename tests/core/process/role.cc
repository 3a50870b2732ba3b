#include "tests/core/process/role.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "tests/support/processes.h"

namespace billiard::process {
namespace {

void Report(int fd, const std::string& fact) {
  const std::string line = fact + "\n";  // shorter than PIPE_BUF, so written in one piece
  if (write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) abort();
}

void WaitAtGate(int fd) {
  char byte;
  while (read(fd, &byte, 1) < 0 && errno == EINTR) {
  }
}

int DieOfSignal(int number) {
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(number, SIG_DFL);  // a sanitizer has its own handlers
  raise(number);
  return 1;  // not reached
}

int Wait(int report_fd, int gate_fd) {
  Report(report_fd, "pid " + std::to_string(getpid()));
  WaitAtGate(gate_fd);
  return 0;
}

void LeaveDaemon(int report_fd) {
  const pid_t middle = fork();
  if (middle == 0) {
    setsid();
    const pid_t daemon = fork();
    if (daemon != 0) {
      Report(report_fd, "daemon " + std::to_string(daemon));
      _exit(0);
    }
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    while (true) pause();
  }
  waitpid(middle, nullptr, 0);
}

// A process that always lives under a new pid: each forks the next and ends.
void LeaveChain() {
  if (fork() != 0) return;
  setsid();
  while (true) {
    if (fork() != 0) _exit(0);
  }
}

std::string Disposition(int number) {
  struct sigaction action;
  sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_DFL   ? "default"
         : action.sa_handler == SIG_IGN ? "ignored"
                                        : "handler";
}

std::string BlockedSignals() {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  int blocked = 0;
  for (int number = 1; number < NSIG; ++number) blocked += sigismember(&mask, number) == 1;
  return std::to_string(blocked);
}

int Describe(int report_fd) {
  int subreaper = 0;
  int death_signal = 0;
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  prctl(PR_GET_PDEATHSIG, &death_signal);
  char input[PATH_MAX] = {};
  if (readlink("/proc/self/fd/0", input, sizeof input - 1) < 0) abort();
  const char* variable = getenv("BILLIARD_WORKER");
  const char* added = getenv("BILLIARD_TEST_ADDED");
  std::string fds;
  for (const int fd : testing::OpenDescriptors("self")) fds += " " + std::to_string(fd);
  Report(report_fd, "parent " + std::to_string(getppid()));
  Report(report_fd, std::string("group ") + (getpgrp() == getpid() ? "own" : "shared"));
  Report(report_fd, "subreaper " + std::to_string(subreaper));
  Report(report_fd, "death-signal " + std::to_string(death_signal));
  Report(report_fd, "blocked " + BlockedSignals());
  Report(report_fd, "SIGINT " + Disposition(SIGINT));
  Report(report_fd, "SIGCHLD " + Disposition(SIGCHLD));
  Report(report_fd, "SIGPIPE " + Disposition(SIGPIPE));
  Report(report_fd, "SIGUSR2 " + Disposition(SIGUSR2));
  Report(report_fd, std::string("stdin ") + input);
  Report(report_fd, std::string("worker ") + (variable == nullptr ? "none" : variable));
  Report(report_fd, std::string("added ") + (added == nullptr ? "none" : added));
  Report(report_fd, "fds" + fds);
  Report(report_fd, "end");
  return 0;
}

}  // namespace

int PlayRole(const std::vector<std::string>& role, int report_fd, int gate_fd) {
  if (role.at(0) == "exit") return std::stoi(role.at(1));
  if (role.at(0) == "signal") return DieOfSignal(std::stoi(role.at(1)));
  if (role.at(0) == "describe") return Describe(report_fd);
  if (role.at(0) == "leave-daemon") LeaveDaemon(report_fd);
  if (role.at(0) == "leave-chain") LeaveChain();
  return Wait(report_fd, gate_fd);
}

}  // namespace billiard::process
