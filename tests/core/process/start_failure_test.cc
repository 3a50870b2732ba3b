// Starts that go wrong: each is a typed error or an event, and the template goes on.
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/process/harness.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using Kind = Template::Event::Kind;
using ::testing::HasSubstr;

class StartFailureTest : public ::testing::Test {
 protected:
  // The event that ends the start of a worker with this command.
  Template::Event StartCommand(std::vector<std::string> argv) {
    harness_.ReplaceCommand(std::move(argv));
    harness_.Start();
    harness_.StartWorker();
    return harness_.Next();
  }

  testing::Watchdog watchdog_{60};
  Harness harness_{Mode::kSpawned, {{"unused"}}};
};

TEST_F(StartFailureTest, MissingProgram) {
  const Template::Event event = StartCommand({"no-such-program-of-billiard", "x"});
  EXPECT_EQ(event.kind, Kind::kStartFailed);
  EXPECT_EQ(event.error_number, ENOENT);
  EXPECT_EQ(event.text, "can not execute 'no-such-program-of-billiard': No such file or directory");
  EXPECT_EQ(harness_.entry(0).word.load(), ChildWord(1, ChildState::kStartFailed));
  EXPECT_EQ(harness_.entry(0).wait_status.load(), ENOENT);
  harness_.StartWorker(0, 2);  // the place is free, and the template lives
  EXPECT_EQ(harness_.Next().error_number, ENOENT);
}

TEST_F(StartFailureTest, ProgramThatMayNotBeExecuted) {
  EXPECT_EQ(StartCommand({"/dev/null"}).error_number, EACCES);
}

TEST_F(StartFailureTest, CommandsAreLookedUpInThePath) {
  const Template::Event event = StartCommand({"sh", "-c", "exit 9"});
  EXPECT_EQ(event.kind, Kind::kExited);
  EXPECT_EQ(event.wait_status, 9);
}

absl::Status Spawn(const std::string& program, std::vector<TemplateCommand> groups, int count = 1) {
  const os::Fd segment = *os::CreateMemfd("entries", 4096);
  return Template::StartSpawned(program, segment.get(), 0, count, groups).status();
}

TemplateCommand Sleep() {
  TemplateCommand command;
  command.argv = {"sleep", "100"};
  return command;
}

TEST_F(StartFailureTest, MissingTemplateProgram) {
  const std::set<int> before = testing::OpenDescriptors("self");
  const absl::Status status = Spawn("/no/such/billiard-template", {Sleep()});
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/billiard-template"));
  EXPECT_EQ(testing::OpenDescriptors("self"), before);
}

TEST_F(StartFailureTest, SomethingElseInsteadOfTheTemplateProgram) {
  const absl::Status status = Spawn("/bin/true", {Sleep()});
  EXPECT_EQ(CodeOf(status), Code::kStartFailed);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ended before it was set up"));
}

TEST_F(StartFailureTest, BadOptionsAreNamed) {
  TemplateCommand nameless;
  TemplateCommand bad_environment = Sleep();
  bad_environment.environment = {"NO_SIGN"};
  TemplateCommand nul = Sleep();
  nul.argv.push_back(std::string("a\0b", 3));
  const std::string program = "/bin/true";
  EXPECT_EQ(CodeOf(Spawn(program, {})), Code::kInvalid);
  EXPECT_EQ(CodeOf(Spawn(program, {Sleep()}, 0)), Code::kInvalid);
  for (const TemplateCommand& bad : {nameless, bad_environment, nul}) {
    const absl::Status status = Spawn(program, {Sleep(), bad});
    EXPECT_EQ(CodeOf(status), Code::kInvalid);
    EXPECT_THAT(std::string(status.message()), HasSubstr("groups[1]"));
  }
}

int g_forks = 0;
int g_failing_fork = 0;

// Fails at one of: 1 in the host, 2 in the short-lived parent, 3 in the template for its first
// worker.
pid_t ForkThatFails(void*) {
  if (++g_forks == g_failing_fork) {
    errno = EAGAIN;
    return -1;
  }
  return fork();
}

TEST(ForkFailureTest, TemplateThatCanNotBeForked) {
  const testing::Watchdog watchdog(60);
  for (const int step : {1, 2}) {
    Harness harness(Mode::kForked, {{"wait"}});
    harness.hooks().fork_process = ForkThatFails;
    g_forks = 0;
    g_failing_fork = step;
    const absl::Status status = harness.TryStart();
    EXPECT_EQ(CodeOf(status), Code::kStartFailed) << step;
    EXPECT_EQ(ErrnoOf(status), EAGAIN) << step;
  }
}

TEST(ForkFailureTest, WorkerThatCanNotBeForked) {
  const testing::Watchdog watchdog(60);
  Harness harness(Mode::kForked, {{"exit", "1"}});
  harness.hooks().fork_process = ForkThatFails;
  g_forks = 0;
  g_failing_fork = 3;
  harness.Start();
  ASSERT_TRUE(harness->RequestStart(0, 1, 0).ok());
  const Template::Event event = harness.Next();
  EXPECT_EQ(event.kind, Kind::kStartFailed);
  EXPECT_EQ(event.error_number, EAGAIN);
  EXPECT_EQ(event.pid, 0);
  EXPECT_EQ(event.text, "can not fork a worker: Resource temporarily unavailable");
  EXPECT_EQ(harness.entry(0).word.load(), ChildWord(1, ChildState::kStartFailed));
  harness.StartWorker(0, 2);
  EXPECT_EQ(harness.Next().wait_status, 1);
}

TEST(ForkFailureTest, ForkedGroupsNeedAFunction) {
  Harness harness(Mode::kForked, {{"wait"}});
  harness.hooks().child_main = nullptr;
  EXPECT_EQ(CodeOf(harness.TryStart()), Code::kInvalid);
}

}  // namespace
}  // namespace billiard::process
