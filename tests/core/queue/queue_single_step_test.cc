// One operation in a traced child that is killed, or stands still, after its k-th instruction, for one k
// after the other; some are left out, but not in the long version.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr uint64_t kCapacity = 3;

#ifdef BILLIARD_LONG_STORM
constexpr bool kLong = true;
#else
constexpr bool kLong = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::unique_ptr<Queue> Make() {
  auto queue = Queue::Create({.capacity = kCapacity, .max_bytes = 4 << 20});
  EXPECT_TRUE(queue.ok()) << queue.status();
  return *std::move(queue);
}

bool Put(Queue* queue, const std::string& data) { return queue->Put(data, 0, kNow, nullptr).ok(); }

bool Get(Queue* queue, std::string* data) {
  Message message;
  if (!queue->Get(kNow, nullptr, &message).ok()) return false;
  *data = std::string(message.bytes());
  return true;
}

std::vector<std::string> Drain(Queue* queue) {
  std::vector<std::string> all;
  for (std::string data; Get(queue, &data);) all.push_back(data);
  return all;
}

// A child about to run `act` under the test's control.
class TracedChild {
 public:
  TracedChild(Queue* queue, const std::function<void(Queue*)>& act)
      : child_([this, queue, &act] {
          if (!queue->Join().ok() || ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) return 1;
          raise(SIGSTOP);
          act(queue);
          done_->store(1);
          return 0;
        }) {
    AwaitStop();
  }

  // False when `act` is over, or the child can not be traced.
  bool Step(uint64_t count) {
    for (uint64_t i = 0; i < count && !done() && !ended_; ++i) {
      ptrace(PTRACE_SINGLESTEP, child_.pid(), 0, 0);
      AwaitStop();
    }
    return !done() && !ended_;
  }
  bool done() const { return done_->load() != 0; }

  void Kill() {
    child_.Kill();
    if (ended_) return;
    EXPECT_EQ(child_.Wait(), -SIGKILL);
  }
  // Lets it run on to its end.
  void Finish() {
    ptrace(PTRACE_DETACH, child_.pid(), 0, 0);
    EXPECT_EQ(child_.Wait(), 0);
  }

 private:
  void AwaitStop() {
    int status = 0;
    waitpid(child_.pid(), &status, WUNTRACED);
    ended_ = !WIFSTOPPED(status);
  }

  Shared<std::atomic<uint32_t>> done_;
  bool ended_ = false;
  Child child_;
};

struct Scenario {
  std::function<void(Queue*)> prepare;
  std::function<void(Queue*)> act;
  // Of a queue whose child was killed; `done`: after `act` was over.
  std::function<void(Queue*, bool done)> check;
};

// The distance between about `wanted` places in the instructions of `act`; 0: as many as there are.
uint64_t StrideFor(const Scenario& scenario, uint64_t wanted) {
  if (wanted == 0) return 1;
  auto queue = Make();
  scenario.prepare(queue.get());
  TracedChild child(queue.get(), scenario.act);
  uint64_t instructions = 0;
  while (child.Step(1)) ++instructions;
  return instructions / wanted + 1;
}

// Kills the child after 0, 1 x stride, 2 x stride ... instructions, until `act` is over before.
void KillAtManySteps(const Scenario& scenario, uint64_t wanted) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  Watchdog watchdog(kLong ? 1500 : 800);
  const uint64_t stride = StrideFor(scenario, wanted);
  uint64_t kills = 0;
  for (uint64_t k = 0;; k += stride, ++kills) {
    SCOPED_TRACE("killed after " + std::to_string(k) + " instructions");
    auto queue = Make();
    scenario.prepare(queue.get());
    TracedChild child(queue.get(), scenario.act);
    const bool in_the_middle = child.Step(k);
    child.Kill();
    scenario.check(queue.get(), child.done());
    // Whatever happened, the queue works, and nothing is left over.
    for (uint64_t i = 0; i < kCapacity; ++i) EXPECT_TRUE(Put(queue.get(), "after"));
    EXPECT_FALSE(Put(queue.get(), "too many"));
    EXPECT_EQ(Drain(queue.get()).size(), kCapacity);
    queue->Recover();
    EXPECT_EQ(queue->heap().CountInUse(), 0u);
    if (!in_the_middle || ::testing::Test::HasFailure()) break;
  }
  printf("%lu kills, one every %lu instructions\n", kills, stride);
  EXPECT_GT(kills, 10u) << "the operation was over too soon to be tested";
}

// Stops the child after so many instructions, lets others use the queue meanwhile, and lets it finish.
void StopAtManySteps(const Scenario& scenario, uint64_t wanted) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  Watchdog watchdog(kLong ? 1500 : 800);
  const uint64_t stride = StrideFor(scenario, wanted);
  for (uint64_t k = 0;; k += stride) {
    SCOPED_TRACE("stopped after " + std::to_string(k) + " instructions");
    auto queue = Make();
    scenario.prepare(queue.get());
    TracedChild child(queue.get(), scenario.act);
    const bool in_the_middle = child.Step(k);
    std::string data;
    // Once around the ring of 64 cells and more, so that all that the child saw is out of date.
    for (int i = 0; i < 150; ++i) {
      ASSERT_TRUE(Put(queue.get(), "other"));
      ASSERT_TRUE(Get(queue.get(), &data));
    }
    child.Finish();
    scenario.check(queue.get(), true);
    queue->Recover();
    EXPECT_EQ(queue->heap().CountInUse(), 0u);
    if (!in_the_middle || ::testing::Test::HasFailure()) break;
  }
}

const std::string kData(1000, 'd');

using Messages = std::vector<std::string>;

TEST(QueueSingleStepTest, PutKilledAnywhereIsDoneOrNot) {
  Scenario put;
  put.prepare = [](Queue* queue) { ASSERT_TRUE(Put(queue, "first")); };
  put.act = [](Queue* queue) { Put(queue, kData); };
  put.check = [](Queue* queue, bool done) {
    const Messages messages = Drain(queue);
    const bool is_there = messages == Messages{"first", kData};
    EXPECT_TRUE(is_there || (!done && messages == Messages{"first"})) << messages.size();
    EXPECT_EQ(queue->Lost(), 0u);
  };
  KillAtManySteps(put, kLong ? 0 : 60);
}

TEST(QueueSingleStepTest, GetKilledAnywhereIsDoneOrNotOrCounted) {
  Scenario get;
  get.prepare = [](Queue* queue) {
    ASSERT_TRUE(Put(queue, kData));
    ASSERT_TRUE(Put(queue, "second"));
  };
  get.act = [](Queue* queue) {
    std::string data;
    Get(queue, &data);
  };
  // How often nothing was taken; a message was taken and lost; one was taken and the child had it.
  int outcomes[3] = {0, 0, 0};
  get.check = [&outcomes](Queue* queue, bool done) {
    const Messages messages = Drain(queue);
    const uint64_t lost = queue->Lost();
    EXPECT_EQ(queue->Lost(), lost);
    const bool untouched = messages == Messages{kData, "second"};
    EXPECT_TRUE(untouched || messages == Messages{"second"}) << messages.size();
    EXPECT_LE(lost, untouched ? 0u : 1u);
    EXPECT_TRUE(!done || (!untouched && lost == 0));
    ++outcomes[untouched ? 0 : lost == 1 ? 1 : 2];
  };
  KillAtManySteps(get, kLong ? 0 : 60);
  for (const int count : outcomes) EXPECT_TRUE(count > 0 || kSanitized);
}

// A queue with a message whose reader was killed in the middle of its get.
void LeaveALostMessage(Queue* queue) {
  ASSERT_TRUE(Put(queue, kData));
  TracedChild reader(queue, [](Queue* its) {
    std::string data;
    Get(its, &data);
  });
  while (queue->Size() == 1) ASSERT_TRUE(reader.Step(1));
  reader.Kill();
}

TEST(QueueSingleStepTest, RecoveryKilledAnywhereCountsALossOnce) {
  Scenario recovery;
  recovery.prepare = LeaveALostMessage;
  recovery.act = [](Queue* queue) { queue->Recover(); };
  recovery.check = [](Queue* queue, bool) { EXPECT_EQ(queue->Lost(), 1u); };
  KillAtManySteps(recovery, kLong ? 250 : 15);
}

// One round of a producer, a consumer and a recoverer that run in turns of a few instructions, until some
// of them are killed where they stand and the others run to their ends.
class Interleaving {
 public:
  explicit Interleaving(uint64_t seed) : random_(seed), queue_(Make()) {
    LeaveALostMessage(queue_.get());
    for (const char* data : {"1", "2"}) EXPECT_TRUE(Put(queue_.get(), data));
    Add([](Queue* queue) { Put(queue, "3"); });
    Add([](Queue* queue) {
      std::string data;
      Get(queue, &data);
    });
    Add([](Queue* queue) { queue->Recover(); });
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
    const Messages rest = Drain(queue_.get());
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
  void Add(const std::function<void(Queue*)>& act) {
    children_.push_back(std::make_unique<TracedChild>(queue_.get(), act));
  }

  std::mt19937_64 random_;
  std::unique_ptr<Queue> queue_;
  std::vector<std::unique_ptr<TracedChild>> children_;
};

TEST(QueueSingleStepTest, DeathsInAnyInterleavingLoseNothingUncounted) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  Watchdog watchdog(kLong ? 1500 : 800);
  const uint64_t rounds = kLong ? 2000 : 20;
  for (uint64_t seed = 0; seed < rounds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Interleaving round(seed);
    round.Run();
    round.Check();
  }
}

TEST(QueueSingleStepTest, CloseKilledAnywhereHappensOrNot) {
  Scenario close;
  close.prepare = [](Queue* queue) { ASSERT_TRUE(Put(queue, "first")); };
  close.act = [](Queue* queue) { queue->Close(); };
  close.check = [](Queue* queue, bool) { EXPECT_EQ(Drain(queue), Messages{"first"}); };
  KillAtManySteps(close, kLong ? 0 : 30);
}

TEST(QueueSingleStepTest, PutStoppedAnywhereHoldsUpNobody) {
  Scenario put;
  put.prepare = [](Queue*) {};
  put.act = [](Queue* queue) { Put(queue, kData); };
  put.check = [](Queue* queue, bool) {
    // It may have come out while the others took theirs.
    const Messages messages = Drain(queue);
    EXPECT_EQ(messages.size(), 1u);
  };
  StopAtManySteps(put, kLong ? 0 : 30);
}

TEST(QueueSingleStepTest, GetStoppedAnywhereHoldsUpNobody) {
  Scenario get;
  get.prepare = [](Queue* queue) { ASSERT_TRUE(Put(queue, kData)); };
  get.act = [](Queue* queue) {
    std::string data;
    if (!Get(queue, &data)) abort();
  };
  get.check = [](Queue* queue, bool) {
    EXPECT_EQ(Drain(queue).size(), 0u);
    EXPECT_EQ(queue->Lost(), 0u);
  };
  StopAtManySteps(get, kLong ? 0 : 30);
}

}  // namespace
}  // namespace billiard::queue
