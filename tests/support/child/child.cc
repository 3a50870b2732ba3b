#include "tests/support/child/child.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace billiard::testing {
namespace {

constexpr unsigned kChildSeconds = 120;

// The state letter of /proc/<pid>/stat.
char StateOf(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  FILE* file = fopen(path, "re");
  if (file == nullptr) return 'X';
  char text[512] = {};
  const size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  const char* name_end = size > 0 ? strrchr(text, ')') : nullptr;
  return name_end == nullptr ? 'X' : name_end[2];
}

}  // namespace

Child::Child(const std::function<int()>& body) {
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) {
    perror("fork");
    abort();
  }
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);
  alarm(kChildSeconds);
  _exit(body());
}

Child::Child(Child&& other) noexcept
    : pid_(other.pid_), reaped_(std::exchange(other.reaped_, true)), status_(other.status_) {}

Child::~Child() {
  if (reaped_) return;
  Kill();
  Wait();
}

void Child::Signal(int signal_number) { kill(pid_, signal_number); }

void Child::Stop() {
  Signal(SIGSTOP);
  AwaitStop();
}

int Child::Wait() {
  if (!reaped_) waitpid(pid_, &status_, 0);
  reaped_ = true;
  return WIFSIGNALED(status_) ? -WTERMSIG(status_) : WEXITSTATUS(status_);
}

int Child::AwaitStop() {
  if (reaped_) return 0;
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
  if (WIFSTOPPED(status)) return WSTOPSIG(status);
  reaped_ = true;
  status_ = status;
  return 0;
}

void Child::AwaitZombie() {
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
}

void* MapShared(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) abort();
  return memory;
}

void UnmapShared(void* memory, size_t bytes) { munmap(memory, bytes); }

void AwaitAtLeast(const std::atomic<uint32_t>& word, uint32_t value) {
  while (word.load() < value) sched_yield();
}

void AwaitSleeping(pid_t pid) {
  while (StateOf(pid) != 'S') sched_yield();
}

}  // namespace billiard::testing
