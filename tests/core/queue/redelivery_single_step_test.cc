// As queue_single_step_test.cc, for what is taken in place, acknowledged, given back or finished later: the
// child is killed, or stands still, after its k-th instruction.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"
#include "tests/support/single_step/traced_child.h"

namespace billiard::queue {
namespace {

using testing::Places;
using testing::StepPlan;
using testing::TracedChild;

constexpr Deadline kNow = Deadline::Now();

using Operation = testing::SteppedOperation<Queue>;
using Messages = std::vector<std::string>;

const StepPlan kPlan = Places(14);

bool Put(Queue& queue, const std::string& data) { return queue.Put(data, 0, kNow, nullptr).ok(); }

bool Get(Queue& queue, std::string* data) {
  Message message;
  if (!queue.Get(kNow, nullptr, &message).ok()) return false;
  *data = std::string(message.bytes());
  return true;
}

// All that is there, finished when the queue is joinable.
Messages Drain(Queue& queue) {
  Messages all;
  for (std::string data; Get(queue, &data);) {
    all.push_back(data);
    if (queue.joinable()) {
      EXPECT_TRUE(queue.TaskDone().ok());
    }
  }
  return all;
}

void ExpectNothingIsLeft(Queue& queue) {
  EXPECT_EQ(queue.Size(), 0u);
  EXPECT_EQ(queue.Unfinished(), 0u);
  EXPECT_FALSE(queue.TaskDone().ok());
  EXPECT_EQ(queue.heap().CountInUse(), 0u);
}

// On a queue that holds "1" and "2".
Operation OnAQueue(Delivery delivery, bool joinable) {
  Operation operation;
  operation.make = [=] {
    auto queue = Queue::Create({.max_bytes = 4 << 20, .delivery = delivery, .joinable = joinable});
    EXPECT_TRUE(queue.ok()) << queue.status();
    return *std::move(queue);
  };
  operation.join = [](Queue& queue) { return queue.Join().ok(); };
  operation.prepare = [](Queue& queue) {
    for (const char* data : {"1", "2"}) ASSERT_TRUE(Put(queue, data));
  };
  return operation;
}

void TakeAndAcknowledge(Queue& queue) {
  Taken taken;
  if (!queue.Take(kNow, nullptr, &taken).ok() || !queue.Acknowledge(taken).ok()) abort();
}

void GetAndFinish(Queue& queue) {
  std::string data;
  if (!Get(queue, &data) || !queue.TaskDone().ok()) abort();
}

TEST(RedeliverySingleStepTest, TakerKilledAnywhereHasAcknowledgedOrNot) {
  Operation take = OnAQueue(Delivery::kAtLeastOnce, false);
  take.act = TakeAndAcknowledge;
  int outcomes[2] = {0, 0};
  take.check = [&outcomes](Queue& queue, bool done) {
    queue.Recover();
    const Messages messages = Drain(queue);
    const bool again = messages == Messages{"1", "2"};
    EXPECT_TRUE(again || messages == Messages{"2"}) << messages.size();
    EXPECT_FALSE(done && again);
    EXPECT_EQ(queue.Lost(), 0u);
    ExpectNothingIsLeft(queue);
    ++outcomes[again];
  };
  KillAtEveryStep(take, kPlan);
  EXPECT_GT(outcomes[0], 0);
}

TEST(RedeliverySingleStepTest, GiverBackKilledAnywhereLosesNothing) {
  Operation give_back = OnAQueue(Delivery::kAtLeastOnce, false);
  give_back.act = [](Queue& queue) {
    Taken taken;
    if (!queue.Take(kNow, nullptr, &taken).ok() || !queue.GiveBack(taken).ok()) abort();
  };
  give_back.check = [](Queue& queue, bool) {
    queue.Recover();
    EXPECT_EQ(Drain(queue), (Messages{"1", "2"}));
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(give_back, kPlan);
}

TEST(RedeliverySingleStepTest, FinisherKilledAnywhereIsCountedOnceAndLosesNothingUncounted) {
  Operation finish = OnAQueue(Delivery::kAtMostOnce, true);
  finish.act = GetAndFinish;
  finish.check = [](Queue& queue, bool done) {
    queue.Recover();
    const uint64_t size = queue.Size();
    EXPECT_EQ(queue.Unfinished(), size) << "what was taken is finished, by it or by its death";
    EXPECT_TRUE(size == 1 || (size == 2 && !done));
    const uint64_t lost = queue.Lost();
    EXPECT_LE(lost, size == 1 && !done ? 1u : 0u);
    EXPECT_EQ(Drain(queue).size(), size);
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(finish, kPlan);
}

TEST(RedeliverySingleStepTest, FinisherKilledAnywhereHasFinishedOrItsMessageComesBack) {
  Operation finish = OnAQueue(Delivery::kAtLeastOnce, true);
  finish.act = GetAndFinish;
  finish.check = [](Queue& queue, bool done) {
    queue.Recover();
    EXPECT_EQ(queue.Unfinished(), queue.Size());
    const Messages messages = Drain(queue);
    EXPECT_TRUE(messages == Messages{"2"} || (!done && messages == Messages{"1", "2"}))
        << messages.size();
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(finish, kPlan);
}

// A consumer that was killed between its get and its task_done.
void LeaveAnUnfinishedMessage(Queue& queue) {
  for (const char* data : {"1", "2"}) ASSERT_TRUE(Put(queue, data));
  const auto get = [&queue] {
    std::string data;
    Get(queue, &data);
  };
  TracedChild consumer(get, [&queue] { return queue.Join().ok(); });
  while (consumer.Step(1000)) {
  }
  consumer.Kill();
  ASSERT_EQ(queue.Size(), 1u);
}

TEST(RedeliverySingleStepTest, RecovererKilledAnywhereReturnsAMessageOnce) {
  Operation recover = OnAQueue(Delivery::kAtLeastOnce, true);
  recover.prepare = LeaveAnUnfinishedMessage;
  recover.act = [](Queue& queue) { queue.Recover(); };
  recover.check = [](Queue& queue, bool) {
    queue.Recover();
    EXPECT_EQ(queue.Unfinished(), 2u);
    EXPECT_EQ(Drain(queue), (Messages{"1", "2"}));
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(recover, Places(15));
}

TEST(RedeliverySingleStepTest, RecovererKilledAnywhereFinishesAMessageOnce) {
  Operation recover = OnAQueue(Delivery::kAtMostOnce, true);
  recover.prepare = LeaveAnUnfinishedMessage;
  recover.act = [](Queue& queue) { queue.Recover(); };
  recover.check = [](Queue& queue, bool) {
    queue.Recover();
    EXPECT_EQ(queue.Unfinished(), 1u);
    EXPECT_EQ(Drain(queue), Messages{"2"});
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(recover, Places(15));
}

TEST(RedeliverySingleStepTest, BatchKilledAnywhereIsInUpToSomeMessage) {
  Operation batch = OnAQueue(Delivery::kAtMostOnce, false);
  batch.act = [](Queue& queue) {
    const Outgoing three[] = {{"3", 0}, {"4", 0}, {"5", 0}};
    size_t done = 0;
    if (!queue.PutBatch(three, 3, kNow, nullptr, &done).ok()) abort();
  };
  batch.check = [](Queue& queue, bool done) {
    const Messages messages = Drain(queue);
    const Messages all = {"1", "2", "3", "4", "5"};
    ASSERT_GE(messages.size(), done ? 5u : 2u);
    ASSERT_LE(messages.size(), 5u);
    EXPECT_TRUE(std::equal(messages.begin(), messages.end(), all.begin()));
    queue.Recover();
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(batch, kPlan);
}

TEST(RedeliverySingleStepTest, PutThatNeedsALargerRingKilledAnywhereIsDoneOrNot) {
  Operation put = OnAQueue(Delivery::kAtMostOnce, false);
  put.prepare = [](Queue& queue) {
    for (int i = 0; i < 63; ++i) ASSERT_TRUE(Put(queue, "x"));
  };
  put.act = [](Queue& queue) {
    if (!Put(queue, "last")) abort();
  };
  put.check = [](Queue& queue, bool done) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(Put(queue, "after"));
    const size_t size = Drain(queue).size();
    EXPECT_TRUE(size == 164 || (!done && size == 163)) << size;
    queue.Recover();
    ExpectNothingIsLeft(queue);
  };
  KillAtEveryStep(put, kPlan);
}

// Others put, get and finish meanwhile, more than once around the first ring.
void OthersRunOn(Queue& queue) {
  for (int i = 0; i < 100; ++i) {
    std::string data;
    ASSERT_TRUE(Put(queue, "other"));
    ASSERT_TRUE(Get(queue, &data));
    if (queue.joinable()) {
      ASSERT_TRUE(queue.TaskDone().ok());
    }
  }
  queue.Recover();
}

TEST(RedeliverySingleStepTest, FinisherStoppedAnywhereHoldsUpNobody) {
  for (const Delivery delivery : {Delivery::kAtMostOnce, Delivery::kAtLeastOnce}) {
    Operation finish = OnAQueue(delivery, true);
    finish.act = GetAndFinish;
    finish.check = [](Queue& queue, bool) {
      Drain(queue);
      queue.Recover();
      ExpectNothingIsLeft(queue);
    };
    testing::StopAtEveryStep<Queue>(finish, OthersRunOn, Places(13));
  }
}

TEST(RedeliverySingleStepTest, TakerStoppedAnywhereHoldsUpNobody) {
  Operation take = OnAQueue(Delivery::kAtLeastOnce, false);
  take.act = TakeAndAcknowledge;
  take.check = [](Queue& queue, bool) {
    Drain(queue);
    queue.Recover();
    ExpectNothingIsLeft(queue);
    EXPECT_EQ(queue.Lost(), 0u);
  };
  testing::StopAtEveryStep<Queue>(take, OthersRunOn, Places(13));
}

}  // namespace
}  // namespace billiard::queue
