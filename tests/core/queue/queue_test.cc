#include "billiard_core/queue/queue.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::AwaitAtLeast;
using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class QueueTest : public ::testing::Test {
 protected:
  QueueTest() : watchdog_(250) { Make({}); }

  void Make(const QueueOptions& options) {
    auto queue = Queue::Create(options);
    ASSERT_TRUE(queue.ok()) << queue.status();
    queue_ = *std::move(queue);
  }

  Code Put(absl::string_view data, Deadline deadline = kNow, uint32_t format = 0) {
    return CodeOf(queue_->Put(data, format, deadline, nullptr));
  }
  // The message, or the name of the failure.
  std::string Get(Deadline deadline = kNow) {
    Message message;
    const absl::Status status = queue_->Get(deadline, nullptr, &message);
    if (!status.ok()) return "failed: " + std::to_string(static_cast<int>(CodeOf(status)));
    return std::string(message.bytes());
  }
  Code GetCode(Deadline deadline = kNow) {
    Message message;
    return CodeOf(queue_->Get(deadline, nullptr, &message));
  }

  Watchdog watchdog_;
  std::unique_ptr<Queue> queue_;
};

TEST_F(QueueTest, MessagesComeOutInTheOrderOfTheirPuts) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Put(std::to_string(i)), Code::kOk);
  EXPECT_EQ(queue_->Size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(Get(), std::to_string(i));
  EXPECT_EQ(queue_->Size(), 0u);
}

TEST_F(QueueTest, FormatTravelsWithTheMessage) {
  EXPECT_EQ(Put("x", kNow, 17), Code::kOk);
  Message message;
  ASSERT_TRUE(queue_->Get(kNow, nullptr, &message).ok());
  EXPECT_EQ(message.format(), 17u);
}

TEST_F(QueueTest, EmptyMessageIsAMessage) {
  EXPECT_EQ(Put(""), Code::kOk);
  EXPECT_EQ(queue_->Size(), 1u);
  EXPECT_EQ(Get(), "");
  EXPECT_EQ(GetCode(), Code::kEmpty);
}

TEST_F(QueueTest, MessagesOfAllSizesAreWhole) {
  for (size_t size : {1, 31, 32, 223, 224, 225, 4096, 65504, 65505, 1 << 20, 3'000'000}) {
    std::string data(size, '\0');
    for (size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 31 + size);
    ASSERT_EQ(Put(data), Code::kOk);
    EXPECT_TRUE(Get() == data) << size << " bytes";
  }
}

TEST_F(QueueTest, MessageOf64MegabytesIsWhole) {
  std::string data(64 << 20, 'x');
  data.front() = 'a';
  data.back() = 'z';
  ASSERT_EQ(Put(data), Code::kOk);
  EXPECT_TRUE(Get() == data);
}

TEST_F(QueueTest, CapacityIsExact) {
  for (uint64_t capacity : {1, 2, 3, 63, 64, 65, 1000}) {
    Make({.capacity = capacity});
    EXPECT_EQ(queue_->capacity(), capacity);
    for (int lap = 0; lap < 3; ++lap) {
      for (uint64_t i = 0; i < capacity; ++i) ASSERT_EQ(Put("x"), Code::kOk);
      EXPECT_EQ(Put("x"), Code::kFull);
      EXPECT_EQ(CodeOf(queue_->WaitPut(kNow, nullptr)), Code::kFull);
      EXPECT_EQ(queue_->Size(), capacity);
      EXPECT_EQ(Get(), "x");
      EXPECT_EQ(Put("x"), Code::kOk);
      EXPECT_EQ(Put("x"), Code::kFull);
      for (uint64_t i = 0; i < capacity; ++i) ASSERT_EQ(Get(), "x");
      EXPECT_EQ(GetCode(), Code::kEmpty);
    }
  }
}

TEST_F(QueueTest, LargeCapacityCanBeFilled) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "takes half a minute; no other thread takes part";
#endif
  constexpr uint64_t kMany = 1 << 20;
  Make({.capacity = kMany});
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_EQ(Put("x"), Code::kOk);
  EXPECT_EQ(Put("x"), Code::kFull);
  queue_->CloseAll();
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_EQ(GetCode(), Code::kOk);
  EXPECT_EQ(GetCode(), Code::kClosed);
}

TEST_F(QueueTest, WrongOptionsAreNamed) {
  const auto message = [](const QueueOptions& options) {
    return std::string(Queue::Create(options).status().message());
  };
  EXPECT_NE(message({.capacity = kMaxCapacity + 1}).find("capacity"), std::string::npos);
  EXPECT_NE(message({.max_message = UINT64_MAX}).find("max_message"), std::string::npos);
  EXPECT_NE(message({.max_bytes = UINT64_MAX}).find("max_bytes"), std::string::npos);
}

TEST_F(QueueTest, TooLargeMessageLeavesTheQueueAlone) {
  Make({.max_message = 100});
  EXPECT_EQ(Put(std::string(100, 'x')), Code::kOk);
  EXPECT_EQ(Put(std::string(101, 'x')), Code::kTooLarge);
  EXPECT_EQ(queue_->Size(), 1u);
}

TEST_F(QueueTest, UsedUpMemoryIsNoMemoryUntilSomethingIsTaken) {
  Make({.max_bytes = 1 << 20});
  int count = 0;
  Code code = Code::kOk;
  while ((code = Put(std::string(10'000, 'x'))) == Code::kOk) ++count;
  EXPECT_EQ(code, Code::kNoMem);
  EXPECT_GT(count, 20);
  EXPECT_EQ(queue_->Size(), static_cast<uint64_t>(count));
  EXPECT_EQ(GetCode(), Code::kOk);
  EXPECT_EQ(Put(std::string(10'000, 'x')), Code::kOk);
}

TEST_F(QueueTest, BlocksAreReusedWhileMessagesPassThrough) {
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(Put("x"), Code::kOk);
    ASSERT_EQ(GetCode(), Code::kOk);
  }
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTest, TimeoutEndsAWaitingGetAndPut) {
  Make({.capacity = 1});
  EXPECT_EQ(GetCode(Deadline::After(2'000'000)), Code::kEmpty);
  EXPECT_EQ(CodeOf(queue_->WaitGet(Deadline::After(2'000'000), nullptr)), Code::kEmpty);
  EXPECT_EQ(Put("x"), Code::kOk);
  EXPECT_EQ(Put("x", Deadline::After(2'000'000)), Code::kFull);
  EXPECT_EQ(CodeOf(queue_->WaitPut(Deadline::After(2'000'000), nullptr)), Code::kFull);
}

TEST_F(QueueTest, WaitOnlyTwinsTakeNothing) {
  EXPECT_TRUE(queue_->WaitPut(kForever, nullptr).ok());
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(Put("x"), Code::kOk);
  EXPECT_TRUE(queue_->WaitGet(kForever, nullptr).ok());
  EXPECT_TRUE(queue_->WaitGet(kForever, nullptr).ok());
  EXPECT_EQ(queue_->Size(), 1u);
}

TEST_F(QueueTest, RaisedTokenEndsOnlyWhatWouldWait) {
  Make({.capacity = 1});
  os::Interrupt interrupt;
  interrupt.Raise();
  Message message;
  EXPECT_EQ(CodeOf(queue_->Get(kForever, &interrupt, &message)), Code::kInterrupted);
  EXPECT_TRUE(queue_->Put("x", 0, kForever, &interrupt).ok());
  EXPECT_EQ(CodeOf(queue_->Put("y", 0, kForever, &interrupt)), Code::kInterrupted);
  EXPECT_TRUE(queue_->Get(kForever, &interrupt, &message).ok());
  EXPECT_EQ(message.bytes(), "x");
}

TEST_F(QueueTest, TokenRaisedDuringAWaitEndsIt) {
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  Message message;
  EXPECT_EQ(CodeOf(queue_->Get(kForever, &interrupt, &message)), Code::kInterrupted);
  raiser.join();
}

TEST_F(QueueTest, PutWakesAWaitingGetInAnotherProcess) {
  Child child([&] { return Get(kForever) == "hello" ? 0 : 1; });
  AwaitSleeping(child.pid());
  EXPECT_EQ(Put("hello"), Code::kOk);
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(QueueTest, GetWakesAWaitingPutInAnotherProcess) {
  Make({.capacity = 1});
  EXPECT_EQ(Put("first"), Code::kOk);
  Child child([&] { return Put("second", kForever) == Code::kOk ? 0 : 1; });
  AwaitSleeping(child.pid());
  EXPECT_EQ(Get(), "first");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Get(), "second");
}

TEST_F(QueueTest, PutIsDoneWhenItReturns) {
  const std::string data(10 << 20, 'x');
  Child child([&] { return Put(data) == Code::kOk ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(Get() == data);
}

// QUEUE-9, test_qsize of the reference
TEST_F(QueueTest, SizeFollowsEveryPutAndGet) {
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(Put("1"), Code::kOk);
  EXPECT_EQ(queue_->Size(), 1u);
  EXPECT_EQ(Put("5"), Code::kOk);
  EXPECT_EQ(queue_->Size(), 2u);
  EXPECT_EQ(Get(), "1");
  EXPECT_EQ(queue_->Size(), 1u);
  EXPECT_EQ(Get(), "5");
  EXPECT_EQ(queue_->Size(), 0u);
}

// QUEUE-17, QUEUE-18, test_fork of the reference
TEST_F(QueueTest, AForkBetweenPutsNeitherDoublesNorLosesAny) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(Put(std::to_string(i)), Code::kOk);
  Child child([&] {
    for (int i = 10; i < 20; ++i) {
      if (Put(std::to_string(i)) != Code::kOk) return 1;
    }
    return 0;
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Get(kForever), std::to_string(i));
  EXPECT_EQ(GetCode(), Code::kEmpty);
  EXPECT_EQ(child.Wait(), 0);
}

// TestStdinBadfiledescriptor.test_queue_in_process of the reference
TEST_F(QueueTest, AChildWithoutStandardInputHasAQueueWithItsOwnChild) {
  Child child([&] {
    close(STDIN_FILENO);
    Make({});  // its descriptor may be 0
    Child grandchild([&] { return Put("here") == Code::kOk ? 0 : 1; });
    if (Get(kForever) != "here") return 1;
    return grandchild.Wait();
  });
  EXPECT_EQ(child.Wait(), 0);
}

// QUEUE-36: a queue knows no readers, so their end is not an error.
TEST_F(QueueTest, WithoutReadersItTakesWhatThereIsRoomForAndKeepsIt) {
  Make({.capacity = 3});
  Child reader([&] { return GetCode(kForever) == Code::kOk ? 0 : 1; });
  AwaitSleeping(reader.pid());
  reader.Kill();
  reader.Wait();
  for (const char* data : {"1", "2", "3"}) EXPECT_EQ(Put(data), Code::kOk);
  EXPECT_EQ(Put("4", Deadline::After(2'000'000)), Code::kFull);
  Child other([&] {
    for (const char* data : {"1", "2", "3"}) {
      if (Get() != data) return 1;
    }
    return 0;
  });
  EXPECT_EQ(other.Wait(), 0);
}

// QUEUE-60, CONN-24: one writer and one reader that never wait.
TEST_F(QueueTest, EndsThatNeverWaitNeverSplitAMessage) {
  constexpr int kMessages = 300;
  constexpr size_t kBytes = 100'000;
  Make({.capacity = 2});
  EXPECT_EQ(GetCode(), Code::kEmpty);
  Shared<std::atomic<uint32_t>> full;
  Child writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      const std::string data(kBytes, static_cast<char>(i));
      for (Code code = Put(data); code != Code::kOk; code = Put(data)) {
        if (code != Code::kFull) return 1;
        full->store(1);
        sched_yield();
      }
    }
    return 0;
  });
  AwaitAtLeast(*full, 1);
  for (int i = 0; i < kMessages; ++i) {
    Message message;
    absl::Status status;
    while (CodeOf(status = queue_->Get(kNow, nullptr, &message)) == Code::kEmpty) sched_yield();
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(message.bytes(), std::string(kBytes, static_cast<char>(i))) << i;
  }
  EXPECT_EQ(GetCode(), Code::kEmpty);
  EXPECT_EQ(writer.Wait(), 0);
}

// G-QUEUE-9
TEST_F(QueueTest, ABlockedGetUsesNoCpu) {
  constexpr int64_t kWait = 300 * kNanosPerMilli;
  timespec used = {};
  EXPECT_EQ(GetCode(Deadline::After(kNanosPerMilli)), Code::kEmpty);  // everything was touched once
  const auto cpu = [&used] {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * kNanosPerSecond + used.tv_nsec;
  };
  const int64_t before = cpu();
  EXPECT_EQ(GetCode(Deadline::After(kWait)), Code::kEmpty);
  EXPECT_LT(cpu() - before, kWait / 10);
}

// G-QUEUE-9: it is woken, and does not find the message at the end of a slice of 100 ms. The median, since
// single ones depend on what else this machine does.
TEST_F(QueueTest, ABlockedGetIsWoken) {
  constexpr int kRounds = 31;
  std::vector<int64_t> delays;
  for (int round = 0; round < kRounds; ++round) {
    Shared<std::atomic<int64_t>> got_at;
    Child child([&] {
      const bool got = Get(kForever) == "x";
      got_at->store(MonotonicNow());
      return got ? 0 : 1;
    });
    AwaitSleeping(child.pid());
    const int64_t put_at = MonotonicNow();
    ASSERT_EQ(Put("x"), Code::kOk);
    ASSERT_EQ(child.Wait(), 0);
    delays.push_back(got_at->load() - put_at);
  }
  std::sort(delays.begin(), delays.end());
  EXPECT_LT(delays[kRounds / 2], 30 * kNanosPerMilli);
  RecordProperty("median_us", std::to_string(delays[kRounds / 2] / 1000));
}

TEST_F(QueueTest, CloseEndsThisHandlesCallsAndWaitsButNobodyElses) {
  Child other([&] { return Get(kForever) == "later" ? 0 : 1; });
  AwaitSleeping(other.pid());
  std::thread waiter([&] { EXPECT_EQ(GetCode(kForever), Code::kClosed); });
  queue_->Close();
  waiter.join();
  queue_->Close();
  EXPECT_EQ(Put("x"), Code::kClosed);
  EXPECT_EQ(GetCode(), Code::kClosed);
  EXPECT_EQ(CodeOf(queue_->WaitGet(kNow, nullptr)), Code::kClosed);
  EXPECT_EQ(CodeOf(queue_->WaitPut(kNow, nullptr)), Code::kClosed);
  EXPECT_EQ(queue_->Size(), 0u);
  Child open_again([&] { return Put("later") == Code::kOk ? 0 : 1; });  // QUEUE-17
  EXPECT_EQ(open_again.Wait(), 0);
  EXPECT_EQ(other.Wait(), 0);
}

TEST_F(QueueTest, CloseAllEndsPutsAtOnceAndGetsWhenEmpty) {
  EXPECT_EQ(Put("1"), Code::kOk);
  EXPECT_EQ(Put("2"), Code::kOk);
  queue_->CloseAll();
  queue_->CloseAll();
  EXPECT_EQ(Put("3"), Code::kClosed);
  EXPECT_EQ(CodeOf(queue_->WaitPut(kNow, nullptr)), Code::kClosed);
  EXPECT_EQ(queue_->Size(), 2u);
  EXPECT_EQ(Get(), "1");
  EXPECT_TRUE(queue_->WaitGet(kNow, nullptr).ok());
  EXPECT_EQ(Get(), "2");
  EXPECT_EQ(GetCode(kForever), Code::kClosed);
  EXPECT_EQ(CodeOf(queue_->WaitGet(kForever, nullptr)), Code::kClosed);
  EXPECT_EQ(queue_->Size(), 0u);
}

TEST_F(QueueTest, CloseAllOfANewAndOfAFullQueueWorks) {
  queue_->CloseAll();
  EXPECT_EQ(Put("x"), Code::kClosed);
  EXPECT_EQ(GetCode(), Code::kClosed);
  for (uint64_t capacity : {1, 63, 64}) {
    Make({.capacity = capacity});
    while (Put("x") == Code::kOk) {
    }
    queue_->CloseAll();
    EXPECT_EQ(Put("x"), Code::kClosed);
    EXPECT_EQ(queue_->Size(), capacity);
  }
}

TEST_F(QueueTest, CloseAllWakesWaitersInAllProcesses) {
  Make({.capacity = 1});
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&] { return GetCode(kForever) == Code::kClosed ? 0 : 1; });
  }
  for (Child& child : children) AwaitSleeping(child.pid());
  queue_->CloseAll();
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);

  Make({.capacity = 1});
  EXPECT_EQ(Put("x"), Code::kOk);
  Child putter([&] { return Put("y", kForever) == Code::kClosed ? 0 : 1; });
  AwaitSleeping(putter.pid());
  queue_->CloseAll();
  EXPECT_EQ(putter.Wait(), 0);
}

TEST_F(QueueTest, ParentAndChildAndGrandchildShareTheQueue) {
  EXPECT_EQ(Put("before"), Code::kOk);
  Child child([&] {
    if (Get() != "before") return 1;
    Child grandchild([&] { return Put("from grandchild") == Code::kOk ? 0 : 1; });
    if (grandchild.Wait() != 0) return 2;
    return Put("from child") == Code::kOk ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Get(), "from grandchild");
  EXPECT_EQ(Get(), "from child");
}

// As thousands of children leave it that put a message and end without a word.
TEST_F(QueueTest, TableFullOfTheDeadIsClearedByTheNextProcess) {
  using shared_memory::ParticipantEntry;
  using shared_memory::Participants;
  Child child([&] { return Put("x") == Code::kOk ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  const shared_memory::Segment& segment = queue_->segment();
  ASSERT_TRUE(segment.Commit(Layout::kParticipants, Participants::kBytes).ok());
  auto* entries = segment.At<ParticipantEntry>(Layout::kParticipants + Participants::kEntriesOffset,
                                               Participants::kMax);
  constexpr uint32_t kUsed = Participants::kMax - Participants::kReserved;
  for (uint32_t i = 1; i < kUsed; ++i) {
    entries[i].word.store(entries[0].word.load());
    entries[i].pid_namespace.store(entries[0].pid_namespace.load());
  }
  segment.At<std::atomic<uint32_t>>(Layout::kParticipants)->store(kUsed);
  EXPECT_EQ(Put("y"), Code::kOk);
  EXPECT_EQ(queue_->CountParticipants(), 1);
  Child next([&] { return Put("z") == Code::kOk ? 0 : 1; });
  EXPECT_EQ(next.Wait(), 0);
  for (const char* message : {"x", "y", "z"}) EXPECT_EQ(Get(), message);
}

TEST_F(QueueTest, ThreadsPutAndTakeEveryMessageOnce) {
  constexpr int kThreads = 3;
  constexpr int kEach = 5'000;
  Make({.capacity = 7});
  std::vector<std::atomic<int>> seen(kThreads * kEach);
  std::vector<std::thread> threads;
  for (int id = 0; id < kThreads; ++id) {
    threads.emplace_back([&, id] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_EQ(Put(std::to_string(id * kEach + i), kForever), Code::kOk);
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) seen[std::stoul(Get(kForever))].fetch_add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<int>& count : seen) ASSERT_EQ(count.load(), 1);
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTest, EachProducersOrderIsKeptForEveryConsumer) {
  constexpr int kProducers = 3;
  constexpr int kEach = 3'000;
  Make({.capacity = 50});
  std::vector<Child> producers;
  for (int id = 0; id < kProducers; ++id) {
    producers.emplace_back([&, id] {
      for (int i = 0; i < kEach; ++i) {
        if (Put(std::to_string(i * kProducers + id), kForever) != Code::kOk) return 1;
      }
      return 0;
    });
  }
  std::vector<int> next(kProducers, 0);
  for (int i = 0; i < kProducers * kEach; ++i) {
    const int number = std::stoi(Get(kForever));
    EXPECT_EQ(number / kProducers, next[number % kProducers]++);
  }
  for (Child& producer : producers) EXPECT_EQ(producer.Wait(), 0);
}

}  // namespace
}  // namespace billiard::queue
