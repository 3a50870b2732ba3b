// Batches, messages written and read in place, redelivery, joinable queues: what they promise while
// nobody dies, and after an orderly death.
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

class QueueTakeTest : public ::testing::Test {
 protected:
  QueueTakeTest() : watchdog_(250) { Make({}); }

  void Make(const QueueOptions& options) {
    auto queue = Queue::Create(options);
    ASSERT_TRUE(queue.ok()) << queue.status();
    queue_ = *std::move(queue);
  }
  void MakeAtLeastOnce() { Make({.delivery = Delivery::kAtLeastOnce}); }
  void MakeJoinable(Delivery delivery = Delivery::kAtMostOnce) {
    Make({.delivery = delivery, .joinable = true});
  }

  Code Put(absl::string_view data) { return CodeOf(queue_->Put(data, 0, kNow, nullptr)); }
  std::string Get(Deadline deadline = kNow) {
    Message message;
    const absl::Status status = queue_->Get(deadline, nullptr, &message);
    if (!status.ok()) return "failed: " + std::to_string(static_cast<int>(CodeOf(status)));
    return std::string(message.bytes());
  }
  Taken Take() {
    Taken taken;
    EXPECT_TRUE(queue_->Take(kNow, nullptr, &taken).ok());
    return taken;
  }
  static std::string Text(const Taken& taken) {
    return std::string(reinterpret_cast<const char*>(taken.data), taken.size);
  }
  // A child that takes `count` messages with `take` and is killed while it holds them.
  void DieWith(int count, const std::function<void(Queue*)>& take) {
    Shared<std::atomic<uint32_t>> taken;
    Child child([&] {
      for (int i = 0; i < count; ++i) take(queue_.get());
      taken->store(1);
      for (;;) pause();
      return 0;
    });
    testing::AwaitAtLeast(*taken, 1);
    child.Kill();
    EXPECT_EQ(child.Wait(), -9);
  }
  static void TakeInPlace(Queue* queue) {
    Taken taken;
    if (!queue->Take(kForever, nullptr, &taken).ok()) _exit(1);
  }
  static void GetCopy(Queue* queue) {
    Message message;
    if (!queue->Get(kForever, nullptr, &message).ok()) _exit(1);
  }
  Code TaskDone() { return CodeOf(queue_->TaskDone()); }
  Code AwaitFinished(Deadline deadline = kNow) {
    return CodeOf(queue_->AwaitFinished(deadline, nullptr));
  }

  Watchdog watchdog_;
  std::unique_ptr<Queue> queue_;
};

// ---- batches ----

TEST_F(QueueTakeTest, BatchGoesInAndComesOutInOrder) {
  const std::vector<Outgoing> batch = {{"a", 1}, {"", 2}, {"ccc", 3}};
  size_t done = 0;
  ASSERT_TRUE(queue_->PutBatch(batch.data(), batch.size(), kNow, nullptr, &done).ok());
  EXPECT_EQ(done, 3u);
  ASSERT_EQ(Put("d"), Code::kOk);
  std::vector<std::string> got;
  std::vector<uint32_t> formats;
  const auto deliver = [&](Message* message) {
    got.emplace_back(message->bytes());
    formats.push_back(message->format());
  };
  ASSERT_TRUE(queue_->GetBatch(3, kNow, nullptr, deliver).ok());
  EXPECT_EQ(got, (std::vector<std::string>{"a", "", "ccc"}));
  EXPECT_EQ(formats, (std::vector<uint32_t>{1, 2, 3}));
  EXPECT_EQ(queue_->Size(), 1u);
  ASSERT_TRUE(queue_->GetBatch(100, kNow, nullptr, deliver).ok());
  EXPECT_EQ(got.size(), 4u);
  EXPECT_EQ(CodeOf(queue_->GetBatch(1, kNow, nullptr, deliver)), Code::kEmpty);
}

TEST_F(QueueTakeTest, BatchThatDoesNotFitSaysHowMuchIsIn) {
  Make({.capacity = 2, .max_message = 10});
  const std::vector<Outgoing> batch = {{"a", 0}, {"b", 0}, {"c", 0}};
  size_t done = 9;
  EXPECT_EQ(CodeOf(queue_->PutBatch(batch.data(), 3, kNow, nullptr, &done)), Code::kFull);
  EXPECT_EQ(done, 2u);
  EXPECT_EQ(Get(), "a");
  EXPECT_EQ(Get(), "b");
  const std::string large(11, 'x');
  const std::vector<Outgoing> wrong = {{"a", 0}, {large, 0}};
  EXPECT_EQ(CodeOf(queue_->PutBatch(wrong.data(), 2, kNow, nullptr, &done)), Code::kTooLarge);
  EXPECT_EQ(done, 0u);
  EXPECT_EQ(queue_->Size(), 0u);
}

TEST_F(QueueTakeTest, BatchLargerThanTheQueuePassesThrough) {
  Make({.capacity = 3});
  constexpr size_t kCount = 1000;
  Child producer([&] {
    const std::vector<Outgoing> batch(kCount, Outgoing{"x", 0});
    size_t done = 0;
    return queue_->PutBatch(batch.data(), kCount, kForever, nullptr, &done).ok() && done == kCount
               ? 0
               : 1;
  });
  size_t got = 0;
  while (got < kCount) {
    ASSERT_TRUE(queue_->GetBatch(7, kForever, nullptr, [&](Message*) { ++got; }).ok());
  }
  EXPECT_EQ(producer.Wait(), 0);
  EXPECT_EQ(queue_->Size(), 0u);
}

TEST_F(QueueTakeTest, BatchWakesAllWhoWaitForIt) {
  std::vector<std::unique_ptr<Child>> takers;
  for (int i = 0; i < 3; ++i) {
    takers.push_back(std::make_unique<Child>([&] { return Get(kForever) == "x" ? 0 : 1; }));
    AwaitSleeping(takers.back()->pid());
  }
  const std::vector<Outgoing> batch(3, Outgoing{"x", 0});
  size_t done = 0;
  ASSERT_TRUE(queue_->PutBatch(batch.data(), 3, kNow, nullptr, &done).ok());
  for (auto& taker : takers) EXPECT_EQ(taker->Wait(), 0);
}

// ---- written in place ----

TEST_F(QueueTakeTest, ReservedMemoryBecomesAMessageWhenCommitted) {
  auto reserved = queue_->Reserve(100);
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(reserved->data) % 16, 0u);
  EXPECT_EQ(queue_->Size(), 0u);
  memcpy(reserved->data, "in place", 8);
  ASSERT_TRUE(queue_->Commit(*reserved, 8, 5, kNow, nullptr).ok());
  Message message;
  ASSERT_TRUE(queue_->Get(kNow, nullptr, &message).ok());
  EXPECT_EQ(message.bytes(), "in place");
  EXPECT_EQ(message.format(), 5u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, CommitToAFullQueueCanBeRepeatedOrCancelled) {
  Make({.capacity = 1});
  ASSERT_EQ(Put("first"), Code::kOk);
  auto reserved = queue_->Reserve(3);
  ASSERT_TRUE(reserved.ok());
  memcpy(reserved->data, "abc", 3);
  EXPECT_EQ(CodeOf(queue_->Commit(*reserved, 3, 0, kNow, nullptr)), Code::kFull);
  EXPECT_EQ(Get(), "first");
  EXPECT_TRUE(queue_->Commit(*reserved, 3, 0, kNow, nullptr).ok());
  EXPECT_EQ(Get(), "abc");
  auto other = queue_->Reserve(3);
  ASSERT_TRUE(other.ok());
  queue_->Cancel(*other);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, ReservationsAndTakenMessagesStayWithTheirProcess) {
  ASSERT_EQ(Put("x"), Code::kOk);
  const Taken taken = Take();
  auto reserved = queue_->Reserve(3);
  ASSERT_TRUE(reserved.ok());
  Child child([&] {
    const bool refused = CodeOf(queue_->Acknowledge(taken)) == Code::kForked &&
                         CodeOf(queue_->GiveBack(taken)) == Code::kForked &&
                         CodeOf(queue_->Commit(*reserved, 3, 0, kNow, nullptr)) == Code::kForked;
    queue_->Cancel(*reserved);
    return refused ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(queue_->heap().CountInUse(), 2u);
  EXPECT_TRUE(queue_->Commit(*reserved, 3, 0, kNow, nullptr).ok());
  EXPECT_TRUE(queue_->Acknowledge(taken).ok());
}

TEST_F(QueueTakeTest, ReservationOfTheDeadIsFreed) {
  Child child([&] { return queue_->Reserve(1000).ok() ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(queue_->heap().CountInUse(), 1u);
  queue_->Recover();
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

// ---- read in place ----

TEST_F(QueueTakeTest, TakenMessageIsReadInPlaceAndFreedByItsAcknowledgement) {
  const std::string data(5000, 'x');
  ASSERT_TRUE(queue_->Put(data, 7, kNow, nullptr).ok());
  const Taken taken = Take();
  EXPECT_EQ(Text(taken), data);
  EXPECT_EQ(taken.format, 7u);
  EXPECT_EQ(taken.deliveries, 0u);
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 1u);
  EXPECT_TRUE(queue_->Acknowledge(taken).ok());
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, MessageThatWasGivenBackComesOutFirstAndSaysSo) {
  for (const char* data : {"1", "2", "3"}) ASSERT_EQ(Put(data), Code::kOk);
  const Taken first = Take();
  const Taken second = Take();
  EXPECT_TRUE(queue_->GiveBack(second).ok());
  EXPECT_TRUE(queue_->GiveBack(first).ok());
  EXPECT_EQ(queue_->Size(), 3u);
  Taken again = Take();
  EXPECT_EQ(Text(again), "1");
  EXPECT_EQ(again.deliveries, 1u);
  EXPECT_TRUE(queue_->GiveBack(again).ok());
  again = Take();
  EXPECT_EQ(Text(again), "1");
  EXPECT_EQ(again.deliveries, 2u);
  EXPECT_TRUE(queue_->Acknowledge(again).ok());
  EXPECT_EQ(Get(), "2");
  EXPECT_EQ(Get(), "3");
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, GivenBackMessageWakesAWaitingGet) {
  ASSERT_EQ(Put("x"), Code::kOk);
  const Taken taken = Take();
  Child child([&] { return Get(kForever) == "x" ? 0 : 1; });
  AwaitSleeping(child.pid());
  EXPECT_TRUE(queue_->GiveBack(taken).ok());
  EXPECT_EQ(child.Wait(), 0);
}

// ---- redelivery ----

TEST_F(QueueTakeTest, AtLeastOnceMessagesOfTheDeadComeBackBeforeNewerOnes) {
  MakeAtLeastOnce();
  for (const char* data : {"1", "2", "3"}) ASSERT_EQ(Put(data), Code::kOk);
  DieWith(2, TakeInPlace);
  EXPECT_EQ(queue_->CountHeldByDead(), 2u);
  queue_->Recover();
  EXPECT_EQ(queue_->CountHeldByDead(), 0u);
  EXPECT_EQ(queue_->Size(), 3u);
  for (const char* data : {"1", "2", "3"}) {
    const Taken taken = Take();
    EXPECT_EQ(Text(taken), data);
    EXPECT_EQ(taken.deliveries, *data == '3' ? 0u : 1u);
    EXPECT_TRUE(queue_->Acknowledge(taken).ok());
  }
  EXPECT_EQ(queue_->Lost(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, AtLeastOnceWaitingTakerGetsTheDeadOnesMessage) {
  MakeAtLeastOnce();
  ASSERT_EQ(Put("x"), Code::kOk);
  DieWith(1, TakeInPlace);
  EXPECT_EQ(Get(kForever), "x") << "found by the waiter itself, which looks for the dead";
}

TEST_F(QueueTakeTest, AtLeastOnceGetAcknowledges) {
  MakeAtLeastOnce();
  ASSERT_EQ(Put("x"), Code::kOk);
  DieWith(1, GetCopy);
  queue_->Recover();
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, AtMostOnceMessageOfTheDeadIsLost) {
  ASSERT_EQ(Put("x"), Code::kOk);
  DieWith(1, TakeInPlace);
  EXPECT_EQ(queue_->Lost(), 1u);
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

// ---- joinable ----

TEST_F(QueueTakeTest, UnfinishedMessagesAreCountedFromPutToTaskDone) {  // QUEUE-40, QUEUE-41
  MakeJoinable();
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  for (const char* data : {"1", "2"}) ASSERT_EQ(Put(data), Code::kOk);
  EXPECT_EQ(queue_->Unfinished(), 2u);
  EXPECT_EQ(AwaitFinished(), Code::kTimeout);
  EXPECT_EQ(Get(), "1");
  EXPECT_EQ(Get(), "2");
  EXPECT_EQ(queue_->Unfinished(), 2u);
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(TaskDone(), Code::kOk);
  EXPECT_EQ(queue_->Unfinished(), 1u);
  EXPECT_EQ(TaskDone(), Code::kOk);
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  const absl::Status too_often = queue_->TaskDone();
  EXPECT_EQ(CodeOf(too_often), Code::kState);
  EXPECT_EQ(too_often.message(), "task_done() called too many times");
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, OrdinaryQueueIsNotJoinable) {
  EXPECT_EQ(TaskDone(), Code::kState);
  EXPECT_EQ(AwaitFinished(), Code::kState);
  EXPECT_EQ(queue_->Unfinished(), 0u);
}

TEST_F(QueueTakeTest, TaskDoneWithoutAGetCountsToo) {
  MakeJoinable();
  ASSERT_EQ(Put("x"), Code::kOk);
  EXPECT_EQ(TaskDone(), Code::kOk);
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  EXPECT_EQ(TaskDone(), Code::kState);
  EXPECT_EQ(Get(), "x");
  EXPECT_EQ(TaskDone(), Code::kState);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, WorkThatWasHandedOverMayBeFinishedElsewhere) {
  MakeJoinable();
  ASSERT_EQ(Put("x"), Code::kOk);
  EXPECT_EQ(Get(), "x");
  Child child([&] { return TaskDone() == Code::kOk ? 0 : 1; });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
  EXPECT_EQ(TaskDone(), Code::kState);
}

TEST_F(QueueTakeTest, AcknowledgementFinishesWhatWasTakenInPlace) {
  MakeJoinable();
  ASSERT_EQ(Put("x"), Code::kOk);
  const Taken taken = Take();
  EXPECT_TRUE(queue_->Acknowledge(taken).ok());
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, LastTaskDoneWakesWhoeverJoins) {  // test_task_done, QUEUE-42
  MakeJoinable();
  constexpr int kItems = 10;
  std::vector<std::unique_ptr<Child>> consumers;
  for (int i = 0; i < 4; ++i) {
    consumers.push_back(std::make_unique<Child>([&] {
      while (Get(kForever) != "end") {
        if (TaskDone() != Code::kOk) return 1;
      }
      return TaskDone() == Code::kOk ? 0 : 1;
    }));
  }
  for (int i = 0; i < kItems; ++i) ASSERT_EQ(Put("item"), Code::kOk);
  EXPECT_EQ(AwaitFinished(kForever), Code::kOk);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Put("end"), Code::kOk);
  for (auto& consumer : consumers) EXPECT_EQ(consumer->Wait(), 0);
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, MessagesOfADeadConsumerCountAsFinished) {  // G-QUEUE-8, auto_done
  MakeJoinable();
  for (const char* data : {"1", "2", "3"}) ASSERT_EQ(Put(data), Code::kOk);
  DieWith(2, GetCopy);
  EXPECT_EQ(queue_->CountHeldByDead(), 2u);
  EXPECT_EQ(queue_->Unfinished(), 3u);
  EXPECT_EQ(Get(), "3");
  EXPECT_EQ(TaskDone(), Code::kOk);
  EXPECT_EQ(AwaitFinished(kForever), Code::kOk) << "found by the joiner, which looks for the dead";
  EXPECT_EQ(queue_->Lost(), 0u);
  EXPECT_EQ(TaskDone(), Code::kState);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, MessagesLostWithTheirTakerCountAsFinishedToo) {
  MakeJoinable();
  ASSERT_EQ(Put("x"), Code::kOk);
  DieWith(1, TakeInPlace);
  EXPECT_EQ(AwaitFinished(kForever), Code::kOk);
  EXPECT_EQ(queue_->Lost(), 1u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, UnfinishedMessagesOfADeadConsumerAreQueuedAgain) {  // G-QUEUE-8, requeue
  MakeJoinable(Delivery::kAtLeastOnce);
  for (const char* data : {"1", "2", "3"}) ASSERT_EQ(Put(data), Code::kOk);
  DieWith(2, GetCopy);
  EXPECT_EQ(AwaitFinished(), Code::kTimeout);
  queue_->Recover();
  EXPECT_EQ(queue_->Size(), 3u);
  EXPECT_EQ(queue_->Unfinished(), 3u);
  for (const char* data : {"1", "2", "3"}) {
    EXPECT_EQ(Get(), data);
    EXPECT_EQ(TaskDone(), Code::kOk);
  }
  EXPECT_EQ(AwaitFinished(), Code::kOk);
  EXPECT_EQ(TaskDone(), Code::kState);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, HandleReleasedWithUnfinishedMessagesIsAsADeath) {
  for (const Delivery delivery : {Delivery::kAtMostOnce, Delivery::kAtLeastOnce}) {
    MakeJoinable(delivery);
    ASSERT_EQ(Put("x"), Code::kOk);
    Child child([&] {
      const bool got = Get() == "x";
      queue_.reset();
      pause();  // it lives on
      return got ? 0 : 1;
    });
    const bool again = delivery == Delivery::kAtLeastOnce;
    if (again) {
      EXPECT_EQ(Get(kForever), "x");
      EXPECT_EQ(TaskDone(), Code::kOk);
    }
    EXPECT_EQ(AwaitFinished(kForever), Code::kOk);
  }
}

TEST_F(QueueTakeTest, PutBetweenTheLastTaskDoneAndTheWakeUpIsWaitedFor) {  // QUEUE-44
  MakeJoinable();
  ASSERT_EQ(Put("x"), Code::kOk);
  Child joiner([&] { return AwaitFinished(kForever) == Code::kOk ? 0 : 1; });
  AwaitSleeping(joiner.pid());
  joiner.Stop();
  EXPECT_EQ(Get(), "x");
  EXPECT_EQ(TaskDone(), Code::kOk);
  ASSERT_EQ(Put("y"), Code::kOk);
  joiner.Signal(SIGCONT);
  AwaitSleeping(joiner.pid());
  EXPECT_EQ(Get(), "y");
  EXPECT_EQ(TaskDone(), Code::kOk);
  EXPECT_EQ(joiner.Wait(), 0);
}

// ---- the descriptor ----

bool IsReadable(int fd, int timeout_ms = 0) {
  pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) == 1;
}
constexpr int kPatience = 30'000;

TEST_F(QueueTakeTest, FdIsReadableWhenThereIsAMessageUntilATakeFindsNone) {
  auto fd = queue_->ReadyFd();
  ASSERT_TRUE(fd.ok()) << fd.status();
  EXPECT_FALSE(IsReadable(*fd));
  for (int round = 0; round < 20; ++round) {
    Child child([&] { return Put("x") == Code::kOk ? 0 : 1; });
    EXPECT_TRUE(IsReadable(*fd, kPatience));
    EXPECT_EQ(child.Wait(), 0);
    EXPECT_EQ(Get(), "x");
    EXPECT_NE(Get(), "x");
    EXPECT_FALSE(IsReadable(*fd));
  }
  ASSERT_EQ(Put("y"), Code::kOk);
  EXPECT_TRUE(IsReadable(*fd, kPatience));
  queue_->CloseReadyFd();
  EXPECT_EQ(Get(), "y");
}

TEST_F(QueueTakeTest, FdIsReadableAtOnceWhenMessagesAreThereOrTheQueueIsClosed) {
  ASSERT_EQ(Put("x"), Code::kOk);
  auto fd = queue_->ReadyFd();
  ASSERT_TRUE(fd.ok());
  EXPECT_TRUE(IsReadable(*fd, kPatience));
  EXPECT_EQ(Get(), "x");
  EXPECT_NE(Get(), "x");
  queue_->CloseAll();
  EXPECT_TRUE(IsReadable(*fd, kPatience));
}

TEST_F(QueueTakeTest, FdIsReadableWhenTheHandleIsClosed) {
  auto fd = queue_->ReadyFd();
  ASSERT_TRUE(fd.ok());
  EXPECT_FALSE(IsReadable(*fd));
  queue_->Close();
  EXPECT_TRUE(IsReadable(*fd, kPatience));
  EXPECT_EQ(CodeOf(queue_->ReadyFd().status()), Code::kClosed);
}

TEST_F(QueueTakeTest, WatchedQueueLosesNoWakeUpOfAnotherTaker) {
  auto fd = queue_->ReadyFd();
  ASSERT_TRUE(fd.ok());
  for (int round = 0; round < 20; ++round) {
    Child taker([&] { return Get(kForever) == "x" ? 0 : 1; });
    AwaitSleeping(taker.pid());
    ASSERT_EQ(Put("x"), Code::kOk);  // nobody takes what the descriptor announces
    EXPECT_EQ(taker.Wait(), 0);
    EXPECT_NE(Get(), "x");
  }
}

TEST_F(QueueTakeTest, ForkedChildHasADescriptorOfItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer knows no new threads in a child of a process with threads";
#endif
  auto fd = queue_->ReadyFd();
  ASSERT_TRUE(fd.ok());
  Shared<std::atomic<uint32_t>> parent_saw_it;
  Child child([&] {
    auto own = queue_->ReadyFd();
    if (!own.ok() || !IsReadable(*own, kPatience)) return 1;
    testing::AwaitAtLeast(*parent_saw_it, 1);  // whose thread may be slower than ours
    if (Get() != "x" || Get() == "x" || IsReadable(*own)) return 2;
    queue_.reset();
    return 0;
  });
  ASSERT_EQ(Put("x"), Code::kOk);
  EXPECT_TRUE(IsReadable(*fd, kPatience));
  parent_saw_it->store(1);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(IsReadable(*fd)) << "the parent's is as it was";
}

TEST_F(QueueTakeTest, ProcessCanForkWhileADescriptorIsOut) {
  ASSERT_TRUE(queue_->ReadyFd().ok());
  for (int round = 0; round < 50; ++round) {
    Child child([&] { return Put("x") == Code::kOk && Get() == "x" ? 0 : 1; });
    EXPECT_EQ(child.Wait(), 0);
  }
}

// ---- unbounded ----

TEST_F(QueueTakeTest, QueueWithoutACapacityHoldsMoreThanAMillionMessages) {  // QUEUE-1
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "its memory is small there";
#endif
  constexpr uint64_t kMany = (1 << 20) + 100'000;
  EXPECT_GT(queue_->capacity(), uint64_t{1} << 27);
  uint64_t number = 0;
  const auto put = [&] { return queue_->Put(std::to_string(number++), 0, kNow, nullptr).ok(); };
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(put());
  EXPECT_EQ(queue_->Size(), kMany);
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_EQ(Get(), std::to_string(i));
  EXPECT_EQ(queue_->Size(), 0u);
  EXPECT_EQ(queue_->heap().CountInUse(), 0u);
}

TEST_F(QueueTakeTest, OrderIsKeptWhileTheRingGrowsAndLaps) {
  uint64_t put = 0;
  uint64_t got = 0;
  for (int round = 0; round < 3000; ++round) {
    for (int i = 0; i < 7; ++i) ASSERT_EQ(Put(std::to_string(put++)), Code::kOk);
    for (int i = 0; i < 5; ++i) ASSERT_EQ(Get(), std::to_string(got++));
  }
  EXPECT_EQ(queue_->Size(), put - got);
  while (got < put) ASSERT_EQ(Get(), std::to_string(got++));
}

}  // namespace
}  // namespace billiard::queue
