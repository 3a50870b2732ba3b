// Processes that die at each step of making, attaching to and releasing an object, or of opening a name.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/child/child.h"
#include "tests/support/fault/faulty_child.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::Child;
using testing::ChildStoppingAt;
using testing::DiesAt;
using testing::Watchdog;

class ObjectFaultTest : public ::testing::TestWithParam<const char*> {
 protected:
  ObjectFaultTest() { Paint(kept_, 5); }

  void ExpectAllIsWell() {
    ExpectNothingIsLeft(arena_.get(), 1);
    EXPECT_TRUE(IsPainted(kept_, 5));
    EXPECT_EQ(arena_->references()->CountHolders(kept_.name().granule), 1u);
    MakeObject(arena_, 1000);
    ExpectNothingIsLeft(arena_.get(), 1);
  }

  // Reaches all points. The arena is empty but for the one object, which the fork has referred to already.
  void LiveALife() {
    const Object own = MakeObject(arena_, 1000);
    auto other = Object::Attach(arena_, kept_.name(), ObjectKind::kMemory);
  }

  Watchdog watchdog_{120};
  std::shared_ptr<Arena> arena_ = MakeArena();
  Object kept_ = MakeObject(arena_, 100);
};

TEST_P(ObjectFaultTest, DeathThereLeavesNothing) {
  ASSERT_TRUE(DiesAt(GetParam(), [&] { LiveALife(); }));
  ExpectAllIsWell();
}

TEST_P(ObjectFaultTest, AStopThereHoldsUpNobody) {
  Child child = ChildStoppingAt(GetParam(), [&] { LiveALife(); });
  ASSERT_EQ(child.AwaitStop(), SIGSTOP);
  for (int i = 0; i < 100; ++i) LiveALife();
  EXPECT_EQ(arena_->Recover(), 0);
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  ExpectAllIsWell();
}

INSTANTIATE_TEST_SUITE_P(Points, ObjectFaultTest,
                         ::testing::Values("object_allocated", "object_initialised",
                                           "object_counted", "object_published", "object_attached",
                                           "reference_claimed", "reference_noted", "reference_told",
                                           "reference_dropping", "reference_drop_noted",
                                           "reference_reclaimed", "reference_dropped"),
                         [](const auto& point) { return std::string(point.param); });

class NameFaultTest : public ::testing::TestWithParam<const char*> {
 protected:
  ~NameFaultTest() override { shm_unlink(file_.c_str()); }

  absl::StatusOr<Object> Open() {
    return Object::Open(
        name_, ObjectKind::kValue, 64,
        [](Arena*, std::byte* data) {
          *reinterpret_cast<uint64_t*>(data) = 42;
          return absl::OkStatus();
        },
        nullptr);
  }
  bool NameExists() {
    const os::Fd fd(shm_open(file_.c_str(), O_RDWR, 0));
    return fd.valid();
  }

  Watchdog watchdog_{60};
  const std::string name_ = "fault-" + std::to_string(getpid());
  const std::string file_ = "/billiard-v-" + name_;
};

TEST_P(NameFaultTest, DeathThereOfTheOnlyOneIsMadeGood) {
  ASSERT_TRUE(DiesAt(GetParam(), [&] {
    auto object = Open();
    if (object.ok()) *object->As<uint64_t>() = 43;
  }));
  {
    auto object = Open();
    ASSERT_TRUE(object.ok()) << object.status();
    EXPECT_EQ(*object->As<uint64_t>(), 42u);
    EXPECT_EQ(object->arena()->participants()->CountLiving(), 1);
  }
  EXPECT_FALSE(NameExists());
}

TEST_P(NameFaultTest, DeathThereOfAnotherChangesNothing) {
  auto object = Open();
  ASSERT_TRUE(object.ok());
  *object->As<uint64_t>() = 44;
  ASSERT_TRUE(DiesAt(GetParam(), [&] { Open().IgnoreError(); }));
  auto again = Open();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again->As<uint64_t>(), 44u);
  EXPECT_TRUE(NameExists());
}

INSTANTIATE_TEST_SUITE_P(Points, NameFaultTest,
                         ::testing::Values("named_segment_opened", "named_segment_ready",
                                           "named_segment_joined", "named_segment_left"),
                         [](const auto& point) { return std::string(point.param); });

}  // namespace
}  // namespace billiard::shared_memory
