// What the host may do, and what may be done to it, while it has a template (users' pain points 7
// and 23): die, stop, reap everything, ignore SIGCHLD, leave daemons behind.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/core/process/harness.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using Kind = Template::Event::Kind;
using ::billiard::testing::Ends;
using ::billiard::testing::HasEnded;
using ::billiard::testing::OpenDescriptors;
using ::billiard::testing::Watch;
using ::billiard::testing::Watchdog;

class HostTest : public ::testing::TestWithParam<Mode> {
 protected:
  // Runs `host` in a child process, which leaves with status 0 when it returns true.
  static pid_t RunHost(const std::function<bool()>& host) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    alarm(100);
    _exit(host() ? 0 : 1);
  }
  static void KillHost(pid_t host) {
    ASSERT_EQ(kill(host, SIGKILL), 0);
    ASSERT_EQ(waitpid(host, nullptr, 0), host);
  }
  static bool Sleep() {
    while (true) pause();
  }

 private:
  Watchdog watchdog_{120};
};

INSTANTIATE_TEST_SUITE_P(Modes, HostTest, ::testing::Values(Mode::kForked, Mode::kSpawned),
                         [](const auto& mode) { return ModeName(mode.param); });

TEST_P(HostTest, KilledHostTakesEverybodyAlong) {
  constexpr int kPlaces = 3;
  Harness harness(GetParam(), {{"leave-daemon"}}, kPlaces);
  const pid_t host = RunHost([&] {
    harness.Start();
    harness.WriteReport("template", harness->pid());
    for (int place = 0; place < kPlaces; ++place) harness.StartWorker(place);
    return Sleep();
  });
  const std::vector<os::Fd> processes = harness.WatchReported(1 + 2 * kPlaces);
  KillHost(host);
  for (const os::Fd& process : processes) EXPECT_TRUE(Ends(process));
}

// The daemon has copies of all the host's descriptors, so nothing may depend on their being closed.
TEST_P(HostTest, DaemonOfTheHostKeepsNobodyAlive) {
  Harness harness(GetParam(), {{"wait"}});
  const pid_t host = RunHost([&] {
    harness.Start();
    harness.StartWorker();
    const pid_t daemon = fork();
    if (daemon == 0) {
      alarm(100);
      setsid();
      return Sleep();
    }
    harness.WriteReport("template", harness->pid());
    harness.WriteReport("daemon", daemon);
    return Sleep();
  });
  std::map<std::string, pid_t> pids = harness.ReadPids(3);
  const os::Fd daemon = Watch(pids["daemon"]);
  const os::Fd worker = Watch(pids["pid"]);
  const os::Fd template_process = Watch(pids["template"]);
  KillHost(host);
  EXPECT_TRUE(Ends(worker));
  EXPECT_TRUE(Ends(template_process));
  EXPECT_FALSE(HasEnded(daemon));
  kill(pids["daemon"], SIGKILL);
}

TEST_P(HostTest, WaitForAnyChildMeetsNobody) {
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  harness.StartWorker();
  int status;
  EXPECT_EQ(waitpid(-1, &status, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_P(HostTest, LoopOnWaitForAnyChildIsNotDisturbed) {
  const pid_t own_child = fork();
  if (own_child == 0) Sleep();
  std::set<pid_t> met;
  std::thread reaper([&met] {
    for (pid_t pid; (pid = wait(nullptr)) > 0;) met.insert(pid);
  });
  Harness harness(GetParam(), {{"exit", "5"}});
  harness.Start();
  const pid_t template_pid = harness->pid();
  const Template::Event started = harness.StartWorker();
  EXPECT_EQ(harness.Next().wait_status, 5);
  harness.Release();
  kill(own_child, SIGKILL);
  reaper.join();
  EXPECT_EQ(met.count(own_child), 1u);
  EXPECT_EQ(met.count(template_pid), 0u);
  EXPECT_EQ(met.count(started.pid), 0u);
}

TEST_P(HostTest, IgnoredSigchldHidesNoStatus) {
  const auto previous = signal(SIGCHLD, SIG_IGN);
  Harness harness(GetParam(), {{"exit", "7"}, {"signal", "15"}});
  harness.Start();
  harness.StartWorker(0, 1, 0);
  EXPECT_EQ(harness.Next().wait_status, 7);
  harness.StartWorker(0, 2, 1);
  EXPECT_EQ(harness.Next().wait_status, -SIGTERM);
  signal(SIGCHLD, previous);
}

bool AllExited(const Harness& harness, int places) {
  for (int place = 0; place < places; ++place) {
    if (StateOf(harness.entry(place).word.load()) != ChildState::kExited) return false;
  }
  return true;
}

TEST_P(HostTest, StoppedHostLosesNoEvent) {
  constexpr int kPlaces = 500;
  Harness harness(GetParam(), {{"wait"}}, kPlaces);
  const pid_t host = RunHost([&] {
    harness.Start();
    for (int place = 0; place < kPlaces; ++place) harness.StartWorker(place);
    std::set<int> ended;
    for (int i = 0; i < kPlaces; ++i) {
      const Template::Event event = harness.Next();
      if (event.kind == Kind::kExited && event.wait_status == 0) ended.insert(event.place);
    }
    return ended.size() == kPlaces;
  });
  const std::vector<os::Fd> reported = harness.WatchReported(kPlaces);
  ASSERT_EQ(kill(host, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(waitpid(host, &status, WUNTRACED), host);
  harness.OpenGate(kPlaces);
  for (const os::Fd& worker : reported) EXPECT_TRUE(Ends(worker, 100));
  while (!AllExited(harness, kPlaces)) sched_yield();  // the template needs nobody to read
  ASSERT_EQ(kill(host, SIGCONT), 0);
  ASSERT_EQ(waitpid(host, &status, 0), host);
  EXPECT_EQ(status, 0);
}

TEST_P(HostTest, SignalHandlingStaysAsItWas) {
  const auto table = [] {
    std::string text;
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction action = {};
      sigaction(number, nullptr, &action);
      const auto handler = reinterpret_cast<uintptr_t>(action.sa_handler);
      text += std::to_string(handler) + "/" + std::to_string(action.sa_flags) + " ";
    }
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    for (int number = 1; number < NSIG; ++number) {
      text += sigismember(&mask, number) == 1 ? '1' : '0';
    }
    return text;
  };
  const std::string before = table();
  Harness harness(GetParam(), {{"wait"}});
  harness.Start();
  harness.StartWorker();
  EXPECT_EQ(table(), before);
  harness.Release();
  EXPECT_EQ(table(), before);
}

TEST_P(HostTest, ProgramsThatTheHostExecutesGetNoDescriptor) {
  Harness harness(GetParam(), {{"wait"}});
  const std::set<int> before = OpenDescriptors("self");
  harness.Start();
  const Template::Event started = harness.StartWorker();
  int added = 0;
  for (const int fd : OpenDescriptors("self")) {
    if (before.count(fd) == 1) continue;
    ++added;
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << "descriptor " << fd;
  }
  EXPECT_EQ(added, 3);  // the channel, the template's pidfd, the worker's pidfd
}

FILE* g_stream = nullptr;

int WriteToStream(int, uint32_t, int, void*) {
  fputs("worker;", g_stream);
  return 0;
}

TEST(ForkedHostTest, BufferedOutputIsWrittenOnce) {
  const Watchdog watchdog(60);
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  g_stream = fdopen(fds[1], "w");
  fputs("host;", g_stream);
  Harness harness(Mode::kForked, {{"unused"}});
  harness.hooks().child_main = WriteToStream;
  harness.Start();
  for (uint32_t incarnation = 1; incarnation <= 2; ++incarnation) {
    harness.StartWorker(0, incarnation);
    EXPECT_EQ(harness.Next().wait_status, 0);
  }
  harness.Release();
  fclose(g_stream);
  char text[100] = {};
  ASSERT_GT(read(fds[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "host;worker;worker;");
  close(fds[0]);
}

pid_t g_host = 0;
int g_forks = 0;

// The first fork makes the short-lived parent, the second one the template.
pid_t ForkAndKillHost(void*) {
  const bool is_template = ++g_forks == 2;
  const pid_t pid = fork();
  if (pid == 0 && is_template) kill(g_host, SIGKILL);
  return pid;
}

TEST(ForkedHostTest, HostKilledBeforeTheTemplateIsSetUp) {
  const Watchdog watchdog(60);
  Harness harness(Mode::kForked, {{"wait"}});
  harness.hooks().fork_process = ForkAndKillHost;
  const pid_t host = fork();
  if (host == 0) {
    g_host = getpid();
    _exit(harness.TryStart().ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(host, &status, 0), host);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(harness.ReadToTheEnd(), "");  // ends when the template has
}

}  // namespace
}  // namespace billiard::process
