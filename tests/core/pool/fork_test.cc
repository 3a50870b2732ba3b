// Pools and forks of their host; what a pool leaves behind; what it costs while nothing happens.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "tests/core/pool/fixture.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"

namespace billiard::pool {
namespace {

using ::billiard::testing::Child;
using ::billiard::testing::ChildrenOf;
using ::billiard::testing::Ends;
using ::billiard::testing::OpenDescriptors;
using ::billiard::testing::Watch;

class ForkTest : public BothStarts {};
BILLIARD_BOTH_STARTS(ForkTest);

TEST_P(ForkTest, AForkedChildIsRefusedAndItsEndChangesNothing) {
  auto pool = MakePool(GetParam(), 1);
  auto result = Submit(pool.get(), "echo", "x");
  EXPECT_EQ(ValueOf(result.get()), "x");
  Child child([&] {
    const bool refused = CodeOf(pool->Submit("echo", "", JobOptions()).status()) == Code::kForked &&
                         CodeOf(pool->Close()) == Code::kForked &&
                         CodeOf(pool->Terminate()) == Code::kForked &&
                         CodeOf(pool->Join(Deadline::Now(), nullptr)) == Code::kForked &&
                         CodeOf(pool->Stats().status()) == Code::kForked &&
                         CodeOf(pool->ReadEvents(nullptr, 0).status()) == Code::kForked &&
                         CodeOf(pool->WaitReady(Deadline::Now(), nullptr)) == Code::kForked &&
                         CodeOf(result->Wait(Deadline::Now(), nullptr)) == Code::kForked &&
                         !result->Ready() && result->pid() == 0 && pool->events_fd() == -1;
    result.reset();
    pool.reset();
    return refused ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(ValueOf(result.get()), "x");
  EXPECT_EQ(Apply(pool.get(), "echo", "still here"), "still here");
}

TEST_P(ForkTest, AForkedChildMayHaveAPoolOfItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer can not start threads in the child of a process with threads";
#endif
  const auto pool = MakePool(GetParam(), 1);
  Child child([] { return Apply(MakePool(GetParam(), 1).get(), "echo", "x") == "x" ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
}

TEST_P(ForkTest, AForkPoolCanBeMadeWhileTheSupervisorOfAnotherIsBusy) {
  const auto busy = MakePool(GetParam(), 2);
  for (int round = 0; round < 10; ++round) {
    // Each of them keeps the supervisor busy with a death and a start.
    std::vector<std::unique_ptr<Result>> losses;
    for (int i = 0; i < 5; ++i) losses.push_back(Submit(busy.get(), "exit", "1"));
    const auto second = MakePool(Start::kFork, 1);
    EXPECT_EQ(Apply(second.get(), "echo", "x"), "x");
    for (const auto& loss : losses) EXPECT_EQ(OutcomeOf(loss.get()).code, Code::kWorkerLost);
  }
}

TEST_P(ForkTest, AWorkerMayHaveAPoolOfItsOwn) {
  const auto pool = MakePool(GetParam(), 1);
  EXPECT_EQ(Apply(pool.get(), "nested", "inner"), "inner");
  EXPECT_EQ(Apply(pool.get(), "nested", "again"), "again");
}

TEST_P(ForkTest, AProcessWithThreadsOfItsOwnForksOnlyWhenForced) {
  Gate gate;
  std::thread thread([&] { gate.Open(); });
  PoolOptions options = OptionsFor(GetParam(), 1);
  const auto pool = Pool::Create(options);
  if (GetParam() == Start::kFork) {
    EXPECT_EQ(CodeOf(pool.status()), Code::kForkUnsafe);
    options.force_fork = true;
    EXPECT_EQ(Apply(MakePool(options).get(), "echo", "x"), "x");
  } else {
    ASSERT_TRUE(pool.ok()) << pool.status();
  }
  const os::Fd reader(open(gate.path().c_str(), O_RDONLY | O_CLOEXEC));
  thread.join();
}

size_t CountSharedMemoryFiles() {
  size_t count = 0;
  DIR* folder = opendir("/dev/shm");
  if (folder == nullptr) return 0;
  while (const dirent* entry = readdir(folder)) {
    if (std::string(entry->d_name).find("billiard") != std::string::npos) ++count;
  }
  closedir(folder);
  return count;
}

// Kilobytes of address space.
size_t AddressSpace() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  file >> pages;
  return pages * 4;
}

TEST_P(ForkTest, PoolsThatEndedLeaveNothingBehind) {
  Apply(MakePool(GetParam(), 1).get(), "echo", "x");  // what is made once stays
  const std::set<int> descriptors = OpenDescriptors("self");
  const std::vector<pid_t> children = ChildrenOf(getpid());
  const size_t files = CountSharedMemoryFiles();
  size_t address_space = 0;
  constexpr int kCycles = 200;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    const auto pool = MakePool(GetParam(), 1);
    if (cycle % 3 == 0) {
      EXPECT_EQ(Apply(pool.get(), "bytes", "5000").size(), 5000u);
    }
    if (cycle % 2 == 0) {
      ASSERT_TRUE(pool->Close().ok());
      ASSERT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
    }
    if (cycle == 20) address_space = AddressSpace();
  }
  EXPECT_EQ(OpenDescriptors("self"), descriptors);
  EXPECT_EQ(ChildrenOf(getpid()), children);
  // Other programs make some meanwhile; not as many as there were pools.
  EXPECT_LT(CountSharedMemoryFiles(), files + kCycles / 2);
  constexpr size_t kSmallestSegment = 1 << 20;  // in kilobytes: a pool that stayed mapped shows
  EXPECT_LT(AddressSpace(), address_space + kSmallestSegment);
}

std::string SupervisorFolder() {
  DIR* folder = opendir("/proc/self/task");
  std::string found;
  while (const dirent* entry = readdir(folder)) {
    const std::string task = std::string("/proc/self/task/") + entry->d_name;
    std::ifstream name(task + "/comm");
    std::string text;
    std::getline(name, text);
    if (text == "billiard-pool") found = task;
  }
  closedir(folder);
  return found;
}

long VoluntarySwitches(const std::string& task) {
  std::ifstream status(task + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("voluntary_ctxt_switches:", 0) == 0) return atol(line.c_str() + 24);
  }
  return -1;
}

TEST_P(ForkTest, AnIdleSupervisorWakesAboutOnceASecond) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  EXPECT_EQ(Apply(pool.get(), "echo", "x"), "x");
  const std::string supervisor = SupervisorFolder();
  ASSERT_FALSE(supervisor.empty());
  const auto seconds = [] { return MonotonicNow() / kNanosPerSecond; };
  const long before = VoluntarySwitches(supervisor);
  const int64_t since = seconds();
  // Its own ticks are the clock: nothing is concluded from how long this takes.
  Await([&] {
    usleep(10'000);
    return VoluntarySwitches(supervisor) >= before + 3;
  });
  const int64_t passed = seconds() - since;
  EXPECT_GE(passed, 1) << "three wake-ups";
}

}  // namespace
}  // namespace billiard::pool
