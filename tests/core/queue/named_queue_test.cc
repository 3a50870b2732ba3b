#include "billiard_core/queue/named_queue.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();

std::string Take(Queue* queue, Deadline deadline = kNow) {
  Message message;
  const absl::Status status = queue->Get(deadline, nullptr, &message);
  return status.ok() ? std::string(message.bytes()) : "failed: " + status.ToString();
}

class NamedQueueTest : public ::testing::Test {
 protected:
  NamedQueueTest() : watchdog_(250) {
    static int count = 0;
    name_ = "test-" + std::to_string(getpid()) + "-" + std::to_string(++count);
    object_ = "/billiard-q-" + name_;
  }
  ~NamedQueueTest() override { shm_unlink(object_.c_str()); }

  std::unique_ptr<NamedQueue> Open(const QueueOptions& options = {.capacity = 10}) {
    auto queue = NamedQueue::Open(name_, options);
    EXPECT_TRUE(queue.ok()) << queue.status();
    return queue.ok() ? *std::move(queue) : nullptr;
  }
  Code CodeOfOpen() { return CodeOf(NamedQueue::Open(name_, {}).status()); }

  bool NameExists() {
    const int fd = shm_open(object_.c_str(), O_RDWR, 0);
    if (fd >= 0) close(fd);
    return fd >= 0;
  }
  // An object of ours under the name, for the test to fill.
  os::Fd MakeObject(mode_t mode = 0600) {
    os::Fd fd(shm_open(object_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    EXPECT_TRUE(fd.valid());
    EXPECT_EQ(fchmod(fd.get(), mode), 0);
    return fd;
  }

  Watchdog watchdog_;
  std::string name_;
  std::string object_;
};

TEST_F(NamedQueueTest, TwoHandlesAreOneQueueAndTheNameGoesWithTheLast) {
  auto first = Open();
  auto second = Open();
  ASSERT_TRUE(first->queue()->Put("hello", 0, kNow, nullptr).ok());
  EXPECT_EQ(Take(second->queue()), "hello");
  first.reset();
  EXPECT_TRUE(NameExists());
  second.reset();
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedQueueTest, UnrelatedProcessFindsTheMessages) {
  auto queue = Open();
  Child child([&] {
    auto own = NamedQueue::Open(name_, {});
    return own.ok() && (*own)->queue()->Put("from child", 0, kNow, nullptr).ok() ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Take(queue->queue()), "from child");
}

TEST_F(NamedQueueTest, ExistingQueueKeepsItsOwnCapacity) {
  auto first = Open({.capacity = 3});
  auto second = Open({.capacity = 30});
  EXPECT_EQ(second->queue()->capacity(), 3u);
}

TEST_F(NamedQueueTest, ObjectIsPrivateToItsUser) {
  const mode_t before = umask(0);
  auto queue = Open();
  umask(before);
  struct stat file;
  ASSERT_EQ(fstat(queue->queue()->segment().fd(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(NamedQueueTest, BadNamesAreInvalid) {
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string(201, 'x'), std::string("a\0b", 3)}) {
    EXPECT_EQ(CodeOf(NamedQueue::Open(name, {}).status()), Code::kInvalid) << name;
  }
  name_ = std::string(200, 'y');
  object_ = "/billiard-q-" + name_;
  EXPECT_NE(Open(), nullptr);
}

TEST_F(NamedQueueTest, WrongOptionsLeaveNothingBehind) {
  EXPECT_EQ(CodeOf(NamedQueue::Open(name_, {.capacity = kMaxCapacity + 1}).status()),
            Code::kInvalid);
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedQueueTest, WhatTheDeadLeftIsClearedAtTheNextOpen) {
  Child child([&] {
    auto queue = NamedQueue::Open(name_, {.capacity = 5});
    (*queue)->queue()->Put("stale", 0, kNow, nullptr).IgnoreError();
    queue->release();  // as a killed process: nothing is given back
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(NameExists());
  auto queue = Open({.capacity = 7});
  EXPECT_EQ(queue->queue()->Size(), 0u);
  EXPECT_EQ(queue->queue()->capacity(), 7u);
}

TEST_F(NamedQueueTest, MessagesOfTheDeadStayWhileSomebodyHasTheQueue) {
  auto queue = Open();
  Child child([&] {
    auto own = NamedQueue::Open(name_, {});
    (*own)->queue()->Put("left behind", 0, kNow, nullptr).IgnoreError();
    own->release();
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Take(Open()->queue()), "left behind");
}

// GAP-32, W-QUEUE-4, QUEUE-33: nothing is left to be flushed at its end, however it ends.
TEST_F(NamedQueueTest, WhatItsCreatorPutLastIsThereForWhoHasTheQueue) {
  const std::string data(300'000, 'x');
  for (const bool killed : {false, true}) {
    Shared<std::atomic<uint32_t>> step;
    Child creator([&] {
      auto made = Open();
      step->store(1);
      AwaitAtLeast(*step, 2);
      if (!made->queue()->Put(data, 0, kNow, nullptr).ok()) return 1;
      made.release();  // no release of its handle either
      if (killed) kill(getpid(), SIGKILL);
      return 0;
    });
    AwaitAtLeast(*step, 1);
    auto queue = Open();
    step->store(2);
    EXPECT_EQ(creator.Wait(), killed ? -SIGKILL : 0);
    EXPECT_TRUE(Take(queue->queue()) == data);
    EXPECT_EQ(queue->queue()->Size(), 0u);
  }
}

TEST_F(NamedQueueTest, UnfinishedObjectIsCleared) {
  MakeObject();  // its maker died before it wrote a byte
  EXPECT_NE(Open(), nullptr);
  EXPECT_FALSE(NameExists());

  os::Fd fd = MakeObject();  // its maker died before it was ready
  auto segment = shared_memory::Segment::CreateInFile(std::move(fd),
                                                      shared_memory::SegmentKind::kQueue, 1 << 20);
  ASSERT_TRUE(segment.ok());
  EXPECT_NE(Open(), nullptr);
}

TEST_F(NamedQueueTest, ForeignObjectIsCorruptAndStays) {
  const os::Fd fd = MakeObject();
  ASSERT_EQ(write(fd.get(), "hello", 5), 5);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  ASSERT_EQ(ftruncate(fd.get(), 1 << 20), 0);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  EXPECT_TRUE(NameExists());
}

TEST_F(NamedQueueTest, ObjectOfAnotherModeIsCorruptAndStays) {
  MakeObject(0666);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  EXPECT_TRUE(NameExists());
}

TEST_F(NamedQueueTest, TruncatedQueueIsCorrupt) {
  auto queue = Open();
  const int fd = queue->queue()->segment().fd();
  struct stat file;
  ASSERT_EQ(fstat(fd, &file), 0);
  ASSERT_EQ(ftruncate(fd, file.st_size - 4096), 0);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  ASSERT_EQ(ftruncate(fd, file.st_size), 0);
  EXPECT_EQ(CodeOfOpen(), Code::kOk);
}

TEST_F(NamedQueueTest, DamagedQueueNeitherCrashesNorHangsItsUsers) {
  constexpr int kRounds = 150;
  std::mt19937_64 random(3);
  for (int round = 0; round < kRounds; ++round) {
    auto queue = Open({.capacity = 20});
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(queue->queue()->Put(std::string(300 * i, 'x'), 0, kNow, nullptr).ok());
    }
    const uint64_t seed = random();
    Child child([&] {
      std::mt19937_64 dice(seed);
      // Words of the headers, the ring and the first extents' owners and tags; the participants are
      // left alone, so that the queue is not taken for a stale one.
      const shared_memory::Segment& segment = queue->queue()->segment();
      for (int i = 0; i < 8; ++i) {
        const uint64_t areas[] = {Layout::kQueueHeader, Layout::kHeapHeader,
                                  Layout::kHeapHeader + 4096, Layout::kRings, Layout::Blocks(20)};
        uint64_t* const word = segment.At<uint64_t>(areas[dice() % 5] + dice() % 128 * 8);
        const uint64_t values[] = {
            0, 1, dice(), dice() % 1000, *word + 1, *word ^ 1ull << dice() % 64};
        *word = values[dice() % 6];
      }
      auto own = NamedQueue::Open(name_, {});
      if (!own.ok()) return CodeOf(own.status()) == Code::kCorrupt ? 0 : 1;
      for (int i = 0; i < 30; ++i) {
        Message message;
        (*own)->queue()->Put("abc", 0, kNow, nullptr).IgnoreError();
        (*own)->queue()->Get(kNow, nullptr, &message).IgnoreError();
        (*own)->queue()->Size();
      }
      (*own)->queue()->Lost();
      (*own)->queue()->CloseAll();
      return 0;
    });
    EXPECT_EQ(child.Wait(), 0) << "seed " << seed;
    queue.reset();
    shm_unlink(object_.c_str());
  }
}

TEST_F(NamedQueueTest, OpenWaitsForWhoeverIsMakingTheQueue) {
  const os::Fd fd = MakeObject();
  ASSERT_EQ(flock(fd.get(), LOCK_EX), 0);
  Shared<std::atomic<uint32_t>> opening;
  Child child([&] {
    opening->store(1);
    return CodeOfOpen() == Code::kOk ? 0 : 1;
  });
  AwaitAtLeast(*opening, 1);
  testing::AwaitSleeping(child.pid());
  flock(fd.get(), LOCK_UN);
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(NamedQueueTest, ForkedChildThatUsesTheQueueKeepsItsName) {
  Shared<std::atomic<uint32_t>> step;
  auto queue = Open();
  Child child([&] {
    if (!queue->queue()->Put("child is here", 0, kNow, nullptr).ok()) return 1;
    step->store(1);
    AwaitAtLeast(*step, 2);
    queue.reset();
    return 0;
  });
  AwaitAtLeast(*step, 1);
  queue.reset();
  EXPECT_TRUE(NameExists());
  step->store(2);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedQueueTest, ReleaseInAForkedChildLeavesTheParentsQueue) {
  auto queue = Open();
  Child child([&] {
    queue.reset();
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(NameExists());
  EXPECT_TRUE(queue->queue()->Put("x", 0, kNow, nullptr).ok());
}

// Opens, uses and releases the queue again and again.
int ComeAndGo(const std::string& name, int rounds, std::atomic<uint32_t>* done) {
  for (int i = 0; i < rounds; ++i, done->fetch_add(1)) {
    auto queue = NamedQueue::Open(name, {.capacity = 1000});
    if (!queue.ok()) return 1;
    if (!(*queue)->queue()->Put("x", 0, kNow, nullptr).ok()) return 2;
    if (Take((*queue)->queue()) != "x") return 3;
  }
  return 0;
}

TEST_F(NamedQueueTest, ManyMayComeAndGoAtOnce) {
  Shared<std::atomic<uint32_t>> done;
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&] { return ComeAndGo(name_, 200, &*done); });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedQueueTest, BusyQueueIsNeverTakenForADamagedOne) {
  Shared<std::atomic<uint32_t>> done;
  auto queue = Open({.capacity = 1000});
  std::deque<Child> children;
  for (int i = 0; i < 2; ++i) {
    children.emplace_back([&] {
      for (;; done->fetch_add(1)) {
        if (!queue->queue()->Put("x", 0, kNow, nullptr).ok() || Take(queue->queue()) != "x") {
          return 1;
        }
      }
    });
  }
  AwaitAtLeast(*done, 10);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(CodeOfOpen(), Code::kOk);
  for (Child& child : children) {
    child.Kill();
    EXPECT_EQ(child.Wait(), -9);
  }
}

TEST_F(NamedQueueTest, KillsWhileManyComeAndGoSpoilNothing) {
  Shared<std::atomic<uint32_t>> done;
  std::mt19937 random(5);
  std::deque<Child> children;
  for (int kill = 0; kill < 150; ++kill) {
    while (children.size() < 3) {
      children.emplace_back([&] { return ComeAndGo(name_, 1 << 30, &*done); });
    }
    AwaitAtLeast(*done, done->load() + random() % 5 + 1);
    children.front().Kill();
    EXPECT_EQ(children.front().Wait(), -9);
    children.pop_front();
  }
  children.clear();
  Open();
  EXPECT_FALSE(NameExists());
}

}  // namespace
}  // namespace billiard::queue
