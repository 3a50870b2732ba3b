// What children have in common that are not forks of their starter: what reaches them, and what does not.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/executable.h"
#include "billiard_core/process/child/preparation.h"
#include "billiard_core/process/child/process.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/core/process/child/system_call_filter.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using testing::Child;

constexpr uint32_t kFewDescriptors = 64;

class SpawnTest : public ::testing::TestWithParam<StartMethod> {
 protected:
  testing::Watchdog watchdog_{120};
};

// CTX-30, G-CTX-5
TEST_P(SpawnTest, OnlyListedDescriptorsReachTheChild) {
  const os::Fd secret(open("/proc/self/cmdline", O_RDONLY));  // not close-on-exec
  Telling child(GetParam(), "state");
  const auto facts = child.ReadFacts();
  EXPECT_EQ(EndOf(child.process()), 0);
  const std::string& files = facts.at("files");
  EXPECT_EQ(files.find("cmdline"), std::string::npos) << files;
  EXPECT_NE(files.find("pipe:"), std::string::npos) << files;
  EXPECT_EQ(files.find("billiard-start"), std::string::npos) << files;
}

// G-CTX-6
TEST_P(SpawnTest, NoHandlerAndNoMaskReachTheChild) {
  signal(SIGUSR1, SIG_IGN);
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigprocmask(SIG_SETMASK, &blocked, &before);
  Telling child(GetParam(), "state");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  signal(SIGUSR1, SIG_DFL);
  const auto facts = child.ReadFacts();
  EXPECT_EQ(EndOf(child.process()), 0);
  if (!testing::kSanitized) {  // which has handlers of its own
    EXPECT_EQ(facts.at("signals"), "");
  }
  EXPECT_EQ(facts.at("signals").find("blocked"), std::string::npos);
}

// CTX-32, CTX-35
TEST_P(SpawnTest, TheChildIsInTheStartersFolderAndHasItsVariables) {
  char before[4096];
  ASSERT_NE(getcwd(before, sizeof before), nullptr);
  ASSERT_EQ(chdir("/"), 0);
  Telling child(GetParam(), "state");
  ASSERT_EQ(chdir(before), 0);
  const auto facts = child.ReadFacts();
  EXPECT_EQ(EndOf(child.process()), 0);
  EXPECT_EQ(facts.at("folder"), "/");
  EXPECT_EQ(facts.at("main"), RunningProgram());
  EXPECT_EQ(facts.at("forked by"), "1");
}

TEST_P(SpawnTest, ArgumentsLargerThanAnyPipeArrive) {
  const std::string large = "exit 9 " + std::string(50'000'000, 'x');
  EXPECT_EQ(RunToTheEnd(GetParam(), large), 9);
}

TEST_P(SpawnTest, ADescriptorThatIsNotOpenIsAnErrorOfStart) {
  ProcessOptions options = Acting(GetParam(), "exit 0");
  options.fds = {999'999};
  EXPECT_FALSE(Make(options)->Start().ok());
  EXPECT_TRUE(ActiveChildren().empty());
}

TEST_P(SpawnTest, MostDescriptorsThatMayBePassedArrive) {
  ProcessOptions options = Acting(GetParam(), "exit 0");
  options.fds.assign(kMaxCallerFds, STDERR_FILENO);
  EXPECT_EQ(EndOf(Started(options)), 0);
  options.fds.push_back(STDERR_FILENO);
  EXPECT_EQ(CodeOf(Process::Create(options).status()), Code::kInvalid);
}

TEST_P(SpawnTest, ADaemonDiesWithItsStarter) {
  Child host([&] {
    ProcessOptions options = Acting(GetParam(), "sleep");
    options.daemon = true;
    std::ofstream(absl::StrCat(getenv("TEST_TMPDIR"), "/", NameOf(GetParam()), getpid()))
        << Started(options)->pid() << std::endl;
    raise(SIGSTOP);
    return 0;
  });
  ASSERT_EQ(host.AwaitStop(), SIGSTOP);
  pid_t pid = 0;
  std::ifstream(absl::StrCat(getenv("TEST_TMPDIR"), "/", NameOf(GetParam()), host.pid())) >> pid;
  const os::Fd daemon = testing::Watch(pid);
  EXPECT_FALSE(testing::HasEnded(daemon));
  host.Kill();
  EXPECT_TRUE(testing::Ends(daemon, 60));
}

// With as many descriptors as the hard limit allows, but for the few that a start takes itself. They are
// closed by close_range, as whoever closes them one by one dies.
TEST_P(SpawnTest, AChildStartsWithAFullTableOfDescriptors) {
  Child host([&] {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (RunToTheEnd(GetParam(), "exit 3") != 3) return 1;
    const int first = open("/dev/null", O_RDONLY);
    std::vector<int> spare(12);
    for (int& fd : spare) fd = dup(first);
    while (dup(first) >= 0) {
    }
    if (errno != EMFILE) return 2;
    for (const int fd : spare) close(fd);
    ForbidClosingFrom(kFewDescriptors);
    return RunToTheEnd(GetParam(), "exit 3") == 3 ? 0 : 3;
  });
  EXPECT_EQ(host.Wait(), 0);
}

TEST_P(SpawnTest, ManyStartsLeaveNothing) {
  EXPECT_EQ(RunToTheEnd(GetParam(), "exit 0"), 0);
  const auto files = testing::OpenDescriptors("self");
  const size_t children = testing::ChildrenOf(getpid()).size();
  for (int i = 0; i < 30; ++i) ASSERT_EQ(RunToTheEnd(GetParam(), "exit 0"), 0);
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
  EXPECT_EQ(testing::ChildrenOf(getpid()).size(), children);
}

TEST_P(SpawnTest, ThreadsMayStartAtOnce) {
  EXPECT_EQ(RunToTheEnd(GetParam(), "exit 0"), 0);
  const auto files = testing::OpenDescriptors("self");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 3; ++j) {
        Telling child(GetParam(), "state");
        const std::string listed = child.ReadFacts().at("files");
        EXPECT_EQ(listed.find("pidfd"), std::string::npos) << listed;
        EXPECT_EQ(EndOf(child.process()), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
}

INSTANTIATE_TEST_SUITE_P(Methods, SpawnTest,
                         ::testing::Values(StartMethod::kSpawn, StartMethod::kForkServer),
                         [](const auto& test) { return NameForTest(test.param); });

class ProgramTest : public ::testing::Test {
 protected:
  ~ProgramTest() override { SetExecutable({}); }
  absl::Status StartWith(const std::string& program, int64_t timeout_ns = 0) {
    SetExecutable({program});
    ProcessOptions options = Acting(StartMethod::kSpawn, "exit 0");
    options.start_timeout_ns = timeout_ns;
    return Make(options)->Start();
  }
  testing::Watchdog watchdog_{60};
};

// CTX-31, PROC-21
TEST_F(ProgramTest, AMissingProgramIsNamed) {
  EXPECT_FALSE(StartWith("/no/such/program").ok());  // has made the default segment
  const auto files = testing::OpenDescriptors("self");
  const absl::Status status = StartWith("/no/such/program");
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_NE(status.message().find("/no/such/program"), std::string::npos);
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
  EXPECT_TRUE(testing::ChildrenOf(getpid()).empty());
}

TEST_F(ProgramTest, AProgramThatEndsAtOnceIsToldOfWithItsStatus) {
  const absl::Status status = StartWith("/bin/false");
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_NE(status.message().find("exitcode 1"), std::string::npos) << status.message();
  EXPECT_TRUE(testing::ChildrenOf(getpid()).empty());
}

// A program that is reached by way of another one, which has arguments of its own, as an interpreter's script.
TEST_F(ProgramTest, AnInterpreterIsStartedWithItsScript) {
  const std::vector<std::string> command = {"sh", "-c", "exec \"$0\" --billiard-fork 7 \"$@\"",
                                            RunningProgram()};
  SetExecutable(command);
  EXPECT_EQ(RunToTheEnd(StartMethod::kSpawn, "exit 7"), 7);
  for (const StartMethod method : {StartMethod::kSpawn, StartMethod::kForkServer}) {
    Child host([&] {  // with a fork server of its own
      Telling child(method, "runtime");
      return child.ReadFacts().at("executable") == absl::StrJoin(command, " ") ? 0 : 1;
    });
    EXPECT_EQ(host.Wait(), 0) << NameOf(method);
  }
}

// CTX-41
TEST_F(ProgramTest, AProgramWithoutFileSpawnsItselfAllTheSame) {
  const os::Fd copy(memfd_create("program", MFD_CLOEXEC));
  std::ifstream own("/proc/self/exe", std::ios::binary);
  std::ofstream(absl::StrCat("/proc/self/fd/", copy.get()), std::ios::binary) << own.rdbuf();
  ProcessOptions options;
  options.command = {"sh", "-c", "exec /proc/self/fd/3"};
  options.environment = {absl::StrCat(kRuntime, "=spawns")};
  options.fds = {copy.get()};
  EXPECT_EQ(EndOf(Started(options)), 7);
}

// CTX-42
TEST_F(ProgramTest, AProgramThatIsNoChildIsKilledAfterTheTimeout) {
  const char script[] = "#!/bin/sh\nexec sleep 1000\n";
  const std::string path = absl::StrCat(getenv("TEST_TMPDIR"), "/endless");
  std::ofstream(path) << script;
  ASSERT_EQ(chmod(path.c_str(), 0700), 0);
  const absl::Status status = StartWith(path, kNanosPerSecond / 5);
  EXPECT_EQ(CodeOf(status), Code::kTimeout);
  EXPECT_NE(status.message().find("bp_freeze_support"), std::string::npos) << status.message();
  EXPECT_TRUE(testing::ChildrenOf(getpid()).empty());
}

// CTX-42
TEST_F(ProgramTest, AProgramThatForgotWhatToCallCanStartNoneAsAChild) {
  const absl::Status status = StartWith("tests/core/process/child/unfrozen_program");
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_NE(status.message().find("exitcode 42"), std::string::npos) << status.message();
}

// CTX-34
TEST_F(ProgramTest, AChildThatCanNotReadWhatItIsGivenSaysSoAndEndsWithOne) {
  const os::Fd garbage(memfd_create("garbage", 0));
  const os::Fd words(memfd_create("words", 0));
  const os::Fd channel(open("/dev/null", O_RDWR));
  ASSERT_EQ(write(garbage.get(), "garbage", 7), 7);
  ProcessOptions options;
  options.command = {"sh", "-c", "exec \"$0\" --billiard-fork pipe_handle=3 data_handle=4 2>&5",
                     RunningProgram()};
  options.fds = {channel.get(), garbage.get(), words.get()};
  EXPECT_EQ(EndOf(Started(options)), 1);
  char text[300];
  const ssize_t size = pread(words.get(), text, sizeof text, 0);
  EXPECT_NE(std::string(text, static_cast<size_t>(size)).find("can not begin"), std::string::npos);
}

class CommandTest : public ::testing::Test {
 protected:
  ProcessOptions Command(std::vector<std::string> argv) {
    ProcessOptions options;
    options.command = std::move(argv);
    return options;
  }
  testing::Watchdog watchdog_{60};
};

TEST_F(CommandTest, RunsAndTellsHowItEnded) {
  EXPECT_EQ(EndOf(Started(Command({"sh", "-c", "exit 7"}))), 7);
  EXPECT_EQ(EndOf(Started(Command({"sh", "-c", "kill -TERM $$"}))), -SIGTERM);
}

TEST_F(CommandTest, HasItsVariablesAndDescriptorsAndNoOthers) {
  ProcessOptions options = Command(
      {"sh", "-c",
       "{ echo $GREETING; echo $HOME; ls /proc/self/fd | tr '\\n' ' '; cat; echo end; } >&3"});
  options.environment = {"GREETING=hello there", "HOME=/nowhere"};
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const os::Fd reader(fds[0]);
  os::Fd writer(fds[1]);
  options.fds = {writer.get()};
  const std::shared_ptr<Process> process = Started(options);
  writer.Reset();
  std::string all(1000, '\0');
  size_t size = 0;
  for (ssize_t part; (part = read(reader.get(), &all[size], all.size() - size)) > 0;) {
    size += static_cast<size_t>(part);
  }
  EXPECT_EQ(EndOf(process), 0);
  // ls has a descriptor on the folder that it lists.
  EXPECT_EQ(all.substr(0, size), "hello there\n/nowhere\n0 1 2 3 4 end\n");
}

TEST_F(CommandTest, OneThatCanNotBeExecutedIsAnErrorOfStart) {
  const absl::Status status = Make(Command({"no-such-command-at-all"}))->Start();
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_TRUE(testing::ChildrenOf(getpid()).empty());
}

TEST(PreparationTest, WhatWasNotEncodedIsRefused) {
  Preparation preparation;
  preparation.facts.name = "name";
  preparation.facts.identity = {1, 2, 3};
  preparation.preload = {"a", "b"};
  preparation.entry = "entry";
  const std::string bytes = Encode(preparation);
  ASSERT_TRUE(Decode(bytes).ok());
  EXPECT_EQ(Decode(bytes)->facts.identity, preparation.facts.identity);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(CodeOf(Decode(bytes.substr(0, size)).status()), Code::kCorrupt) << size;
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = '\xff';
    Decode(damaged).IgnoreError();  // whatever it says, it reads nothing that is not there
  }
  EXPECT_EQ(CodeOf(Decode(bytes + "x").status()), Code::kCorrupt);
}

}  // namespace
}  // namespace billiard::process
