// The fork server: one for the tree, replaced when it was killed, gone with the last who can ask it.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/process.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using testing::Child;

class ForkServerTest : public ::testing::Test {
 protected:
  static std::shared_ptr<Process> Start(const std::string& data) {
    return Started(Acting(StartMethod::kForkServer, data));
  }
  static int32_t EndByKill(const std::shared_ptr<Process>& process) {
    EXPECT_TRUE(process->Kill().ok());
    return EndOf(process);
  }
  testing::Watchdog watchdog_{120};
};

TEST_F(ForkServerTest, ServesManyAndIsSharedByChildren) {
  const std::shared_ptr<Process> first = Start("sleep");
  const std::shared_ptr<Process> second = Start("sleep");
  const pid_t server = ParentOf(first->pid());
  EXPECT_NE(server, getpid());
  EXPECT_EQ(ParentOf(second->pid()), server);
  // A child knows it too, and asks the same one.
  Telling asking(StartMethod::kForkServer, "parent of child");
  EXPECT_EQ(asking.ReadAll(), std::to_string(server));
  EXPECT_EQ(EndOf(asking.process()), 0);
  EXPECT_EQ(EndByKill(first), -SIGKILL);
  EXPECT_EQ(EndByKill(second), -SIGKILL);
}

// G-CTX-4, CTX-54
TEST_F(ForkServerTest, AKilledServerIsReplacedUnnoticed) {
  for (int i = 0; i < 5; ++i) {
    const std::shared_ptr<Process> child = Start("sleep");
    const pid_t server = ParentOf(child->pid());
    const os::Fd watched = testing::Watch(server);
    kill(server, SIGKILL);
    ASSERT_TRUE(testing::Ends(watched, 60));
    EXPECT_EQ(RunToTheEnd(StartMethod::kForkServer, "exit 7"), 7);
    // The child of the dead server is still this process's to follow.
    EXPECT_TRUE(*child->IsAlive());
    const int32_t status = EndByKill(child);
    EXPECT_TRUE(status == -SIGKILL || status == kExitUnknown) << status;
  }
}

TEST_F(ForkServerTest, CtrlCDoesNotEndIt) {
  const std::shared_ptr<Process> child = Start("sleep");
  const pid_t server = ParentOf(child->pid());
  kill(server, SIGINT);
  EXPECT_EQ(RunToTheEnd(StartMethod::kForkServer, "exit 0"), 0);
  const std::shared_ptr<Process> later = Start("sleep");
  EXPECT_EQ(ParentOf(later->pid()), server);
  EXPECT_EQ(EndByKill(child), -SIGKILL);
  EXPECT_EQ(EndByKill(later), -SIGKILL);
}

// As in an interpreter: the server forks by the program's own function, and each child has what is to be done
// after a fork.
TEST_F(ForkServerTest, ForksAsItsProgramDoes) {
  Child host([&] {
    setenv(kRuntime, "forks", 1);
    for (int forks = 1; forks < 4; ++forks) {
      Telling child(StartMethod::kForkServer, "runtime");
      const auto facts = child.ReadFacts();
      if (facts.at("own forks") != std::to_string(forks)) return 1;
      if (facts.at("after fork") != "1") return 2;
    }
    Telling spawned(StartMethod::kSpawn, "runtime");
    const auto facts = spawned.ReadFacts();
    return facts.at("own forks") == "0" && facts.at("after fork") == "0" ? 0 : 3;
  });
  EXPECT_EQ(host.Wait(), 0);
}

TEST_F(ForkServerTest, AProgramThatCanNotForkSaysSo) {
  Child host([&] {
    setenv(kRuntime, "unsafe", 1);
    const absl::Status status = Make(Acting(StartMethod::kForkServer, "exit 0"))->Start();
    if (CodeOf(status) != Code::kForkUnsafe) return 1;
    return RunToTheEnd(StartMethod::kSpawn, "exit 0") == 0 ? 0 : 2;
  });
  EXPECT_EQ(host.Wait(), 0);
}

TEST_F(ForkServerTest, EndsWithTheLastWhoCanAsk) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  Child host([&] {
    const std::shared_ptr<Process> child = Start("sleep");
    const pid_t server = ParentOf(child->pid());
    if (write(fds[1], &server, sizeof server) != sizeof server) return 1;
    EndByKill(child);
    raise(SIGSTOP);
    return 0;
  });
  ASSERT_EQ(host.AwaitStop(), SIGSTOP);
  pid_t server = 0;
  ASSERT_EQ(read(fds[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
  close(fds[0]);
  close(fds[1]);
  const os::Fd watched = testing::Watch(server);
  EXPECT_FALSE(testing::HasEnded(watched));
  host.Kill();
  EXPECT_TRUE(testing::Ends(watched, 60));
}

TEST_F(ForkServerTest, KilledAtAnyMomentItLosesNoStart) {
  std::atomic<bool> done{false};
  std::atomic<pid_t> known{0};
  std::thread killer([&] {
    while (!done) {
      const pid_t server = known.exchange(0);
      if (server != 0) kill(server, SIGKILL);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20; ++i) {
    const std::shared_ptr<Process> child = Make(Acting(StartMethod::kForkServer, "exit 5"));
    // A server may be killed twice during one start, which is told.
    while (!child->Start().ok()) {
    }
    const pid_t parent = ParentOf(child->pid());
    if (parent > 1 && parent != getpid()) known = parent;
    const int32_t status = EndOf(child);
    EXPECT_TRUE(status == 5 || status == kExitUnknown) << status;
  }
  done = true;
  killer.join();
}

}  // namespace
}  // namespace billiard::process
