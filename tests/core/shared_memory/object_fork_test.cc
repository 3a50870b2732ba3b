// Objects in forked children, of any kind of fork.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

// A fork that libc does not know of: no handler runs.
pid_t RawFork() { return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, 0, 0, 0)); }

int ExitStatusOf(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ObjectForkTest : public ::testing::Test {
 protected:
  uint32_t Holders(const ObjectName& name) {
    return arena_->references()->CountHolders(name.granule);
  }

  Watchdog watchdog_{120};
  std::shared_ptr<Arena> arena_ = MakeArena();
  Shared<std::atomic<uint32_t>> stage_;
};

TEST_F(ObjectForkTest, ChildHasAReferenceFromItsBeginning) {
  auto object = std::make_unique<Object>(MakeObject(arena_));
  const ObjectName name = object->name();
  Child child([&] {
    AwaitAtLeast(*stage_, 1);  // it has not touched the object
    return 0;
  });
  EXPECT_EQ(Holders(name), 2u);  // fork() returned when it had it
  stage_->store(1);
  EXPECT_EQ(child.Wait(), 0);
  arena_->Recover();
  EXPECT_EQ(Holders(name), 1u);
}

TEST_F(ObjectForkTest, ParentReleasesFirstAndTheChildGoesOn) {  // W-SHM-3, SHM-44
  auto object = std::make_unique<Object>(MakeObject(arena_, 1000));
  Paint(*object, 1);
  Child child([&] {
    AwaitAtLeast(*stage_, 1);
    if (!object->Usable().ok() || !IsPainted(*object, 1)) return 1;
    Paint(*object, 2);
    stage_->store(2);
    AwaitAtLeast(*stage_, 3);
    return IsPainted(*object, 2) ? 0 : 2;
  });
  object.reset();
  stage_->store(1);
  AwaitAtLeast(*stage_, 2);
  for (int i = 0; i < 100; ++i) Paint(MakeObject(arena_, 1000), 99);
  stage_->store(3);
  EXPECT_EQ(child.Wait(), 0);
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectForkTest, AParentThatEndsAtOnceLeavesTheChildItsObjects) {
  Child parent([&] {
    auto object = std::make_unique<Object>(MakeObject(arena_, 1000));
    Paint(*object, 5);
    const pid_t pid = fork();
    if (pid > 0) return 0;
    alarm(60);
    AwaitAtLeast(*stage_, 1);
    stage_->store(object->Usable().ok() && IsPainted(*object, 5) ? 2 : 3);
    _exit(0);
  });
  EXPECT_EQ(parent.Wait(), 0);
  arena_->Recover();
  EXPECT_EQ(arena_->Stats().objects, 1u);
  stage_->store(1);
  AwaitAtLeast(*stage_, 2);
  EXPECT_EQ(stage_->load(), 2u);
  while (arena_->participants()->CountLiving() > 1) sched_yield();
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectForkTest, ReleasingInTheChildLeavesTheParents) {
  auto object = std::make_unique<Object>(MakeObject(arena_));
  const ObjectName name = object->name();
  Child child([&] {
    object.reset();
    return Holders(name) == 1 ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Holders(name), 1u);
  EXPECT_TRUE(object->Usable().ok());
}

TEST_F(ObjectForkTest, GrandchildrenHaveTheirOwn) {
  auto object = std::make_unique<Object>(MakeObject(arena_, 800));
  Paint(*object, 1);
  Child child([&] {
    Child grandchild([&] {
      AwaitAtLeast(*stage_, 1);
      return object->Usable().ok() && IsPainted(*object, 1) ? 0 : 1;
    });
    object.reset();
    stage_->store(1);
    return grandchild.Wait();
  });
  object.reset();
  EXPECT_EQ(child.Wait(), 0);
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectForkTest, ARawCloneTakesItsReferenceAtItsFirstUse) {
  auto object = std::make_unique<Object>(MakeObject(arena_, 1000));
  Paint(*object, 1);
  const pid_t pid = RawFork();
  if (pid == 0) {
    alarm(60);
    if (!object->Usable().ok()) _exit(1);
    stage_->store(1);
    AwaitAtLeast(*stage_, 2);
    _exit(object->Usable().ok() && IsPainted(*object, 1) ? 0 : 2);
  }
  AwaitAtLeast(*stage_, 1);
  EXPECT_EQ(Holders(object->name()), 2u);
  object.reset();
  stage_->store(2);
  EXPECT_EQ(ExitStatusOf(pid), 0);
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectForkTest, ARawCloneThatComesTooLateIsTold) {
  auto object = std::make_unique<Object>(MakeObject(arena_, 1000));
  const pid_t pid = RawFork();
  if (pid == 0) {
    alarm(60);
    AwaitAtLeast(*stage_, 1);
    if (CodeOf(object->Usable()) != Code::kState) _exit(1);
    object.reset();  // gives nothing back
    _exit(0);
  }
  object.reset();
  const Object next = MakeObject(arena_, 1000);  // lies where the old one was
  stage_->store(1);
  EXPECT_EQ(ExitStatusOf(pid), 0);
  ExpectNothingIsLeft(arena_.get(), 1);
}

TEST_F(ObjectForkTest, ARawCloneMakesAndReleasesAmongInheritedObjects) {
  std::vector<std::unique_ptr<Object>> objects;
  for (int i = 0; i < 10; ++i) objects.push_back(std::make_unique<Object>(MakeObject(arena_)));
  const pid_t pid = RawFork();
  if (pid == 0) {
    alarm(60);
    std::vector<Object> own;
    for (int i = 0; i < 10; ++i) own.push_back(MakeObject(arena_));
    objects[3].reset();
    if (!objects[4]->Usable().ok()) _exit(1);
    objects[4].reset();
    if (!objects[5]->Usable().ok()) _exit(2);
    const pid_t child = fork();  // libc's: it walks the list of what this process has used
    if (child == 0) _exit(Holders(objects[5]->name()) == 3 ? 0 : 3);
    _exit(ExitStatusOf(child));
  }
  EXPECT_EQ(ExitStatusOf(pid), 0);
  arena_->Recover();
  for (const auto& object : objects) EXPECT_EQ(Holders(object->name()), 1u);
  objects.clear();
  ExpectNothingIsLeft(arena_.get());
}

// Forks while other threads are anywhere inside the arena. The children use what they inherited and make
// objects of their own.
class ForkAmongThreadsTest : public ObjectForkTest {
 protected:
  template <typename Fork>
  void Run(Fork fork_once, int forks) {
    auto kept = std::make_unique<Object>(MakeObject(arena_, 512));
    Paint(*kept, 11);
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        while (!stop) {
          Object own = MakeObject(arena_);
          auto other = Object::Attach(arena_, kept->name(), ObjectKind::kMemory);
        }
      });
    }
    for (int i = 0; i < forks; ++i) {
      const pid_t pid = fork_once();
      if (pid == 0) {
        alarm(60);
        if (!kept->Usable().ok() || !IsPainted(*kept, 11)) _exit(1);
        for (int k = 0; k < 5; ++k) {
          auto own = Object::Attach(arena_, kept->name(), ObjectKind::kMemory);
          if (!own.ok() || !IsPainted(*own, 11)) _exit(2);
        }
        kept.reset();
        _exit(0);
      }
      ASSERT_EQ(ExitStatusOf(pid), 0);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(IsPainted(*kept, 11));
    kept.reset();
    ExpectNothingIsLeft(arena_.get());
  }
};

TEST_F(ForkAmongThreadsTest, OfLibc) { Run(fork, kSanitized ? 30 : 300); }

// malloc is of no use in such a child: it may have been copied locked.
TEST_F(ForkAmongThreadsTest, RawCloneUsesWhatItInherited) {
  if (kSanitized)
    GTEST_SKIP() << "the sanitizer's own locks do not survive a raw clone with threads";
  auto kept = std::make_unique<Object>(MakeObject(arena_, 512));
  Paint(*kept, 11);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) MakeObject(arena_);
    });
  }
  for (int i = 0; i < 300; ++i) {
    const pid_t pid = RawFork();
    if (pid == 0) {
      alarm(60);
      _exit(kept->Usable().ok() && IsPainted(*kept, 11) && Holders(kept->name()) >= 2 ? 0 : 1);
    }
    ASSERT_EQ(ExitStatusOf(pid), 0);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  kept.reset();
  ExpectNothingIsLeft(arena_.get());
}

}  // namespace
}  // namespace billiard::shared_memory
