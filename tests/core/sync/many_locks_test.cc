// G-SYNC-8: primitives are memory and nothing else.
#include <dirent.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/object_kind.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/lock.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using shared_memory::Arena;
using shared_memory::Object;
using shared_memory::ObjectKind;
using shared_memory::ObjectName;
using testing::AwaitAtLeast;
using testing::Child;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr uint64_t kBytes = 64;
static_assert(sizeof(Lock::State) <= kBytes);

int OpenFiles() {
  DIR* const directory = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

TEST(ManyLocksTest, AMillionInOneSegment) {
  Watchdog watchdog(250);
  constexpr size_t kLocks = kSanitized ? 50'000 : 1'000'000;
  const std::shared_ptr<Arena> arena = *Arena::Create({.max_bytes = uint64_t{256} << 20});
  ASSERT_TRUE(arena->Self().ok());
  const Context context = {arena->participants()};
  constexpr size_t kOfChild = 1000;
  struct Names {
    std::atomic<uint32_t> ready;
    uint64_t ids[kOfChild];
  };
  Shared<Names> names;
  Child child([&] {  // forked now, so that it has no reference to all of them
    AwaitAtLeast(names->ready, 1);
    for (const uint64_t id : names->ids) {
      const absl::StatusOr<Object> object =
          Object::Attach(arena, ObjectName::FromId(id), ObjectKind::kLock);
      if (!object.ok()) return 1;
      Lock lock(context, object->As<Lock::State>());
      if (lock.Acquire(kNow).ok()) return 2;
      if (!lock.Release().ok() || !lock.Acquire(kNow).ok() || !lock.Release().ok()) return 3;
    }
    return 0;
  });
  const int files = OpenFiles();
  std::vector<Object> objects;
  objects.reserve(kLocks);
  for (size_t i = 0; i < kLocks; ++i) {
    absl::StatusOr<Object> object = Object::Make(arena, ObjectKind::kLock, kBytes, nullptr);
    ASSERT_TRUE(object.ok()) << i << ": " << object.status();
    objects.push_back(*std::move(object));
  }
  EXPECT_EQ(OpenFiles(), files);
  EXPECT_EQ(arena->Stats().objects, kLocks);
  EXPECT_EQ(arena->Stats().bytes_in_use, kLocks * kBytes);
  // Each is a lock of its own: all are held at once, and another process finds them so.
  for (const Object& object : objects) {
    ASSERT_TRUE(Lock(context, object.As<Lock::State>()).Acquire(kNow).ok());
  }
  for (size_t i = 0; i < kOfChild; ++i) {
    names->ids[i] = objects[i * (kLocks / kOfChild)].name().ToId();
  }
  names->ready.store(1);
  EXPECT_EQ(child.Wait(), 0);
  size_t held = 0;
  for (const Object& object : objects) {
    Lock lock(context, object.As<Lock::State>());
    if (lock.Holder() == shared_memory::kNobody) continue;
    ++held;
    ASSERT_TRUE(lock.Release().ok());
  }
  EXPECT_EQ(held, kLocks - kOfChild);
  objects.clear();
  EXPECT_EQ(arena->Stats().objects, 0u);
}

}  // namespace
}  // namespace billiard::sync
