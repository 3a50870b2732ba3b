// What forks alone have: copies of their parent, and dangers of their own.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/bootstrap.h"
#include "billiard_core/process/child/child_table.h"
#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/process.h"
#include "billiard_core/process/child/self.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/core/process/child/system_call_filter.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using testing::Child;
using testing::Shared;

using Body = std::function<int32_t()>;

int32_t CallBody(const void*, size_t, void* body) { return (*static_cast<const Body*>(body))(); }

// `body` must outlive the process.
ProcessOptions Forked(const Body* body) {
  ProcessOptions options;
  options.method = StartMethod::kFork;
  options.function = {CallBody, const_cast<Body*>(body)};
  options.force_fork = true;
  return options;
}

int32_t RunForked(const Body& body) { return EndOf(Started(Forked(&body))); }

class ForkChildTest : public ::testing::Test {
 protected:
  testing::Watchdog watchdog_{testing::kLongStorm ? 1200u : 240u};
};

TEST_F(ForkChildTest, WhatIsBufferedIsWrittenOnce) {
  os::Fd file(memfd_create("out", 0));
  FILE* stream = fdopen(dup(file.get()), "w");
  fputs("once\n", stream);
  EXPECT_EQ(RunForked([&] { return fputs("twice\n", stream) < 0; }), 0);
  fclose(stream);
  EXPECT_EQ(lseek(file.get(), 0, SEEK_END), 11);
}

// PROC-34, PROC-36
TEST_F(ForkChildTest, LastWordsGoToStderr) {
  const os::Fd file(memfd_create("err", 0));
  const auto words = [&](const Body& end) {
    EXPECT_EQ(ftruncate(file.get(), 0), 0);
    const Body body = [&] {
      lseek(file.get(), 0, SEEK_SET);
      dup2(file.get(), STDERR_FILENO);
      return end();
    };
    ProcessOptions options = Forked(&body);
    options.name = "speaker";
    EXPECT_EQ(EndOf(Started(options)), 1);
    char text[200];
    return std::string(text, static_cast<size_t>(pread(file.get(), text, sizeof text, 0)));
  };
  EXPECT_EQ(words([]() -> int32_t { ExitWith(0, "last words"); }), "last words\n");
  EXPECT_EQ(words([]() -> int32_t { throw std::runtime_error("why"); }), "Process speaker:\nwhy\n");
}

TEST_F(ForkChildTest, TheParentsObjectsAreNotTheChilds) {
  const std::shared_ptr<Process> sibling = Started(Acting(StartMethod::kFork, "sleep"));
  EXPECT_EQ(RunForked([&]() -> int32_t {
              if (CodeOf(sibling->Join(Deadline::Now(), nullptr)) != Code::kForked) return 1;
              if (CodeOf(sibling->IsAlive().status()) != Code::kForked) return 2;
              if (CodeOf(sibling->Kill()) != Code::kForked) return 3;
              if (CodeOf(sibling->Sentinel().status()) != Code::kForked) return 4;
              if (CodeOf(sibling->Start()) != Code::kForked) return 5;
              if (sibling->Describe().find(", unknown)>") == std::string::npos) return 6;
              if (!ActiveChildren().empty()) return 7;
              return sibling->pid() > 0 ? 0 : 8;
            }),
            0);
  EXPECT_TRUE(*sibling->IsAlive());
  EXPECT_TRUE(sibling->Kill().ok());
  EXPECT_EQ(EndOf(sibling), -SIGKILL);
}

TEST_F(ForkChildTest, IsRefusedBesideForeignThreads) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  std::thread foreign([&] {
    char byte;
    EXPECT_EQ(read(fds[0], &byte, 1), 1);
  });
  ProcessOptions options = Acting(StartMethod::kFork, "exit 0");
  options.force_fork = false;
  const std::shared_ptr<Process> process = Make(options);
  EXPECT_EQ(CodeOf(process->Start()), Code::kForkUnsafe);
  options.force_fork = true;
  EXPECT_EQ(EndOf(Started(options)), 0);
  EXPECT_EQ(write(fds[1], "x", 1), 1);
  foreign.join();
  close(fds[0]);
  close(fds[1]);
  // The refused one may be tried again.
  EXPECT_EQ(process->Start().ok(), !testing::kSanitized);
}

// As a language's runtime forks, which knows what to do about its threads.
TEST_F(ForkChildTest, AHookForksInsteadOfThisLibrary) {
  int calls = 0;
  ProcessOptions options = Acting(StartMethod::kFork, "exit 4");
  options.force_fork = false;
  options.fork_function.run = [](void* context) -> pid_t {
    ++*static_cast<int*>(context);
    return fork();
  };
  options.fork_function.context = &calls;
  EXPECT_EQ(EndOf(Started(options)), 4);
  EXPECT_EQ(calls, 1);
  options.fork_function.run = [](void*) -> pid_t {
    errno = EAGAIN;
    return -1;
  };
  const absl::Status status = Make(options)->Start();
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_EQ(ErrnoOf(status), EAGAIN);
}

TEST_F(ForkChildTest, HandlersAreInheritedAndNoSignalIsBlocked) {
  struct sigaction before;
  struct sigaction handler = {};
  handler.sa_handler = [](int) { _exit(44); };
  sigaction(SIGUSR2, &handler, &before);
  EXPECT_EQ(RunForked([] {
              raise(SIGUSR2);
              return 0;
            }),
            44);
  sigaction(SIGUSR2, &before, nullptr);
}

// PROC-54, GAP-41. This program never learns the statuses by itself.
TEST_F(ForkChildTest, EndsAreSeenAlthoughSigchldIsIgnored) {
  Child host([] {
    signal(SIGCHLD, SIG_IGN);
    const std::shared_ptr<Process> process = Started(Acting(StartMethod::kFork, "exit 7"));
    const int32_t status = EndOf(process);
    if (*process->IsAlive() || !ActiveChildren().empty()) return 1;
    return status == 7 || status == kExitUnknown ? 0 : 2;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// As on kernels before 6.15, which keep no record.
TEST_F(ForkChildTest, AStatusThatNobodyCanTellIsUnknown) {
  constexpr uint32_t kPidfdGetInfo = 0xC040FF0B;
  Child host([] {
    ForgetIoctl(kPidfdGetInfo);
    if (RunToTheEnd(StartMethod::kFork, "exit 7") != 7) return 1;
    signal(SIGCHLD, SIG_IGN);
    const std::shared_ptr<Process> process = Started(Acting(StartMethod::kFork, "exit 7"));
    if (EndOf(process) != kExitUnknown || *process->IsAlive()) return 2;
    return process->Describe().find("stopped[unknown]") == std::string::npos ? 3 : 0;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// W-PROC-4
TEST_F(ForkChildTest, EndsAreSeenAlthoughTheHostWaitsForAnyChild) {
  Child host([] {
    const std::shared_ptr<Process> process = Started(Acting(StartMethod::kFork, "exit 7"));
    int status = 0;
    if (waitpid(-1, &status, 0) != process->pid()) return 1;
    const int32_t known = EndOf(process);
    if (*process->IsAlive()) return 2;
    return known == 7 || known == kExitUnknown ? 0 : 3;
  });
  EXPECT_EQ(host.Wait(), 0);
}

TEST_F(ForkChildTest, HooksRunInOrderBeforeTheFunction) {
  static std::string order;
  RegisterAfterFork([] {
    order += "a";
    return 0;
  });
  RegisterAfterFork([] {
    order += "b";
    return 1;  // a failure is nobody's problem
  });
  EXPECT_EQ(RunForked([] { return order == "ab" ? 0 : 1; }), 0);
  EXPECT_EQ(order, "");
}

// CTX-44
TEST_F(ForkChildTest, AProcessThatIsBeingStartedCanStartNone) {
  Child host([] {
    static Code seen = Code::kOk;
    RegisterAfterFork([] {
      seen = CodeOf(Make(Acting(StartMethod::kFork, "exit 0"))->Start());
      return 0;
    });
    return RunForked([] { return seen == Code::kState ? 0 : 1; });
  });
  EXPECT_EQ(host.Wait(), 0);
}

// G-PROC-7
TEST_F(ForkChildTest, AnyLookAtTheChildrenReapsAllThatHaveEnded) {
  std::vector<std::shared_ptr<Process>> processes;
  for (int i = 0; i < 5; ++i) processes.push_back(Started(Acting(StartMethod::kFork, "sleep")));
  for (int i = 0; i < 4; ++i) {
    const os::Fd sentinel(dup(*processes[i]->Sentinel()));
    EXPECT_TRUE(processes[i]->Kill().ok());
    EXPECT_TRUE(testing::Ends(sentinel));
  }
  EXPECT_EQ(ActiveChildren().size(), 1u);
  EXPECT_EQ(testing::ChildrenOf(getpid()), std::vector<pid_t>{processes[4]->pid()});
  EXPECT_TRUE(processes[4]->Kill().ok());
  EXPECT_EQ(EndOf(processes[4]), -SIGKILL);
}

// G-UTIL-2
TEST_F(ForkChildTest, ADaemonDiesWithItsParentWhicheverThreadStartedIt) {
  for (const bool by_thread : {false, true}) {
    Shared<std::atomic<int>> pid;
    Child host([&] {
      const auto start = [&] {
        ProcessOptions options = Acting(StartMethod::kFork, "sleep");
        options.daemon = true;
        options.force_fork = true;
        pid->store(Started(options)->pid());
      };
      if (by_thread) {
        std::thread(start).join();  // the end of this thread is not the end of the process
      } else {
        start();
      }
      while (true) pause();
      return 0;
    });
    while (pid->load() == 0) sched_yield();
    const os::Fd daemon = testing::Watch(pid->load());
    EXPECT_FALSE(testing::HasEnded(daemon));
    host.Kill();
    EXPECT_TRUE(testing::Ends(daemon, 60));
  }
}

TEST_F(ForkChildTest, ManyStartsLeaveNothing) {
  const Body nothing = [] { return 0; };
  EXPECT_EQ(EndOf(Started(Forked(&nothing))), 0);
  const auto files = testing::OpenDescriptors("self");
  const int cycles = testing::kLongStorm ? 10'000 : 300;
  for (int i = 0; i < cycles; ++i) ASSERT_EQ(EndOf(Started(Forked(&nothing))), 0);
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
  EXPECT_TRUE(testing::ChildrenOf(getpid()).empty());
}

// G-PROC-4, W-PROC-2
TEST_F(ForkChildTest, NoDescriptorLeaksIntoSiblingsOfEightThreads) {
  const int threads_count = 8;
  const int each = testing::kSanitized ? 8 : 125;
  const auto files = testing::OpenDescriptors("self");
  const Body count = [&]() -> int32_t {
    // /dev/null has taken the place of stdin, which was there before.
    return testing::OpenDescriptors("self") == files ? 0 : 1;
  };
  std::atomic<int> leaks{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < threads_count; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < each; ++j) leaks += EndOf(Started(Forked(&count))) != 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(leaks, 0);
  EXPECT_EQ(testing::OpenDescriptors("self"), files);
}

}  // namespace
}  // namespace billiard::process
