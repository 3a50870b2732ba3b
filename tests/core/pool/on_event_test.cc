// A function of the host that a thread of the library calls with each event.
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/core/pool/fixture.h"

namespace billiard::pool {
namespace {

class OnEventTest : public BothStarts {
 protected:
  std::unique_ptr<Pool> MakeTold(int workers) {
    PoolOptions options = OptionsFor(GetParam(), workers);
    options.events = kWorkerEvents;
    options.on_event = [this](const PoolEvent& event) {
      EXPECT_EQ(inside_.exchange(1), 0) << "one at a time";
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        told_.push_back(event);
      }
      inside_ = 0;
    };
    return MakePool(std::move(options));
  }
  std::vector<PoolEvent> Told() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return told_;
  }
  size_t Count(EventKind kind) {
    size_t count = 0;
    for (const PoolEvent& event : Told()) count += event.kind == kind;
    return count;
  }

 private:
  std::atomic<int> inside_{0};
  std::mutex mutex_;
  std::vector<PoolEvent> told_;
};
BILLIARD_BOTH_STARTS(OnEventTest);

JobOptions Notify() {
  JobOptions options;
  options.notify = true;
  return options;
}

TEST_P(OnEventTest, EveryEndIsToldOnce) {
  const auto pool = MakeTold(2);
  std::multiset<uint64_t> ids, told;
  for (int i = 0; i < 500; ++i) ids.insert(Submit(pool.get(), "echo", "x", Notify())->id());
  Await([&] { return Count(EventKind::kJobDone) == 500; });
  for (const PoolEvent& event : Told()) {
    if (event.kind == EventKind::kJobDone) told.insert(event.job);
  }
  EXPECT_EQ(told, ids);
}

TEST_P(OnEventTest, TheEndOfThePoolTellsTheRest) {
  auto pool = MakeTold(2);
  AwaitReady(pool.get());
  for (int i = 0; i < 20; ++i) Submit(pool.get(), "echo", "x", Notify());
  pool.reset();
  EXPECT_EQ(Count(EventKind::kJobDone), 20u);
  EXPECT_EQ(Count(EventKind::kWorkerUp), 2u);
  EXPECT_EQ(Count(EventKind::kWorkerDown), 2u);
}

TEST_P(OnEventTest, TheFunctionMayUseThePool) {
  std::atomic<int> rounds{0};
  std::atomic<Pool*> made{nullptr};
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.on_event = [&](const PoolEvent&) {
    Await([&] { return made.load() != nullptr; });
    if (++rounds < 10) {
      Submit(made.load(), "echo", "x", Notify());
    } else {
      EXPECT_TRUE(made.load()->Close().ok());
      EXPECT_TRUE(made.load()->Join(Deadline::Forever(), nullptr).ok());
      made = nullptr;
    }
  };
  const auto pool = MakePool(std::move(options));
  made = pool.get();
  Submit(pool.get(), "echo", "x", Notify());
  Await([&] { return made.load() == nullptr; });
  EXPECT_EQ(rounds, 10);
}

}  // namespace
}  // namespace billiard::pool
