// What pools and their workers write to the log (POOL-109, POOL-149), and what workers are called.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "billiard_core/logging/logger.h"
#include "tests/core/pool/fixture.h"
#include "tests/support/sanitizer.h"

namespace billiard::pool {
namespace {

class PoolLogTest : public BothStarts {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "pool-log." + std::to_string(getpid());
    unlink(path_.c_str());
    ASSERT_TRUE(logging::LogToFile(path_, logging::kInfo).ok());
  }
  void TearDown() override { logging::StopLogging(); }

  std::vector<std::string> LinesWith(const std::string& text) const {
    std::ifstream file(path_);
    std::vector<std::string> lines;
    std::string line;
    while (std::getline(file, line)) {
      if (line.find(text) != std::string::npos) lines.push_back(line);
    }
    return lines;
  }
  void AwaitLine(const std::string& text) const {
    Await([&] { return !LinesWith(text).empty(); });
  }
  std::string NameOfWorker(int number) const {
    return StartName(GetParam()) + "PoolWorker-" + std::to_string(number);
  }
  static void End(Pool* pool) {
    EXPECT_TRUE(pool->Close().ok());
    EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  }
  std::string path_;
};
BILLIARD_BOTH_STARTS(PoolLogTest);

TEST_P(PoolLogTest, AWorkerThatEndedUnaskedIsAnError) {
  const auto pool = MakePool(GetParam(), 1);
  const auto lost = Submit(pool.get(), "signal", std::to_string(SIGKILL));
  const pid_t pid = OutcomeOf(lost.get()).failure.pid;
  const std::string line = "[ERROR/MainProcess] Process '" + NameOfWorker(1) +
                           "' pid:" + std::to_string(pid) + " exited with 'signal 9 (SIGKILL)'";
  AwaitLine(line);
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "3").get()).code, Code::kWorkerLost);
  AwaitLine("exited with 'exitcode 3'");
  End(pool.get());
  EXPECT_EQ(LinesWith("ERROR").size(), 2u);
}

TEST_P(PoolLogTest, EndsThatSomebodyWantedAreNone) {
  PoolOptions options = OptionsFor(GetParam(), 3);
  options.max_jobs_per_worker = 2;
  const auto pool = MakePool(std::move(options));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");  // recycled
  JobOptions limited;
  limited.time_limit_ns = 20 * kNanosPerMilli;
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "loop", "", limited).get()).code, Code::kTimeLimit);
  const auto ended = Submit(pool.get(), "sleep-long", "");
  Await([&] { return ended->pid() != 0; });
  EXPECT_TRUE(ended->Terminate(SIGTERM).ok());
  AwaitReady(pool.get());
  EXPECT_TRUE(pool->Shrink("", 1, true).ok());
  EXPECT_TRUE(pool->Restart().ok());
  AwaitReady(pool.get());
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  for (const std::string& line : LinesWith("ERROR")) ADD_FAILURE() << line;
}

TEST_P(PoolLogTest, WorkersLogUnderTheirNames) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  EXPECT_EQ(Apply(pool.get(), "name").substr(0, NameOfWorker(1).size() - 1),
            StartName(GetParam()) + "PoolWorker-");
  End(pool.get());
  for (int number : {1, 2}) {
    EXPECT_EQ(LinesWith("[INFO/" + NameOfWorker(number) + "] child process ").size(), 1u);
    EXPECT_EQ(LinesWith("[INFO/" + NameOfWorker(number) + "] process ").size(), 1u);
    EXPECT_EQ(LinesWith("[INFO/MainProcess] supervisor: worker " + NameOfWorker(number)).size(),
              1u);
  }
}

// POOL-25: the one that takes its place has its name.
TEST_P(PoolLogTest, ANameStaysWithItsPlace) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "name"), NameOfWorker(1));
  EXPECT_EQ(OutcomeOf(Submit(pool.get(), "exit", "3").get()).code, Code::kWorkerLost);
  EXPECT_EQ(Apply(pool.get(), "name"), NameOfWorker(1));
  std::ifstream comm("/proc/" + Apply(pool.get(), "pid") + "/comm");
  std::string title;
  std::getline(comm, title);
  EXPECT_EQ(title, "billiard-w1");
}

TEST_P(PoolLogTest, APoolThatFailsSaysWhyAndWho) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_restarts = 1;
  options.restart_window_ns = 60 * kNanosPerSecond;
  const auto pool = MakePool(std::move(options));
  Await([&] {
    for (const WorkerInfo& worker : WorkersOf(pool.get())) {
      if (worker.pid != 0) kill(worker.pid, SIGKILL);
    }
    return !pool->Maintain().ok();
  });
  AwaitLine("[ERROR/MainProcess] supervisor: the pool has failed: ");
}

TEST_P(PoolLogTest, AWorkerThatHasGrownSaysSo) {
  if (testing::kThreadSanitized) GTEST_SKIP() << "its shadow makes it more than twice the limit";
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_memory_per_worker_kib = 32 * 1024;
  const auto pool = MakePool(std::move(options));
  EXPECT_NE(Apply(pool.get(), "grow", std::to_string(40 * 1024)), "");
  AwaitLine("[WARNING/" + NameOfWorker(1) +
            "] child process exiting after exceeding memory limit (");
  End(pool.get());
  EXPECT_EQ(LinesWith("KiB / 32768KiB)").size(), 1u);
}

TEST_P(PoolLogTest, ATemplateThatDiesIsAnError) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  kill(pool->Stats()->template_pid, SIGKILL);
  AwaitLine("[ERROR/MainProcess] supervisor: the template process has died");
}

// The command line of a forked worker of a pool with a name.
TEST(WorkerTitleTest, NamesPlaceAndPool) {
  testing::Watchdog watchdog(60);
  PoolOptions options = OptionsFor(Start::kFork, 1);
  options.name = "pictures";
  const auto pool = MakePool(std::move(options));
  std::ifstream file("/proc/" + Apply(pool.get(), "pid") + "/cmdline");
  std::string title;
  std::getline(file, title, '\0');
  const std::string full = "billiard: worker 1 of pictures";
  EXPECT_EQ(title, full.substr(0, title.size()));
  EXPECT_GE(title.size(), 10u) << "as much as there is room for";
  std::ifstream own("/proc/self/cmdline");
  std::getline(own, title, '\0');
  EXPECT_NE(title.substr(0, 8), "billiard") << "the host keeps its own";
}

}  // namespace
}  // namespace billiard::pool
