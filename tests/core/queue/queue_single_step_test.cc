// One operation in a traced child that is killed, or stands still, after its k-th instruction, for one k
// after the other; some are left out, but not in the long version.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"
#include "tests/support/single_step/traced_child.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::kLongStorm;
using testing::kSanitized;
using testing::Places;
using testing::StepPlan;
using testing::TracedChild;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr uint64_t kCapacity = 3;

std::unique_ptr<Queue> Make() {
  auto queue = Queue::Create({.capacity = kCapacity, .max_bytes = 4 << 20});
  EXPECT_TRUE(queue.ok()) << queue.status();
  return *std::move(queue);
}

bool Put(Queue& queue, const std::string& data) { return queue.Put(data, 0, kNow, nullptr).ok(); }

bool Get(Queue& queue, std::string* data) {
  Message message;
  if (!queue.Get(kNow, nullptr, &message).ok()) return false;
  *data = std::string(message.bytes());
  return true;
}

std::vector<std::string> Drain(Queue& queue) {
  std::vector<std::string> all;
  for (std::string data; Get(queue, &data);) all.push_back(data);
  return all;
}

using Operation = testing::SteppedOperation<Queue>;

Operation OnAQueue() {
  Operation operation;
  operation.make = Make;
  operation.join = [](Queue& queue) { return queue.Join().ok(); };
  return operation;
}

void ExpectNoBlockInUse(Queue& queue) {
  queue.Recover();
  EXPECT_EQ(queue.heap().CountInUse(), 0u);
}

void KillAtManySteps(Operation operation, const StepPlan& plan) {
  operation.check = [check = operation.check](Queue& queue, bool done) {
    check(queue, done);
    // Whatever happened, the queue works, and nothing is left over.
    for (uint64_t i = 0; i < queue.capacity(); ++i) EXPECT_TRUE(Put(queue, "after"));
    EXPECT_FALSE(Put(queue, "too many"));
    EXPECT_EQ(Drain(queue).size(), queue.capacity());
    ExpectNoBlockInUse(queue);
  };
  KillAtEveryStep(operation, plan);
}

void StopAtManySteps(Operation operation, const StepPlan& plan) {
  operation.check = [check = operation.check](Queue& queue, bool done) {
    check(queue, done);
    ExpectNoBlockInUse(queue);
  };
  const auto others = [](Queue& queue) {
    std::string data;
    // Once around the ring of 64 cells and more, so that all that the child saw is out of date.
    for (int i = 0; i < 150; ++i) {
      ASSERT_TRUE(Put(queue, "other"));
      ASSERT_TRUE(Get(queue, &data));
    }
  };
  testing::StopAtEveryStep<Queue>(operation, others, plan);
}

const std::string kData(1000, 'd');

using Messages = std::vector<std::string>;

TEST(QueueSingleStepTest, PutKilledAnywhereIsDoneOrNot) {
  Operation put = OnAQueue();
  put.prepare = [](Queue& queue) { ASSERT_TRUE(Put(queue, "first")); };
  put.act = [](Queue& queue) { Put(queue, kData); };
  put.check = [](Queue& queue, bool done) {
    const Messages messages = Drain(queue);
    const bool is_there = messages == Messages{"first", kData};
    EXPECT_TRUE(is_there || (!done && messages == Messages{"first"})) << messages.size();
    EXPECT_EQ(queue.Lost(), 0u);
  };
  KillAtManySteps(put, Places(20));
}

TEST(QueueSingleStepTest, GetKilledAnywhereIsDoneOrNotOrCounted) {
  Operation get = OnAQueue();
  get.prepare = [](Queue& queue) {
    ASSERT_TRUE(Put(queue, kData));
    ASSERT_TRUE(Put(queue, "second"));
  };
  get.act = [](Queue& queue) {
    std::string data;
    Get(queue, &data);
  };
  // How often nothing was taken; a message was taken and lost; one was taken and the child had it.
  int outcomes[3] = {0, 0, 0};
  get.check = [&outcomes](Queue& queue, bool done) {
    const Messages messages = Drain(queue);
    const uint64_t lost = queue.Lost();
    EXPECT_EQ(queue.Lost(), lost);
    const bool untouched = messages == Messages{kData, "second"};
    EXPECT_TRUE(untouched || messages == Messages{"second"}) << messages.size();
    EXPECT_LE(lost, untouched ? 0u : 1u);
    EXPECT_TRUE(!done || (!untouched && lost == 0));
    ++outcomes[untouched ? 0 : lost == 1 ? 1 : 2];
  };
  KillAtManySteps(get, Places(20));
  for (const int count : outcomes) EXPECT_TRUE(count > 0 || kSanitized);
}

// A queue in which small messages go the usual way (queue/DESIGN.md): there are blocks that come round, and
// the next position is known to be near tail and head. A forked child knows what its parent knew.
Operation OnAQueueInUse() {
  Operation operation = OnAQueue();
  operation.make = [] { return *Queue::Create({.capacity = 300, .max_bytes = 4 << 20}); };
  operation.prepare = [](Queue& queue) {
    std::string data;
    for (int i = 0; i < 75; ++i) {
      ASSERT_TRUE(Put(queue, "before"));
      ASSERT_TRUE(Get(queue, &data));
    }
    for (const char* next : {"1", "2"}) ASSERT_TRUE(Put(queue, next));
  };
  return operation;
}

TEST(QueueSingleStepTest, PutTheUsualWayKilledAnywhereIsDoneOrNot) {
  Operation put = OnAQueueInUse();
  put.act = [](Queue& queue) { Put(queue, "3"); };
  put.check = [](Queue& queue, bool done) {
    const Messages messages = Drain(queue);
    const bool is_there = messages == Messages{"1", "2", "3"};
    EXPECT_TRUE(is_there || (!done && messages == Messages{"1", "2"})) << messages.size();
    EXPECT_EQ(queue.Lost(), 0u);
  };
  KillAtManySteps(put, Places(20));
}

TEST(QueueSingleStepTest, GetTheUsualWayKilledAnywhereIsDoneOrNotOrCounted) {
  Operation get = OnAQueueInUse();
  get.act = [](Queue& queue) {
    std::string data;
    Get(queue, &data);
  };
  get.check = [](Queue& queue, bool done) {
    const Messages messages = Drain(queue);
    const uint64_t lost = queue.Lost();
    const bool untouched = messages == Messages{"1", "2"};
    EXPECT_TRUE(untouched || messages == Messages{"2"}) << messages.size();
    EXPECT_LE(lost, untouched ? 0u : 1u);
    EXPECT_TRUE(!done || (!untouched && lost == 0));
  };
  KillAtManySteps(get, Places(20));
}

// A queue with a message whose reader was killed in the middle of its get.
void LeaveALostMessage(Queue& queue) {
  ASSERT_TRUE(Put(queue, kData));
  const auto get = [&queue] {
    std::string data;
    Get(queue, &data);
  };
  TracedChild reader(get, [&queue] { return queue.Join().ok(); });
  while (queue.Size() == 1) ASSERT_TRUE(reader.Step(1));
  reader.Kill();
}

TEST(QueueSingleStepTest, RecoveryKilledAnywhereCountsALossOnce) {
  Operation recovery = OnAQueue();
  recovery.prepare = LeaveALostMessage;
  recovery.act = [](Queue& queue) { queue.Recover(); };
  recovery.check = [](Queue& queue, bool) { EXPECT_EQ(queue.Lost(), 1u); };
  KillAtManySteps(recovery, Places(15));
}

// One round of a producer, a consumer and a recoverer that run in turns of a few instructions, until some
// of them are killed where they stand and the others run to their ends.
class Interleaving {
 public:
  explicit Interleaving(uint64_t seed) : random_(seed), queue_(Make()) {
    LeaveALostMessage(*queue_);
    for (const char* data : {"1", "2"}) EXPECT_TRUE(Put(*queue_, data));
    Add([](Queue& queue) { Put(queue, "3"); });
    Add([](Queue& queue) {
      std::string data;
      Get(queue, &data);
    });
    Add([](Queue& queue) { queue.Recover(); });
  }

  void Run() {
    for (int turn = 0; turn < 40; ++turn) {
      children_[random_() % children_.size()]->Step(random_() % 300);
    }
    for (auto& child : children_) {
      if (random_() % 2 == 0) {
        child->Kill();
      } else {
        child->Finish();
      }
    }
  }

  // Every message was got, is still there, or is counted as lost; none is there twice.
  void Check() {
    const bool put_done = children_[0]->done();
    const bool get_done = children_[1]->done();
    const Messages rest = Drain(*queue_);
    EXPECT_TRUE(std::is_sorted(rest.begin(), rest.end()));
    EXPECT_TRUE(std::adjacent_find(rest.begin(), rest.end()) == rest.end());
    constexpr uint64_t kLostBefore = 1;
    const uint64_t found = rest.size() + queue_->Lost() - kLostBefore + (get_done ? 1 : 0);
    EXPECT_LE(found, 3u);
    // A consumer that was killed may have had its copy.
    EXPECT_GE(found + (get_done ? 0 : 1), put_done ? 3u : 2u);
    EXPECT_EQ(queue_->heap().CountInUse(), 0u);
  }

 private:
  void Add(const std::function<void(Queue&)>& act) {
    children_.push_back(std::make_unique<TracedChild>([this, &act] { act(*queue_); },
                                                      [this] { return queue_->Join().ok(); }));
  }

  std::mt19937_64 random_;
  std::unique_ptr<Queue> queue_;
  std::vector<std::unique_ptr<TracedChild>> children_;
};

TEST(QueueSingleStepTest, DeathsInAnyInterleavingLoseNothingUncounted) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  Watchdog watchdog(kLongStorm ? 1500 : 800);
  const uint64_t rounds = kLongStorm ? 2000 : 20;
  for (uint64_t seed = 0; seed < rounds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Interleaving round(seed);
    round.Run();
    round.Check();
  }
}

TEST(QueueSingleStepTest, CloseKilledAnywhereHappensOrNot) {
  Operation close = OnAQueue();
  close.prepare = [](Queue& queue) { ASSERT_TRUE(Put(queue, "first")); };
  close.act = [](Queue& queue) { queue.Close(); };
  close.check = [](Queue& queue, bool) { EXPECT_EQ(Drain(queue), Messages{"first"}); };
  KillAtManySteps(close, Places(14));
}

TEST(QueueSingleStepTest, PutStoppedAnywhereHoldsUpNobody) {
  Operation put = OnAQueue();
  put.prepare = [](Queue&) {};
  put.act = [](Queue& queue) { Put(queue, kData); };
  put.check = [](Queue& queue, bool) {
    // It may have come out while the others took theirs.
    const Messages messages = Drain(queue);
    EXPECT_EQ(messages.size(), 1u);
  };
  StopAtManySteps(put, Places(14));
}

TEST(QueueSingleStepTest, PutTheUsualWayStoppedAnywhereHoldsUpNobody) {
  Operation put = OnAQueueInUse();
  put.act = [](Queue& queue) { Put(queue, "3"); };
  // Three were put, and the others took as many as they put.
  put.check = [](Queue& queue, bool) { EXPECT_EQ(Drain(queue).size(), 3u); };
  StopAtManySteps(put, Places(14));
}

TEST(QueueSingleStepTest, GetTheUsualWayStoppedAnywhereHoldsUpNobody) {
  Operation get = OnAQueueInUse();
  get.act = [](Queue& queue) {
    std::string data;
    if (!Get(queue, &data)) abort();
  };
  get.check = [](Queue& queue, bool) {
    EXPECT_EQ(Drain(queue).size(), 1u);
    EXPECT_EQ(queue.Lost(), 0u);
  };
  StopAtManySteps(get, Places(14));
}

TEST(QueueSingleStepTest, GetStoppedAnywhereHoldsUpNobody) {
  Operation get = OnAQueue();
  get.prepare = [](Queue& queue) { ASSERT_TRUE(Put(queue, kData)); };
  get.act = [](Queue& queue) {
    std::string data;
    if (!Get(queue, &data)) abort();
  };
  get.check = [](Queue& queue, bool) {
    EXPECT_EQ(Drain(queue).size(), 0u);
    EXPECT_EQ(queue.Lost(), 0u);
  };
  StopAtManySteps(get, Places(14));
}

}  // namespace
}  // namespace billiard::queue
