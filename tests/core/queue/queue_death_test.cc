// Real processes that are killed and stopped in the middle of everything.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
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
constexpr Deadline kForever = Deadline::Forever();
constexpr size_t kBig = 100 << 20;

std::unique_ptr<Queue> Make(const QueueOptions& options) {
  auto queue = Queue::Create(options);
  EXPECT_TRUE(queue.ok()) << queue.status();
  return *std::move(queue);
}

int GetSize(Queue* queue, Deadline deadline = kForever) {
  Message message;
  return queue->Get(deadline, nullptr, &message).ok() ? static_cast<int>(message.size()) : -1;
}

// A child in the middle of a big put: it has its block and has not published it. On a busy machine it may
// be through before we stop it; then another one is tried.
Child ChildInTheMiddleOfAPut(Queue* queue) {
  for (;;) {
    Child child(
        [queue] { return queue->Put(std::string(kBig, 'x'), 0, kForever, nullptr).ok() ? 0 : 1; });
    while (queue->heap().CountInUse() == 0) sched_yield();
    child.Stop();
    if (queue->Size() == 0 && queue->heap().CountInUse() == 1) return child;
    child.Signal(SIGCONT);
    EXPECT_EQ(child.Wait(), 0);
    EXPECT_EQ(GetSize(queue), static_cast<int>(kBig));
  }
}

// A child in the middle of a big get: it has taken the message and not given its block back.
Child ChildInTheMiddleOfAGet(Queue* queue) {
  for (;;) {
    EXPECT_TRUE(queue->Put(std::string(kBig, 'x'), 0, kForever, nullptr).ok());
    Child child([queue] { return GetSize(queue) == static_cast<int>(kBig) ? 0 : 1; });
    while (queue->Size() != 0) sched_yield();
    child.Stop();
    if (queue->heap().CountInUse() == 1) return child;
    child.Signal(SIGCONT);
    EXPECT_EQ(child.Wait(), 0);
  }
}

void ExpectOthersRunOn(Queue* queue) {
  Child echo([queue] {
    for (int i = 0; i < 1000; ++i) {
      if (!queue->Put(std::string(500, 'y'), 0, kForever, nullptr).ok()) return 1;
    }
    return 0;
  });
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(GetSize(queue), 500);
  EXPECT_EQ(echo.Wait(), 0);
}

TEST(QueueDeathTest, ProducerStoppedInTheMiddleHoldsUpNobodyAndFinishesLater) {
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 4});
  Child child = ChildInTheMiddleOfAPut(queue.get());
  ExpectOthersRunOn(queue.get());
  child.Signal(SIGCONT);
  EXPECT_EQ(GetSize(queue.get()), static_cast<int>(kBig));
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(queue->Lost(), 0u);
}

TEST(QueueDeathTest, ConsumerStoppedInTheMiddleHoldsUpNobodyAndFinishesLater) {
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 1});
  Child child = ChildInTheMiddleOfAGet(queue.get());
  ExpectOthersRunOn(queue.get());
  child.Signal(SIGCONT);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(queue->Lost(), 0u);
}

TEST(QueueDeathTest, ProducerKilledInTheMiddleLosesOnlyItsPut) {
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 4});
  Child child = ChildInTheMiddleOfAPut(queue.get());
  child.Kill();
  EXPECT_EQ(child.Wait(), -SIGKILL);
  ExpectOthersRunOn(queue.get());
  EXPECT_EQ(queue->Lost(), 0u);
  EXPECT_EQ(queue->heap().CountInUse(), 0u);
}

TEST(QueueDeathTest, ConsumerKilledInTheMiddleLosesItsMessageWhichIsCounted) {
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 1});
  Child child = ChildInTheMiddleOfAGet(queue.get());
  child.Kill();
  EXPECT_EQ(child.Wait(), -SIGKILL);
  ExpectOthersRunOn(queue.get());
  EXPECT_EQ(queue->Lost(), 1u);
  EXPECT_EQ(queue->Lost(), 1u);
  EXPECT_EQ(queue->heap().CountInUse(), 0u);
}

TEST(QueueDeathTest, DeathOfTheOneWhoWasWokenIsMadeUpForByTheOthers) {
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 4});
  Child first([&] { return GetSize(queue.get()); });
  testing::AwaitSleeping(first.pid());
  Child second([&] { return GetSize(queue.get()); });
  testing::AwaitSleeping(second.pid());
  first.Stop();  // it will be woken, the oldest sleeper, and never take
  ASSERT_TRUE(queue->Put("abc", 0, kNow, nullptr).ok());
  EXPECT_EQ(second.Wait(), 3);
}

TEST(QueueDeathTest, GetterKilledWhileItWaitsLeavesTheQueueAsItWas) {  // GAP-29, W-QUEUE-1
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 4});
  Child getter([&] { return GetSize(queue.get()); });
  testing::AwaitSleeping(getter.pid());
  getter.Kill();
  EXPECT_EQ(getter.Wait(), -SIGKILL);
  EXPECT_EQ(GetSize(queue.get(), kNow), -1);
  ASSERT_TRUE(queue->Put("abc", 0, kNow, nullptr).ok());
  EXPECT_EQ(queue->Size(), 1u);
  EXPECT_EQ(GetSize(queue.get(), kNow), 3);
  EXPECT_EQ(queue->Lost(), 0u);
}

TEST(QueueDeathTest, GetWithATimeoutIsOverAfterAProducerDiedInTheMiddle) {  // GAP-30, W-QUEUE-2
  Watchdog watchdog(200);
  auto queue = Make({.capacity = 4});
  Child child = ChildInTheMiddleOfAPut(queue.get());
  child.Kill();
  EXPECT_EQ(child.Wait(), -SIGKILL);
  EXPECT_EQ(GetSize(queue.get(), Deadline::After(100 * kNanosPerMilli)), -1);
  ASSERT_TRUE(queue->Put("next", 0, kNow, nullptr).ok());
  EXPECT_EQ(GetSize(queue.get(), Deadline::After(kNanosPerSecond)), 4);
}

TEST(QueueDeathTest, PutsOutliveTheirProcessAndNobodyWaitsForAReader) {  // G-QUEUE-4, GAP-32
  Watchdog watchdog(200);
  auto queue = Make({});
  for (const size_t bytes : {300'000, 1 << 20, 10 << 20}) {
    Child producer(
        [&] { return queue->Put(std::string(bytes, 'x'), 0, kNow, nullptr).ok() ? 0 : 1; });
    EXPECT_EQ(producer.Wait(), 0) << "joined before anything was got";
    EXPECT_EQ(GetSize(queue.get(), kNow), static_cast<int>(bytes));
  }
}

// ---- the storm ----

constexpr int kProducers = 2;
constexpr int kConsumers = 2;
constexpr uint32_t kMaxMessages = 1 << 24;
constexpr uint64_t kStormCapacity = 16;

// What became of each message, by its serial number.
struct StormBook {
  std::atomic<uint32_t> next;
  std::atomic<uint32_t> gets;
  std::atomic<uint32_t> wrong;
  std::atomic<uint8_t> finished[kMaxMessages];  // its put has returned
  std::atomic<uint8_t> got[kMaxMessages];       // how often it was got
};

int Produce(Queue* queue, StormBook* book, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    const uint32_t serial = book->next.fetch_add(1);
    if (serial >= kMaxMessages) return 0;
    std::string data(sizeof serial + (random() % 8 == 0 ? random() % 200'000 : random() % 600),
                     static_cast<char>(serial));
    memcpy(data.data(), &serial, sizeof serial);
    if (!queue->Put(data, serial, kForever, nullptr).ok()) return 1;
    book->finished[serial].store(1);
    if (random() % 32 == 0) queue->Recover();
  }
}

void Record(StormBook* book, const Message& message) {
  const absl::string_view bytes = message.bytes();
  uint32_t serial = kMaxMessages;
  if (bytes.size() >= sizeof serial) memcpy(&serial, bytes.data(), sizeof serial);
  const bool whole =
      bytes.find_first_not_of(static_cast<char>(serial), sizeof serial) == absl::string_view::npos;
  if (serial >= kMaxMessages || message.format() != serial || !whole) {
    book->wrong.fetch_add(1);
    return;
  }
  book->got[serial].fetch_add(1);
  book->gets.fetch_add(1);
}

int Consume(Queue* queue, StormBook* book) {
  for (;;) {
    Message message;
    if (!queue->Get(kForever, nullptr, &message).ok()) return 1;
    Record(book, message);
  }
}

struct Totals {
  uint64_t begun = 0;
  uint64_t finished = 0;
  uint64_t got = 0;
  uint64_t twice = 0;
};

Totals Count(const StormBook& book) {
  Totals totals;
  totals.begun = std::min(book.next.load(), kMaxMessages);
  for (uint32_t serial = 0; serial < totals.begun; ++serial) {
    totals.finished += book.finished[serial].load();
    totals.got += book.got[serial].load();
    totals.twice += book.got[serial].load() > 1;
  }
  return totals;
}

// Progress after every death is the point: a queue that is wedged ends in the watchdog.
void AwaitGets(const StormBook& book, uint32_t more) {
  const uint32_t wanted = book.gets.load() + more;
  while (book.gets.load() < wanted && book.next.load() < kMaxMessages) sched_yield();
}

#if defined(BILLIARD_LONG_STORM)
constexpr int kKills = 10'000;
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kKills = 60;  // forks are slow there
#else
constexpr int kKills = 300;
#endif

TEST(QueueDeathTest, KillStormLosesNothingThatIsNotCounted) {
  Watchdog watchdog(200 + kKills / 10);
  const uint64_t seed = 20;
  std::mt19937_64 random(seed);
  auto queue = Make({.capacity = kStormCapacity});
  Shared<StormBook> book;
  std::deque<Child> producers;
  std::deque<Child> consumers;
  uint64_t killed_consumers = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    while (producers.size() < kProducers) {
      producers.emplace_back(
          [&, its_seed = random()] { return Produce(queue.get(), &*book, its_seed); });
    }
    while (consumers.size() < kConsumers) {
      consumers.emplace_back([&] { return Consume(queue.get(), &*book); });
    }
    AwaitGets(*book, static_cast<uint32_t>(random() % 50));
    const bool consumer = random() % 2 == 0;
    std::deque<Child>& side = consumer ? consumers : producers;
    side.front().Kill();
    EXPECT_EQ(side.front().Wait(), -SIGKILL);
    side.pop_front();
    killed_consumers += consumer;
    if (random() % 16 == 0) queue->Recover();
    ASSERT_LE(queue->Size(), kStormCapacity);
  }
  killed_consumers += consumers.size();
  producers.clear();
  consumers.clear();
  Message message;
  while (queue->Get(kNow, nullptr, &message).ok()) Record(&*book, message);

  const Totals totals = Count(*book);
  const uint64_t lost = queue->Lost();
  printf("storm: %d kills, %lu puts finished, %lu got, %lu lost\n", kKills, totals.finished,
         totals.got, lost);
  EXPECT_EQ(book->wrong.load(), 0u);
  EXPECT_EQ(totals.twice, 0u);
  // What was put was got, or is counted as lost, or was got by a consumer killed before it wrote it down.
  EXPECT_GE(totals.got + lost + killed_consumers, totals.finished);
  EXPECT_LE(totals.got + lost, totals.begun);
  EXPECT_EQ(queue->Size(), 0u);
  EXPECT_EQ(queue->heap().CountInUse(), 0u);
}

}  // namespace
}  // namespace billiard::queue
