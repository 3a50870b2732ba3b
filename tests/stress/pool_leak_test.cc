// Pools that come and go, and workers that are replaced over and over, leave nothing behind: descriptors,
// memory, shared memory and its names, and processes are as they were (users.md 12 and 13).
#include <dirent.h>
#include <malloc.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "billiard_core/os/memory_use.h"
#include "gtest/gtest.h"
#include "tests/core/pool/harness.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::pool {
namespace {

using testing::ChildrenOf;
using testing::OpenDescriptors;
using testing::Watchdog;

constexpr int kPools = testing::kLongStorm ? 1'000 : 40;
constexpr int kRecycled = testing::kLongStorm ? 10'000 : 300;
constexpr unsigned kPatienceSeconds = testing::kLongStorm ? 1500 : 200;
// A few pages that the allocator keeps are no leak; one page for each pool or worker is.
constexpr int64_t kKeptKib = 1024;

// The mappings of this process that are shared memory of the library.
size_t SharedMappings() {
  size_t count = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[512];
  while (maps != nullptr && fgets(line, sizeof line, maps) != nullptr) {
    if (strstr(line, "memfd:billiard") != nullptr) ++count;
  }
  if (maps != nullptr) fclose(maps);
  return count;
}

// Names in /dev/shm. Other tests make some and remove them, so only the long version, which runs alone, may
// look at all of them.
std::set<std::string> SharedNames() {
  std::set<std::string> names;
  DIR* folder = testing::kLongStorm ? opendir("/dev/shm") : nullptr;
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    names.insert(entry->d_name);
  }
  if (folder != nullptr) closedir(folder);
  return names;
}

struct Belongings {
  std::set<std::string> names = SharedNames();
  std::set<int> descriptors = OpenDescriptors("self");
  size_t mappings = SharedMappings();
  size_t children = ChildrenOf(getpid()).size();
  int64_t memory_kib = 0;

  Belongings() {
    malloc_trim(0);
    memory_kib = os::AnonymousMemoryKib(0);
  }
};

// Sanitizers keep what was freed, to find who uses it.
void ExpectLittleMore(int64_t before_kib, int64_t after_kib) {
  if (!testing::kSanitized) {
    EXPECT_LT(after_kib, before_kib + kKeptKib);
  }
}

void ExpectSame(const Belongings& before, const Belongings& after) {
  EXPECT_EQ(after.descriptors, before.descriptors);
  EXPECT_EQ(after.mappings, before.mappings);
  EXPECT_EQ(after.children, before.children);
  EXPECT_EQ(after.names, before.names);
  ExpectLittleMore(before.memory_kib, after.memory_kib);
}

class PoolLeakTest : public ::testing::TestWithParam<Start> {
 protected:
  void OnePool() const {
    const std::unique_ptr<Pool> pool = MakePool(GetParam(), 2);
    EXPECT_EQ(Apply(pool.get(), "echo", "here"), "here");
    ASSERT_TRUE(pool->Close().ok());
    ASSERT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  }

 private:
  Watchdog watchdog_{kPatienceSeconds};
};

TEST_P(PoolLeakTest, PoolsThatCameAndWentLeaveNothing) {
  for (int i = 0; i < 5; ++i) OnePool();  // what is made once and kept is there now
  const Belongings before;
  for (int i = 0; i < kPools; ++i) OnePool();
  ExpectSame(before, Belongings());
}

TEST_P(PoolLeakTest, RecycledWorkersLeaveNothingInTheirHost) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.max_jobs_per_worker = 1;
  const std::unique_ptr<Pool> pool = MakePool(std::move(options));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(Apply(pool.get(), "echo", "here"), "here");
  // A worker that is being replaced has two descriptors or none, so both have to be there for the count.
  const auto count = [&] {
    AwaitReady(pool.get());
    Await([&] { return pool->Stats()->ready == 2; });
    return Belongings();
  };
  const Belongings before = count();
  for (int i = 0; i < kRecycled; ++i) ASSERT_EQ(Apply(pool.get(), "echo", "here"), "here");
  const Belongings after = count();
  EXPECT_EQ(after.descriptors.size(), before.descriptors.size());
  EXPECT_EQ(after.mappings, before.mappings);
  EXPECT_EQ(after.children, before.children);
  EXPECT_EQ(after.names, before.names);
  ExpectLittleMore(before.memory_kib, after.memory_kib);
  const PoolStats stats = *pool->Stats();
  EXPECT_EQ(stats.lost, 0u);
  EXPECT_GE(stats.restarts_by[static_cast<size_t>(RestartReason::kRecycled)],
            static_cast<uint64_t>(kRecycled));
  EXPECT_EQ(stats.restarts_by[static_cast<size_t>(RestartReason::kLost)], 0u);
}

INSTANTIATE_TEST_SUITE_P(Starts, PoolLeakTest, ::testing::Values(Start::kFork, Start::kSpawn),
                         [](const auto& start) { return StartName(start.param); });

}  // namespace
}  // namespace billiard::pool
