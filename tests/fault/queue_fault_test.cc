// Kills and stops a real process at each named step of every operation of a queue
// (billiard_core/base/fault_point.h), and checks what must hold wherever that was: the others run on, and
// every message is there, or was dealt with, or is counted as lost, exactly.
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/fault/faulty_child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::Child;
using testing::ChildStoppingAt;
using testing::DiesAt;

constexpr Deadline kNow = Deadline::Now();

using Act = std::function<void(Queue&)>;

bool Put(Queue& queue, const std::string& data) { return queue.Put(data, 0, kNow, nullptr).ok(); }

bool Get(Queue& queue) {
  Message message;
  return queue.Get(kNow, nullptr, &message).ok();
}

// What the children do. A step that fails ends the child before its point.
void MustBe(bool ok) {
  if (!ok) _exit(1);
}
void PutOne(Queue& queue) { MustBe(Put(queue, "4")); }
void PutBatch(Queue& queue) {
  const Outgoing batch[] = {{"4", 0}, {"5", 0}};
  size_t done = 0;
  MustBe(queue.PutBatch(batch, 2, kNow, nullptr, &done).ok());
}
void PutMany(Queue& queue) {
  for (int i = 0; i < 70; ++i) PutOne(queue);
}
void CommitOne(Queue& queue) {
  const auto reserved = queue.Reserve(100);
  MustBe(reserved.ok() && queue.Commit(*reserved, 50, 0, kNow, nullptr).ok());
}
void GetOne(Queue& queue) { MustBe(Get(queue)); }
void GetBatch(Queue& queue) {
  MustBe(queue.GetBatch(3, kNow, nullptr, [](Message*) {}).ok());
}
void TakeAndAcknowledge(Queue& queue) {
  Taken taken;
  MustBe(queue.Take(kNow, nullptr, &taken).ok() && queue.Acknowledge(taken).ok());
}
void TakeAndGiveBack(Queue& queue) {
  Taken taken;
  MustBe(queue.Take(kNow, nullptr, &taken).ok() && queue.GiveBack(taken).ok());
}
void TakeAgain(Queue& queue) {
  TakeAndGiveBack(queue);
  TakeAndAcknowledge(queue);
}
void Finish(Queue& queue) {
  GetOne(queue);
  MustBe(queue.TaskDone().ok());
}
void FinishAnothers(Queue& queue) { MustBe(queue.TaskDone().ok()); }
void Recover(Queue& queue) { queue.Recover(); }
void Close(Queue& queue) { queue.CloseAll(); }

// What has happened before, in a queue with three messages.
void Nothing(Queue&) {}
void GotOne(Queue& queue) { ASSERT_TRUE(Get(queue)); }
void DeadPutter(Queue& queue) {
  ASSERT_TRUE(DiesAt("queue.filled", [&] { PutOne(queue); }));
}
void TaggedByDead(Queue& queue) {
  ASSERT_TRUE(DiesAt("queue.tagged", [&] { PutOne(queue); }));
}
void DeadTaker(Queue& queue) {
  ASSERT_TRUE(DiesAt("queue.claimed", [&] { GetOne(queue); }));
}
void DeadConsumer(Queue& queue) {
  ASSERT_TRUE(DiesAt("queue.unfinished", [&] { GetOne(queue); }));
}

struct Kind {
  Delivery delivery;
  bool joinable;
};
constexpr Kind kOnce = {Delivery::kAtMostOnce, false};
constexpr Kind kAgain = {Delivery::kAtLeastOnce, false};
constexpr Kind kOnceJoin = {Delivery::kAtMostOnce, true};
constexpr Kind kAgainJoin = {Delivery::kAtLeastOnce, true};

struct Case {
  const char* name;
  const char* point;
  Kind kind;
  void (*before)(Queue&);
  void (*act)(Queue&);
  // After a death there.
  uint64_t left;  // messages in the queue
  uint64_t lost;
  uint64_t unfinished;  // of a joinable queue, when those that are left are not finished
};

const Case kCases[] = {
    {"put", "queue.allocated", kOnce, Nothing, PutOne, 3, 0, 0},
    {"put", "queue.filled", kOnce, Nothing, PutOne, 3, 0, 0},
    {"put", "queue.tagged", kOnce, Nothing, PutOne, 3, 0, 0},
    {"put", "queue.published", kOnce, Nothing, PutOne, 4, 0, 0},
    {"put", "queue.tagged", kOnceJoin, Nothing, PutOne, 3, 0, 3},
    {"put", "queue.published", kOnceJoin, Nothing, PutOne, 4, 0, 4},
    {"put_batch", "queue.published", kOnce, Nothing, PutBatch, 4, 0, 0},
    {"put_batch", "queue.batch_put", kOnce, Nothing, PutBatch, 4, 0, 0},
    {"put_many", "queue.raised", kOnce, Nothing, PutMany, 32, 0, 0},
    {"grow", "queue.ring_committed", kOnce, Nothing, PutMany, 63, 0, 0},
    {"grow", "queue.ring_marked", kOnce, Nothing, PutMany, 63, 0, 0},
    {"commit", "queue.reserved", kOnce, Nothing, CommitOne, 3, 0, 0},
    {"commit", "queue.tagged", kOnce, Nothing, CommitOne, 3, 0, 0},
    {"commit", "queue.published", kOnce, Nothing, CommitOne, 4, 0, 0},
    {"get", "queue.claimed", kOnce, Nothing, GetOne, 2, 1, 0},
    {"get", "queue.copied", kOnce, Nothing, GetOne, 2, 1, 0},
    {"get", "queue.claimed", kAgain, Nothing, GetOne, 3, 0, 0},
    {"get", "queue.copied", kAgain, Nothing, GetOne, 3, 0, 0},
    {"get", "queue.claimed", kOnceJoin, Nothing, GetOne, 2, 1, 2},
    {"get", "queue.copied", kOnceJoin, Nothing, GetOne, 2, 1, 2},
    {"get", "queue.unfinished", kOnceJoin, Nothing, GetOne, 2, 0, 2},
    {"get", "queue.claimed", kAgainJoin, Nothing, GetOne, 3, 0, 3},
    {"get", "queue.unfinished", kAgainJoin, Nothing, GetOne, 3, 0, 3},
    {"get_batch", "queue.batch_got", kOnce, Nothing, GetBatch, 1, 0, 0},
    {"get_batch", "queue.batch_got", kAgainJoin, Nothing, GetBatch, 3, 0, 3},
    {"ack", "queue.claimed", kAgain, Nothing, TakeAndAcknowledge, 3, 0, 0},
    {"ack", "queue.acknowledged", kAgain, Nothing, TakeAndAcknowledge, 2, 0, 0},
    {"ack", "queue.acknowledged", kOnce, Nothing, TakeAndAcknowledge, 2, 0, 0},
    {"ack", "queue.counted", kAgainJoin, Nothing, TakeAndAcknowledge, 2, 0, 2},
    {"ack", "queue.settled", kAgainJoin, Nothing, TakeAndAcknowledge, 2, 0, 2},
    {"return", "queue.returned", kOnce, Nothing, TakeAndGiveBack, 3, 0, 0},
    {"return", "queue.returned", kAgain, Nothing, TakeAndGiveBack, 3, 0, 0},
    {"return", "queue.announced", kAgain, Nothing, TakeAndGiveBack, 3, 0, 0},
    {"retake", "queue.reclaimed", kAgain, Nothing, TakeAgain, 3, 0, 0},
    {"retake", "queue.reclaimed", kOnce, Nothing, TakeAgain, 2, 1, 0},
    {"task_done", "queue.counted", kOnceJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.marked", kOnceJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.note_cleared", kOnceJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.settled", kOnceJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.counted", kAgainJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.marked", kAgainJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.note_cleared", kAgainJoin, Nothing, Finish, 2, 0, 2},
    {"task_done", "queue.settled", kAgainJoin, Nothing, Finish, 2, 0, 2},
    {"take_over", "queue.taken_over", kOnceJoin, GotOne, FinishAnothers, 2, 0, 2},
    {"take_over", "queue.taken_over", kAgainJoin, GotOne, FinishAnothers, 3, 0, 3},
    {"take_over", "queue.counted", kAgainJoin, GotOne, FinishAnothers, 2, 0, 2},
    {"recover", "queue.seen_unpublished", kOnce, TaggedByDead, Recover, 3, 0, 0},
    {"recover", "queue.untagged_block", kOnce, TaggedByDead, Recover, 3, 0, 0},
    {"recover", "queue.reclaimed_block", kOnce, DeadPutter, Recover, 3, 0, 0},
    {"recover_tagged", "queue.reclaimed_block", kOnce, TaggedByDead, Recover, 3, 0, 0},
    {"recover", "queue.counted", kOnce, DeadTaker, Recover, 2, 1, 0},
    {"recover", "queue.marked", kOnce, DeadTaker, Recover, 2, 1, 0},
    {"recover", "queue.note_cleared", kOnce, DeadTaker, Recover, 2, 1, 0},
    {"recover", "queue.taken_back", kOnce, DeadTaker, Recover, 2, 1, 0},
    {"recover", "queue.counted", kOnceJoin, DeadTaker, Recover, 2, 1, 2},
    {"recover", "queue.settled", kOnceJoin, DeadTaker, Recover, 2, 1, 2},
    {"recover", "queue.counted", kOnceJoin, DeadConsumer, Recover, 2, 0, 2},
    {"recover", "queue.returned", kAgain, DeadTaker, Recover, 3, 0, 0},
    {"recover", "queue.announced", kAgain, DeadTaker, Recover, 3, 0, 0},
    {"recover", "queue.taken_back", kAgain, DeadTaker, Recover, 3, 0, 0},
    {"recover", "queue.returned", kAgainJoin, DeadConsumer, Recover, 3, 0, 3},
    {"close", "queue.end_marked", kOnce, Nothing, Close, 3, 0, 0},
};

class QueueFaultTest : public ::testing::TestWithParam<Case> {
 protected:
  QueueFaultTest() : watchdog_(120) {
    const Kind kind = GetParam().kind;
    auto queue =
        Queue::Create({.max_bytes = 4 << 20, .delivery = kind.delivery, .joinable = kind.joinable});
    EXPECT_TRUE(queue.ok()) << queue.status();
    queue_ = *std::move(queue);
    for (const char* data : {"1", "2", "3"}) EXPECT_TRUE(Put(*queue_, data));
    GetParam().before(*queue_);
  }

  // Gets all that is there; finished, when the queue is joinable.
  uint64_t Drain() {
    uint64_t count = 0;
    while (Get(*queue_)) {
      ++count;
      FinishIfJoinable();
    }
    return count;
  }

  void FinishIfJoinable() {
    if (queue_->joinable()) {
      EXPECT_TRUE(queue_->TaskDone().ok());
    }
  }

  void ExpectNothingIsLeft() {
    EXPECT_EQ(queue_->Size(), 0u);
    if (GetParam().before == GotOne && queue_->Unfinished() == 1) {
      EXPECT_TRUE(queue_->TaskDone().ok());
    }
    EXPECT_EQ(queue_->Unfinished(), 0u);
    EXPECT_EQ(queue_->heap().CountInUse(), 0u);
    EXPECT_FALSE(queue_->TaskDone().ok());
  }

  bool is_close() const { return GetParam().act == Close; }

  testing::Watchdog watchdog_;
  std::unique_ptr<Queue> queue_;
};

TEST_P(QueueFaultTest, DeathThereLeavesEveryMessageInItsPlaceOrCounted) {
  ASSERT_TRUE(DiesAt(GetParam().point, [this] { GetParam().act(*queue_); }));
  if (!is_close()) {  // at once, before anybody recovered anything
    EXPECT_TRUE(Put(*queue_, "other"));
    EXPECT_TRUE(Get(*queue_));
    FinishIfJoinable();
    EXPECT_TRUE(Put(*queue_, "other"));
  }
  // One was got and two were put: one more than before.
  const uint64_t more = is_close() ? 0 : 1;
  EXPECT_EQ(queue_->Lost(), GetParam().lost);
  EXPECT_EQ(queue_->Size(), GetParam().left + more);
  if (queue_->joinable()) {
    EXPECT_EQ(queue_->Unfinished(), GetParam().unfinished + more);
  }
  EXPECT_EQ(Drain(), GetParam().left + more);
  EXPECT_EQ(queue_->Lost(), GetParam().lost);
  ExpectNothingIsLeft();
}

TEST_P(QueueFaultTest, StopThereHoldsUpNobody) {
  Child child = ChildStoppingAt(GetParam().point, [this] { GetParam().act(*queue_); });
  ASSERT_EQ(child.AwaitStop(), SIGSTOP);
  for (int i = 0; i < 200 && !is_close(); ++i) {
    ASSERT_TRUE(Put(*queue_, "other"));
    ASSERT_TRUE(Get(*queue_));
    FinishIfJoinable();
  }
  queue_->Recover();
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  queue_->Recover();
  Drain();
  ExpectNothingIsLeft();
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  const Case& its = info.param;
  std::string name = std::string(its.name) + "_at_" + (its.point + std::string("queue.").size());
  name += its.kind.delivery == Delivery::kAtLeastOnce ? "_again" : "_once";
  if (its.kind.joinable) name += "_join";
  if (its.before == DeadConsumer) name += "_consumer";
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryStep, QueueFaultTest, ::testing::ValuesIn(kCases), NameOf);

// Two recoverers at the block of a dead putter: one has seen it and stands still, the other frees half of it
// and dies. The first finds it changed, and must look again: after its sweep nobody would ever come back
// for the dead putter.
TEST(QueueRecoveryFaultTest, ABlockThatTwoRecoverersMeetAtIsNotLeftWhenOneDies) {
  testing::Watchdog watchdog(120);
  auto made = Queue::Create({.max_bytes = 4 << 20});
  ASSERT_TRUE(made.ok()) << made.status();
  Queue& queue = **made;
  TaggedByDead(queue);
  Child slow = ChildStoppingAt("queue.seen_unpublished", [&] { queue.Recover(); });
  ASSERT_EQ(slow.AwaitStop(), SIGSTOP);
  ASSERT_TRUE(DiesAt("queue.untagged_block", [&] { queue.Recover(); }));
  EXPECT_EQ(queue.heap().CountInUse(), 1u);
  slow.Signal(SIGCONT);
  ASSERT_EQ(slow.Wait(), 0);
  queue.Recover();
  EXPECT_EQ(queue.heap().CountInUse(), 0u);
  EXPECT_TRUE(Put(queue, "other"));
  EXPECT_TRUE(Get(queue));
}

}  // namespace
}  // namespace billiard::queue
