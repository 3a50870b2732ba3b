// Random kills and stops of processes that use a condition and a barrier, with exact accounting.
#include <signal.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/sync/barrier.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/grant.h"
#include "billiard_core/sync/lock.h"
#include "gtest/gtest.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::sync {
namespace {

using testing::Child;
using testing::kLongStorm;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kForever = Deadline::Forever();
constexpr uint64_t kSeed = 20261122;
constexpr int kDeathsUntilRecovery = 50;

// A buffer of items under a lock: {made 32 | taken 32}, so that whoever dies has taken one or has not.
class Buffer {
 public:
  explicit Buffer(SyncMemory* memory)
      : lock_(memory->context(), memory->New<Lock::State>()),
        state_(memory->New<Condition::State>()) {
    Condition::Init(memory->context(), state_);
    condition_ = std::make_unique<Condition>(memory->context(), state_, &lock_);
    counts_ = memory->New<std::atomic<uint64_t>>();
  }

  uint32_t made() const { return static_cast<uint32_t>(counts_->load() >> 32); }
  uint32_t taken() const { return static_cast<uint32_t>(counts_->load()); }
  bool empty() const { return made() == taken(); }

  // Takes items for ever. A holder that died may have been about to take one for which it was notified,
  // or to pass the lock on: whoever learns of it tells everybody.
  int Consume(uint32_t random) {
    for (;;) {
      if (!Enter()) return 1;
      while (empty()) {
        const Deadline deadline =
            random % 3 == 0 ? Deadline::After(random % 1000 * 1000) : kForever;
        random = random * 1664525 + 1013904223;
        const auto outcome = condition_->Wait(0, deadline);
        if (!outcome.ok()) return 2;
        if (outcome->grant == Grant::kOwnerDied) condition_->NotifyAll(0).IgnoreError();
      }
      counts_->fetch_add(1);
      if (!lock_.Release().ok()) return 3;
    }
  }
  void Make(int items) {
    ASSERT_TRUE(Enter());
    counts_->fetch_add(uint64_t{static_cast<uint32_t>(items)} << 32);
    const absl::StatusOr<int> notified = condition_->Notify(0, items);
    ASSERT_TRUE(notified.ok());
    ASSERT_LE(*notified, items);
    ASSERT_TRUE(lock_.Release().ok());
  }
  // Looks after a lock whose holder died.
  void Repair() {
    ASSERT_TRUE(Enter());
    ASSERT_TRUE(lock_.Release().ok());
  }

 private:
  bool Enter() {
    const absl::StatusOr<Grant> grant = lock_.Acquire(kForever);
    if (!grant.ok()) return false;
    if (*grant == Grant::kOwnerDied) condition_->NotifyAll(0).IgnoreError();
    return true;
  }

  Lock lock_;
  Condition::State* state_;
  std::unique_ptr<Condition> condition_;
  std::atomic<uint64_t>* counts_;
};

// All items are taken without any further notification, whoever dies or stands still meanwhile.
TEST(SyncStormTest, DeadConsumersSwallowNoWakeUp) {
  Watchdog watchdog(kLongStorm ? 3000 : 250);
  constexpr int kConsumers = 4;
  constexpr int kRounds = kLongStorm ? 10'000 : 250;
  std::mt19937_64 random(kSeed);
  SyncMemory memory;
  Buffer buffer(&memory);
  const auto consume = [&](uint32_t seed) { return [&, seed] { return buffer.Consume(seed); }; };
  std::vector<std::unique_ptr<Child>> consumers;
  for (int i = 0; i < kConsumers; ++i) {
    consumers.push_back(std::make_unique<Child>(consume(static_cast<uint32_t>(random()))));
  }
  uint32_t made = 0;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + ", seed " + std::to_string(kSeed));
    const int items = 1 + static_cast<int>(random() % kConsumers);
    buffer.Make(items);
    made += static_cast<uint32_t>(items);
    Child* const stopped = consumers[random() % kConsumers].get();
    const bool stop = random() % 4 == 0;
    if (stop) stopped->Signal(SIGSTOP);
    std::unique_ptr<Child>& victim = consumers[random() % kConsumers];
    for (uint64_t delay = random() % 20; delay > 0; --delay) sched_yield();
    const bool both = stopped == victim.get();
    victim->Kill();
    ASSERT_EQ(victim->Wait(), -SIGKILL);
    // It may hold the lock, where it stands.
    if (stop && !both) stopped->Signal(SIGCONT);
    buffer.Repair();
    victim = std::make_unique<Child>(consume(static_cast<uint32_t>(random())));
    while (!buffer.empty()) sched_yield();
    ASSERT_EQ(buffer.taken(), made);
    if (round % kDeathsUntilRecovery == 0) memory.Recover();
  }
  consumers.clear();
  EXPECT_LE(memory.waits().CountInUse(), WaitTable::kGroupRecords);
}

// Whoever was in a cycle agrees on what became of it, and nobody hangs.
TEST(SyncStormTest, PartiesOfABarrierAgreeOnEveryCycle) {
  Watchdog watchdog(kLongStorm ? 3000 : 250);
  constexpr uint32_t kParties = 4;
  constexpr int kKills = kLongStorm ? 5'000 : 120;
  constexpr uint32_t kCycles = kLongStorm ? 1 << 25 : 1 << 22;
  struct Cycles {
    std::atomic<uint8_t> fate[kCycles];  // 1: opened for somebody, 2: broken for somebody
    std::atomic<uint32_t> opened;
    std::atomic<uint32_t> last;
  };
  std::mt19937_64 random(kSeed);
  SyncMemory memory;
  auto* state = memory.New<Barrier::State>();
  ASSERT_TRUE(Barrier::Init(memory.context(), state, kParties).ok());
  Barrier barrier(memory.context(), state);
  Shared<Cycles> cycles;
  const auto run = [&] {
    for (;;) {
      auto arrival = barrier.Arrive(kForever);
      if (!arrival.ok()) {
        if (CodeOf(arrival.status()) != Code::kBroken) return 1;
        barrier.Reset();
        continue;
      }
      const uint32_t cycle = arrival->generation;
      if (cycle >= kCycles) return 2;
      const absl::Status fate =
          arrival->last ? barrier.Open(&*arrival) : barrier.WaitOpened(&*arrival, kForever);
      if (!fate.ok() && CodeOf(fate) != Code::kBroken) return 3;
      cycles->fate[cycle].fetch_or(fate.ok() ? 1 : 2);
      cycles->last.store(cycle);
      if (fate.ok()) cycles->opened.fetch_add(1);
    }
  };
  std::vector<std::unique_ptr<Child>> parties;
  for (uint32_t i = 0; i < kParties; ++i) parties.push_back(std::make_unique<Child>(run));
  // A quick machine may use up the cycles that there is room for before all have been killed.
  const auto room = [&] { return cycles->last.load() < kCycles / 4 * 3; };
  int kills = 0;
  for (; kills < kKills && room(); ++kills) {
    std::unique_ptr<Child>& victim = parties[random() % kParties];
    for (uint64_t delay = random() % 30; delay > 0; --delay) sched_yield();
    victim->Kill();
    ASSERT_EQ(victim->Wait(), -SIGKILL);
    victim = std::make_unique<Child>(run);
    // They go on.
    const uint32_t opened = cycles->opened.load();
    while (cycles->opened.load() < opened + kParties) sched_yield();
    if (kills % kDeathsUntilRecovery == 0) memory.Recover();
  }
  EXPECT_GE(kills, 100);
  parties.clear();
  const uint32_t last = cycles->last.load();
  EXPECT_LT(last, kCycles);
  for (uint32_t cycle = 0; cycle <= last; ++cycle) {
    ASSERT_NE(cycles->fate[cycle].load(), 3) << "cycle " << cycle;
  }
}

}  // namespace
}  // namespace billiard::sync
