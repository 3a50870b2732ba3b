// Starting workers and learning how they ended, by both start methods.
#include "billiard_core/process/template.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/os/pidfd.h"
#include "gtest/gtest.h"
#include "tests/core/process/harness.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using Kind = Template::Event::Kind;
using ::billiard::testing::Ends;
using ::billiard::testing::OpenDescriptors;
using ::billiard::testing::Watch;
using ::billiard::testing::Watchdog;

class TemplateTest : public ::testing::TestWithParam<Mode> {
  Watchdog watchdog_{120};
};

INSTANTIATE_TEST_SUITE_P(Modes, TemplateTest, ::testing::Values(Mode::kForked, Mode::kSpawned),
                         [](const auto& mode) { return ModeName(mode.param); });

TEST_P(TemplateTest, ReportsEveryWayToEnd) {
  const std::map<int, std::vector<std::string>> endings = {
      {0, {"exit", "0"}},
      {7, {"exit", "7"}},
      {255, {"exit", "255"}},
      {-SIGTERM, {"signal", std::to_string(SIGTERM)}},
      {-SIGKILL, {"signal", std::to_string(SIGKILL)}},
      {-SIGSEGV, {"signal", std::to_string(SIGSEGV)}},
  };
  Roles roles;
  for (const auto& [status, role] : endings) roles.push_back(role);
  Harness harness(GetParam(), roles);
  harness.Start();
  uint32_t incarnation = 0;
  for (const auto& [status, role] : endings) {
    const int group = static_cast<int>(incarnation);
    const Template::Event started = harness.StartWorker(0, ++incarnation, group);
    EXPECT_EQ(started.incarnation, incarnation);
    EXPECT_TRUE(started.pidfd.valid());
    const Template::Event ended = harness.Next();
    EXPECT_EQ(ended.kind, Kind::kExited);
    EXPECT_EQ(ended.wait_status, status);
    EXPECT_EQ(ended.pid, started.pid);
    EXPECT_EQ(ended.incarnation, incarnation);
    EXPECT_TRUE(Ends(started.pidfd));

    EXPECT_EQ(harness.entry(0).word.load(), ChildWord(incarnation, ChildState::kExited));
    EXPECT_EQ(harness.entry(0).wait_status.load(), status);
    EXPECT_EQ(harness.entry(0).pid.load(), started.pid);
  }
}

TEST_P(TemplateTest, EntryShowsARunningWorker) {
  Harness harness(GetParam(), {{"wait"}}, 3);
  harness.Start();
  EXPECT_EQ(harness.entry(2).word.load(), ChildWord(0, ChildState::kNone));
  const Template::Event started = harness.StartWorker(2, 9);
  EXPECT_EQ(harness.ReadPid("pid"), started.pid);
  EXPECT_EQ(harness.entry(2).word.load(), ChildWord(9, ChildState::kRunning));
  EXPECT_EQ(harness.entry(2).pid.load(), started.pid);
  EXPECT_EQ(harness.entry(1).word.load(), ChildWord(0, ChildState::kNone));
}

TEST_P(TemplateTest, SignalsThroughThePidfdReachTheWorker) {
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  const Template::Event started = harness.StartWorker();
  harness.ReadPid("pid");
  ASSERT_TRUE(os::PidfdSendSignal(started.pidfd.get(), SIGUSR1).ok());
  EXPECT_EQ(harness.Next().wait_status, -SIGUSR1);
  EXPECT_TRUE(os::PidfdSendSignal(started.pidfd.get(), SIGUSR1).ok());  // ended: no error, no harm
}

TEST_P(TemplateTest, RefusesAPlaceThatHasAProcess) {
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  const Template::Event first = harness.StartWorker(0, 1);
  ASSERT_TRUE(harness->RequestStart(0, 2, 0).ok());
  const Template::Event refused = harness.Next();
  EXPECT_EQ(refused.kind, Kind::kStartFailed);
  EXPECT_EQ(refused.incarnation, 2u);
  EXPECT_EQ(refused.error_number, EBUSY);
  EXPECT_EQ(harness.entry(0).word.load(), ChildWord(1, ChildState::kRunning));
}

TEST_P(TemplateTest, RefusesWhatIsOutOfRange) {
  Harness harness(GetParam(), {{"wait"}}, 2);
  harness.Start();
  for (const auto& [place, group] : {std::pair(-1, 0), {2, 0}, {0, -1}, {0, 1}}) {
    EXPECT_EQ(CodeOf(harness->RequestStart(place, 1, group)), Code::kInvalid);
  }
}

TEST_P(TemplateTest, AnswersMoreRequestsThanItsChannelHolds) {
  constexpr int kPlaces = 600;
  Harness harness(GetParam(), {{"exit", "3"}}, kPlaces);
  harness.Start();
  for (int place = 0; place < kPlaces; ++place) {
    ASSERT_TRUE(harness->RequestStart(place, 1, 0).ok());
  }
  std::set<int> started, ended;
  while (ended.size() < kPlaces) {
    const Template::Event event = harness.Next();
    if (event.kind == Kind::kStarted) {
      EXPECT_TRUE(started.insert(event.place).second);
      continue;
    }
    EXPECT_EQ(started.count(event.place), 1u);
    EXPECT_EQ(event.wait_status, 3);
    EXPECT_TRUE(ended.insert(event.place).second);
  }
  EXPECT_EQ(started.size(), kPlaces);
}

TEST_P(TemplateTest, AThousandWorkersLeaveNoDescriptorAndNoZombie) {
  constexpr uint32_t kWorkers = testing::kSanitized ? 200 : 1000;
  Harness harness(GetParam(), {{"exit", "0"}});
  harness.Start();
  harness.StartWorker();
  harness.Next();
  const std::string template_pid = std::to_string(harness->pid());
  const std::set<int> own_before = OpenDescriptors("self");
  const std::set<int> template_before = OpenDescriptors(template_pid);
  for (uint32_t incarnation = 2; incarnation < 2 + kWorkers; ++incarnation) {
    harness.StartWorker(0, incarnation);
    ASSERT_EQ(harness.Next().kind, Kind::kExited);
  }
  EXPECT_EQ(OpenDescriptors("self"), own_before);
  EXPECT_EQ(OpenDescriptors(template_pid), template_before);
  EXPECT_TRUE(testing::ChildrenOf(harness->pid()).empty());
}

TEST_P(TemplateTest, ShutdownEndsEverybodyAndStillReports) {
  Harness harness(GetParam(), {{"wait"}}, 2);
  harness.Start();
  const os::Fd process = Watch(harness->pid());
  const Template::Event first = harness.StartWorker(0);
  const Template::Event second = harness.StartWorker(1);
  harness->Shutdown();
  harness->Shutdown();
  EXPECT_EQ(CodeOf(harness->RequestStart(0, 2, 0)), Code::kClosed);
  std::set<int> ended;
  for (int i = 0; i < 2; ++i) {
    const Template::Event event = harness.Next();
    EXPECT_EQ(event.kind, Kind::kExited);
    EXPECT_EQ(event.wait_status, -SIGKILL);
    ended.insert(event.place);
  }
  EXPECT_EQ(ended.size(), 2u);
  EXPECT_TRUE(harness->WaitUntilGone(Deadline::After(10 * kNanosPerSecond)));
  EXPECT_EQ(CodeOf(harness->ReadEvent().status()), Code::kClosed);
  EXPECT_TRUE(Ends(process));
  EXPECT_TRUE(Ends(first.pidfd));
  EXPECT_TRUE(Ends(second.pidfd));
}

TEST_P(TemplateTest, ReleaseEndsEverybody) {
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  const os::Fd process = Watch(harness->pid());
  const Template::Event started = harness.StartWorker();
  const std::set<int> with_template = OpenDescriptors("self");
  harness.Release();
  EXPECT_TRUE(Ends(process));
  EXPECT_TRUE(Ends(started.pidfd));
  EXPECT_EQ(OpenDescriptors("self").size() + 2, with_template.size());
}

TEST_P(TemplateTest, AForkedChildOfTheHostLeavesThePoolAlone) {
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  const Template::Event started = harness.StartWorker();
  const pid_t child = fork();
  if (child == 0) {
    harness->Kill();
    harness->Shutdown();
    harness.Release();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(harness.ReadPid("pid"), started.pid);
  harness.OpenGate();
  EXPECT_EQ(harness.Next().wait_status, 0);
  harness.StartWorker(0, 2);
}

TEST_P(TemplateTest, KilledTemplateTakesItsWorkersAlong) {
  Harness harness(GetParam(), {{"wait"}}, 4);
  harness.Start();
  std::vector<os::Fd> workers;
  for (int place = 0; place < 4; ++place) {
    workers.push_back(std::move(harness.StartWorker(place).pidfd));
  }
  ASSERT_EQ(kill(harness->pid(), SIGKILL), 0);
  for (const os::Fd& worker : workers) EXPECT_TRUE(Ends(worker));
  EXPECT_TRUE(harness->WaitUntilGone(Deadline::After(10 * kNanosPerSecond)));
  EXPECT_EQ(CodeOf(harness->ReadEvent().status()), Code::kClosed);
  EXPECT_EQ(CodeOf(harness->RequestStart(0, 2, 0)), Code::kClosed);
}

TEST_P(TemplateTest, StoppedTemplateLosesNothing) {
  Harness harness(GetParam(), {{"wait"}}, 2);
  harness.Start();
  const Template::Event started = harness.StartWorker(0);
  ASSERT_EQ(kill(harness->pid(), SIGSTOP), 0);
  ASSERT_TRUE(os::PidfdSendSignal(started.pidfd.get(), SIGKILL).ok());
  EXPECT_TRUE(Ends(started.pidfd));
  ASSERT_TRUE(harness->RequestStart(1, 1, 0).ok());
  ASSERT_EQ(kill(harness->pid(), SIGCONT), 0);
  std::set<std::pair<Kind, int>> events;
  for (int i = 0; i < 2; ++i) {
    const Template::Event event = harness.Next();
    events.insert({event.kind, event.place});
  }
  const std::set<std::pair<Kind, int>> expected = {{Kind::kExited, 0}, {Kind::kStarted, 1}};
  EXPECT_EQ(events, expected);
}

}  // namespace
}  // namespace billiard::process
