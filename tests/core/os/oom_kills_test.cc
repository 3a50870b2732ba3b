#include "billiard_core/os/oom_kills.h"

#include "gtest/gtest.h"
#include "tests/support/fake_system.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

class OomKillsTest : public ::testing::Test {
 protected:
  testing::Watchdog watchdog_{30};
  testing::FakeSystem system_;
};

TEST_F(OomKillsTest, TheGroupsCounterIsFound) {
  system_.Write("/proc/self/cgroup", "0::/jobs/one\n");
  system_.Write("/sys/fs/cgroup/jobs/one/memory.events", "low 0\nhigh 7\noom 3\noom_kill 2\n");
  system_.Write("/proc/vmstat", "oom_kill 99\n");
  const OomKills kills(system_.root());
  EXPECT_EQ(kills.Count(), 2);
  system_.Write("/sys/fs/cgroup/jobs/one/memory.events", "oom 4\noom_kill 3\noom_group_kill 1\n");
  EXPECT_EQ(kills.Count(), 3);
}

TEST_F(OomKillsTest, AlsoOfTheFirstVersion) {
  system_.Write("/proc/self/cgroup", "5:cpu,memory:/jobs\n3:memory_like:/x\n0::/\n");
  system_.Write("/sys/fs/cgroup/memory/jobs/memory.oom_control",
                "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
  EXPECT_EQ(OomKills(system_.root()).Count(), 5);
}

// A container sees the path that its group has outside, and only its own files.
TEST_F(OomKillsTest, AlsoInAContainerOfTheFirstVersion) {
  system_.Write("/proc/self/cgroup", "4:memory:/docker/0123\n");
  system_.Write("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill 6\n");
  EXPECT_EQ(OomKills(system_.root()).Count(), 6);
}

TEST_F(OomKillsTest, WithoutAGroupItIsTheSystems) {
  system_.Write("/proc/self/cgroup", "0::/\n");
  system_.Write("/proc/vmstat", "nr_free_pages 5\noom_kill 8\n");
  EXPECT_EQ(OomKills(system_.root()).Count(), 8);
}

TEST_F(OomKillsTest, NoneIsCountedWhereNothingTells) {
  system_.Write("/proc/self/cgroup", "no line of this kind\n::\n0::/none\n");
  system_.Write("/proc/vmstat", "oom_kill many\n");
  EXPECT_EQ(OomKills(system_.root()).Count(), 0);
}

TEST_F(OomKillsTest, OfThisSystemItIsANumber) { EXPECT_GE(OomKills().Count(), 0); }

}  // namespace
}  // namespace billiard::os
