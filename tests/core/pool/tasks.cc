#include "tests/core/pool/tasks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {
namespace {

std::string Text(Job& job) { return std::string(job.argument().bytes()); }

int Number(Job& job) { return atoi(Text(job).c_str()); }

int Answer(Job& job, const std::string& bytes) { return job.Reply(bytes, 0).ok() ? 0 : 1; }

int Echo(Job& job) {
  const PayloadView argument = job.argument();
  return job.Reply(argument.bytes(), argument.format).ok() ? 0 : 1;
}

int Bytes(Job& job) { return Answer(job, Pattern(static_cast<size_t>(Number(job)))); }

int Pid(Job& job) { return Answer(job, std::to_string(getpid())); }

int Fail(Job& job) { return job.Fail({"class", "message", "backtrace"}).ok() ? 0 : 1; }

int Oversize(Job& job) {
  (void)job.Reply(std::string(static_cast<size_t>(Number(job)) + 1024, 'x'), 0);
  return 0;
}

int Exit(Job& job) { _exit(Number(job)); }

int DieOfSignal(Job& job) {
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(Number(job), SIG_DFL);  // a sanitizer has its own handlers
  raise(Number(job));
  return 1;
}

int Throw(Job& job) { throw std::runtime_error(Text(job)); }

int ThrowNumber(Job&) { throw 7; }

int Name(Job& job) { return Answer(job, std::string(logging::ProcessName())); }

int Disposition(Job& job) {
  struct sigaction action = {};
  sigaction(Number(job), nullptr, &action);
  if (action.sa_handler == SIG_DFL) return Answer(job, "default");
  if (action.sa_handler == SIG_IGN) return Answer(job, "ignored");
  // A language's runtime may have no other stack for it (UTIL-83b).
  return Answer(job, (action.sa_flags & SA_ONSTACK) != 0 ? "handled" : "handled on any stack");
}

// What is left of errno after the handlers of a soft limit and of the orderly exit have run.
int ErrnoAfterSignals(Job& job) {
  errno = 77;
  raise(SIGUSR1);
  raise(SIGTERM);
  return Answer(job, std::to_string(errno));
}

int ForkAndTerminate(Job& job) {
  const pid_t child = fork();
  if (child == 0) {
    while (true) pause();
  }
  kill(child, SIGTERM);
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) return 1;
  return Answer(job, std::to_string(WTERMSIG(status)));
}

int Hold(Job& job) {
  const int gate = open(Text(job).c_str(), O_RDONLY | O_CLOEXEC);  // waits for the test
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
  close(gate);
  return Answer(job, "held");
}

int Sleep(Job& job) {
  usleep(static_cast<useconds_t>(Number(job)));
  return Answer(job, Text(job));
}

int Spin(Job& job) {
  const int64_t end = MonotonicNow() + int64_t{1000} * Number(job);
  while (MonotonicNow() < end) {
  }
  return Answer(job, Text(job));
}

int Loop(Job&) {
  volatile bool on = true;
  while (on) {
  }
  return 0;
}

int Stubborn(Job&) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  while (true) pause();
}

// A process that left its worker's group and session writes its pid to the pipe and stays.
int Daemon(Job& job) {
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    const int pipe = open(Text(job).c_str(), O_WRONLY | O_CLOEXEC);
    const pid_t pid = getpid();
    const bool written = write(pipe, &pid, sizeof pid) == sizeof pid;
    close(pipe);
    while (written) pause();
    _exit(1);
  }
  while (true) pause();
}

int HoldOrReturn(Job& job) {
  if (Text(job)[0] != '/') return Number(job);
  const int gate = open(Text(job).c_str(), O_RDONLY | O_CLOEXEC);
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
  close(gate);
  return 1;
}

int DieAt(Job& job) {
  if (Number(job) == 5) raise(SIGKILL);
  return Echo(job);
}

// Until its soft limit passes; then it answers all the same.
int UntilSoftLimit(Job& job) {
  while (!job.SoftLimitReached()) {
  }
  return Answer(job, "cleaned up");
}

// A sleep that a signal ends; not caught by the task.
int SleepLong(Job&) {
  sleep(1000);
  return 1;
}

// Says whether anything interrupted it.
int Undisturbed(Job& job) {
  const timespec time = {0, 300'000};
  const bool slept = nanosleep(&time, nullptr) == 0;
  return Answer(job, slept && !job.SoftLimitReached() ? "undisturbed" : "disturbed");
}

// Keeps so many KiB more than before, for good.
int Grow(Job& job) {
  const size_t bytes = size_t{1024} * static_cast<size_t>(Number(job));
  static auto* const kept = new std::vector<std::unique_ptr<char[]>>;  // never freed, never a leak
  kept->push_back(std::make_unique<char[]>(bytes));
  for (size_t i = 0; i < bytes; i += 1024) kept->back()[i] = static_cast<char>(i);
  return Answer(job, std::to_string(getpid()));
}

// Grows as Grow does, and stays at work.
int GrowAndStay(Job& job) {
  const size_t bytes = size_t{1024} * static_cast<size_t>(Number(job));
  char* kept = static_cast<char*>(malloc(bytes));
  while (true) {
    for (size_t i = 0; i < bytes; i += 1024) kept[i] = static_cast<char>(i);
    usleep(1000);
  }
}

// "<path> <times>": dies by SIGKILL the first so many times, counted by the bytes of the file.
int DieAtFirst(Job& job) {
  const std::string text = Text(job);
  const size_t blank = text.find(' ');
  const int file =
      open(text.substr(0, blank).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(file, "x", 1) != 1) return 1;
  const off_t attempts = lseek(file, 0, SEEK_END);
  close(file);
  if (attempts <= atoi(text.c_str() + blank)) kill(getpid(), SIGKILL);
  return Answer(job, std::to_string(attempts));
}

// Answers with what a task gives in a pool of this worker's own.
int AnswerFromPool(Job& job, const std::string& task, const std::string& argument) {
  PoolOptions options;
  options.groups.resize(1);
  options.groups[0].workers = 2;
  absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
  if (!pool.ok()) return job.Fail({"Nested", pool.status().ToString(), ""}).ok() ? 0 : 1;
  const auto result = (*pool)->Submit(task, argument, JobOptions());
  if (!result.ok()) return 1;
  JobFailure failure;
  if (!(*result)->Wait(Deadline::Forever(), nullptr).ok()) return 1;
  const absl::optional<PayloadView> value = (*result)->Value(&failure);
  return value ? Answer(job, std::string(value->bytes())) : 1;
}

int Nested(Job& job) { return AnswerFromPool(job, "echo", Text(job)); }

int Nest(Job& job) {
  const std::string text = Text(job);
  const size_t space = text.find(' ');
  const int depth = atoi(text.c_str());
  const std::string path = text.substr(space + 1);
  if (depth == 1) return AnswerFromPool(job, "hold", path);
  return AnswerFromPool(job, "nest", std::to_string(depth - 1) + " " + path);
}

}  // namespace

void RegisterTasks() {
  const std::pair<const char*, int (*)(Job&)> tasks[] = {
      {"echo", Echo},
      {"bytes", Bytes},
      {"pid", Pid},
      {"fail", Fail},
      {"return", Number},
      {"oversize", Oversize},
      {"exit", Exit},
      {"signal", DieOfSignal},
      {"throw", Throw},
      {"throw-number", ThrowNumber},
      {"name", Name},
      {"disposition", Disposition},
      {"errno-after-signals", ErrnoAfterSignals},
      {"fork-and-terminate", ForkAndTerminate},
      {"hold", Hold},
      {"nested", Nested},
      {"sleep", Sleep},
      {"spin", Spin},
      {"loop", Loop},
      {"stubborn", Stubborn},
      {"daemon", Daemon},
      {"hold_or_return", HoldOrReturn},
      {"die_at", DieAt},
      {"until-soft-limit", UntilSoftLimit},
      {"sleep-long", SleepLong},
      {"undisturbed", Undisturbed},
      {"grow", Grow},
      {"grow-and-stay", GrowAndStay},
      {"die-at-first", DieAtFirst},
      {"nest", Nest},
  };
  for (const auto& [name, function] : tasks) {
    const absl::Status status = TaskRegistry::OfProcess().Register(
        name, function, {reinterpret_cast<const void*>(function), nullptr});
    if (!status.ok()) abort();
  }
}

std::string Pattern(size_t bytes) {
  std::string pattern(bytes, '\0');
  uint32_t state = 12345;
  for (char& byte : pattern) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return pattern;
}

}  // namespace billiard::pool
