#include "tests/core/process/child/acting.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/fork_function.h"
#include "billiard_core/process/child/freeze_support.h"
#include "billiard_core/process/child/self.h"
#include "gtest/gtest.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"

namespace billiard::process {
namespace {

[[noreturn]] void Fail(const std::string& why) {
  fprintf(stderr, "acting: %s\n", why.c_str());
  abort();
}

[[noreturn]] void SleepForEver() {
  while (true) pause();
}

int ReportFd() { return InheritedFds()->at(0); }

void Write(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    Fail("can not report");
}

std::string Link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

void Tell() {
  const SelfFacts self = Self();
  Write(ReportFd(),
        absl::StrCat(
            "name: ", self.name, "\nidentity: ", absl::StrJoin(self.identity, ":"),
            "\ndaemon: ", self.daemon, "\nparent: ", self.parent_pid,
            "\nparent name: ", self.parent_name, "\nmethod: ", NameOf(CurrentStartMethod()),
            "\npid: ", getpid(), "\nkey: ", std::hash<std::string>()(self.authkey),
            "\nstdin: ", Link("/proc/self/fd/0"), "\nchildren: ", ActiveChildren().size(),
            "\nits child's daemon: ", Make(Acting(StartMethod::kDefault, ""))->IsDaemon(), "\n"));
}

std::string StateOfSignals() {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  std::string changed;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action;
    if (sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler != SIG_DFL) absl::StrAppend(&changed, number, " ");
    if (sigismember(&mask, number) == 1) absl::StrAppend(&changed, "blocked ", number, " ");
  }
  return changed;
}

void TellState() {
  char folder[PATH_MAX];
  std::vector<std::string> files;
  for (const int fd : testing::OpenDescriptors("self")) {
    files.push_back(absl::StrCat(fd, "=", Link(absl::StrCat("/proc/self/fd/", fd))));
  }
  const auto variable = [](const char* name) {
    const char* value = getenv(name);
    return value == nullptr ? "" : value;
  };
  Write(ReportFd(), absl::StrCat("files: ", absl::StrJoin(files, " "), "\nsignals: ",
                                 StateOfSignals(), "\nfolder: ", getcwd(folder, sizeof folder),
                                 "\nmain: ", variable("MP_MAIN_FILE"),
                                 "\nforked by: ", variable("FORKED_BY_MULTIPROCESSING"), "\n"));
}

// What a language's runtime does around forks, so that a child can tell of it.
int own_forks = 0;
int after_fork_calls = 0;

pid_t ForkAsRuntime(void*) {
  ++own_forks;
  return fork();
}

void BehaveAsRuntime() {
  RegisterAfterFork([] { return ++after_fork_calls, 0; });
  const char* kind = getenv(kRuntime);
  if (kind == nullptr) return;
  if (strcmp(kind, "unsafe") == 0) DeclareForkUnsafe();
  if (strcmp(kind, "forks") == 0) SetForkFunction({ForkAsRuntime, nullptr});
}

void TellRuntime() {
  Write(ReportFd(), absl::StrCat("own forks: ", own_forks, "\nafter fork: ", after_fork_calls,
                                 "\nexecutable: ", absl::StrJoin(ChosenExecutable(), " "), "\n"));
}

// Keeps the report open after the child has gone; the end of the test ends it.
void LeaveGrandchild() {
  if (fork() != 0) return;
  alarm(60);
  SleepForEver();
}

void Nested(int depth) {
  Write(ReportFd(), absl::StrCat(absl::StrJoin(Self().identity, ":"), "\n"));
  if (depth == 0) return;
  for (int i = 0; i < 2; ++i) {
    ProcessOptions options = Acting(StartMethod::kDefault, absl::StrCat("nested ", depth - 1));
    options.fds = {ReportFd()};
    if (EndOf(Started(options)) != 0) Fail("a nested process failed");
  }
}

void TellParentOfChild() {
  const std::shared_ptr<Process> child = Started(Acting(StartMethod::kForkServer, "sleep"));
  Write(ReportFd(), std::to_string(ParentOf(child->pid())));
  if (!child->Kill().ok() || EndOf(child) != -SIGKILL) Fail("a nested process failed");
}

void Branch(bool no_daemon) {
  ProcessOptions options = Acting(StartMethod::kDefault, "sleep");
  if (no_daemon) options.daemon = false;
  Write(ReportFd(), absl::StrCat(Started(options)->pid(), "\n"));
  SleepForEver();
}

int32_t Act(const void* data, size_t size, void*) {
  const std::string text(static_cast<const char*>(data), size);
  const std::vector<std::string> words = absl::StrSplit(text, ' ');
  const int number = words.size() > 1 ? atoi(words[1].c_str()) : 0;
  if (words[0] == "exit") return number;
  if (words[0] == "_exit") _exit(number);
  if (words[0] == "throw") throw std::runtime_error("thrown on purpose");
  if (words[0] == "text") ExitWith(0, text.c_str() + 5);
  if (words[0] == "sleep") SleepForEver();
  if (words[0] == "tell") Tell();
  if (words[0] == "state") TellState();
  if (words[0] == "branch") Branch(words.size() > 1);
  if (words[0] == "runtime") TellRuntime();
  if (words[0] == "grandchild") LeaveGrandchild();
  if (words[0] == "parent") TellParentOfChild();
  if (words[0] == "nested") Nested(number);
  if (words[0] == "raise") {
    signal(number, SIG_DFL);
    kill(getpid(), number);
  }
  if (words[0] == "wait") {
    Write(ReportFd(), "w");
    SleepForEver();
  }
  return 0;
}

}  // namespace

ProcessOptions Acting(StartMethod method, std::string data) {
  ProcessOptions options;
  options.method = method;
  options.entry = kActing;
  options.data = std::move(data);
  options.force_fork = testing::kSanitized;
  return options;
}

std::shared_ptr<Process> Make(ProcessOptions options) {
  absl::StatusOr<std::shared_ptr<Process>> process = Process::Create(std::move(options));
  if (!process.ok()) Fail(std::string(process.status().message()));
  return *process;
}

std::shared_ptr<Process> Started(ProcessOptions options) {
  const std::shared_ptr<Process> process = Make(std::move(options));
  const absl::Status status = process->Start();
  if (!status.ok()) Fail(std::string(status.message()));
  return process;
}

int32_t EndOf(const std::shared_ptr<Process>& process) {
  const absl::Status status = process->Join(Deadline::Forever(), nullptr);
  if (!status.ok()) Fail(std::string(status.message()));
  return *process->ExitStatus();
}

int32_t RunToTheEnd(StartMethod method, const std::string& data) {
  return EndOf(Started(Acting(method, data)));
}

Telling::Telling(ProcessOptions options) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) Fail("pipe");
  reader_.Reset(fds[0]);
  const os::Fd writer(fds[1]);
  options.fds = {writer.get()};
  process_ = Started(std::move(options));
}

std::string Telling::ReadAll() {
  std::string all;
  char part[4096];
  for (ssize_t size; (size = read(reader_.get(), part, sizeof part)) > 0;) all.append(part, size);
  return all;
}

std::map<std::string, std::string> Telling::ReadFacts() {
  std::map<std::string, std::string> facts;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(ReadAll(), '\n'))) {
    const size_t colon = line.find(": ");
    if (colon != line.npos) facts[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return facts;
}

char Telling::ReadByte() {
  char byte = 0;
  if (read(reader_.get(), &byte, 1) != 1) Fail("the child says nothing");
  return byte;
}

pid_t Telling::ReadPid() {
  std::string line;
  for (char byte; (byte = ReadByte()) != '\n';) line.push_back(byte);
  return atoi(line.c_str());
}

pid_t ParentOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  std::getline(file, line);
  char state = 0;
  int parent = 0;
  sscanf(line.c_str() + line.rfind(')') + 1, " %c %d", &state, &parent);
  return parent;
}

std::string NameForTest(StartMethod method) { return std::string(NameOf(method)); }

}  // namespace billiard::process

int main(int argc, char** argv) {
  if (!billiard::process::RegisterEntry(billiard::process::kActing,
                                        {billiard::process::Act, nullptr})
           .ok()) {
    abort();
  }
  billiard::process::BehaveAsRuntime();
  billiard::process::FreezeSupport(argc, argv);
  const char* kind = getenv(billiard::process::kRuntime);
  if (kind != nullptr && strcmp(kind, "spawns") == 0) {
    return billiard::process::RunToTheEnd(billiard::process::StartMethod::kSpawn, "exit 7");
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
