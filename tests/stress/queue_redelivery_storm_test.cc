// Producers and consumers are killed at random, again and again, in queues of all kinds. Whoever is left
// goes on; at the end every message is accounted for, and nothing is left over.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/queue/queue.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using testing::Child;
using testing::kLongStorm;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr Deadline kNow = Deadline::Now();
constexpr Deadline kForever = Deadline::Forever();

constexpr size_t kProducers = 2;
constexpr size_t kConsumers = 2;
constexpr uint32_t kMaxMessages = 1 << 24;
constexpr uint64_t kCapacity = 200;
constexpr int kKills = kLongStorm ? 3000 : kSanitized ? 30 : 300;

// What became of each message, by its serial number.
struct Book {
  std::atomic<uint32_t> next;
  std::atomic<uint32_t> deliveries;
  std::atomic<uint32_t> wrong;              // damaged
  std::atomic<uint32_t> unannounced;        // delivered again without saying so
  std::atomic<uint8_t> put[kMaxMessages];   // its put has returned
  std::atomic<uint8_t> seen[kMaxMessages];  // how often it was delivered
};

struct Kind {
  const char* name;
  Delivery delivery;
  bool joinable;
};

std::string MessageOf(uint32_t serial, size_t more) {
  std::string data(sizeof serial + more, static_cast<char>(serial));
  memcpy(data.data(), &serial, sizeof serial);
  return data;
}

int Produce(Queue& queue, Book& book, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    const size_t count = random() % 4 == 0 ? 1 + random() % 10 : 1;
    const uint32_t first = book.next.fetch_add(static_cast<uint32_t>(count));
    if (first + count >= kMaxMessages) return 0;
    std::vector<std::string> texts;
    std::vector<Outgoing> batch;
    for (size_t i = 0; i < count; ++i) {
      texts.push_back(MessageOf(first + static_cast<uint32_t>(i), random() % 600));
    }
    for (const std::string& text : texts) batch.push_back({text, 0});
    size_t done = 0;
    if (!queue.PutBatch(batch.data(), count, kForever, nullptr, &done).ok()) return 1;
    for (size_t i = 0; i < count; ++i) book.put[first + i].store(1);
    if (random() % 64 == 0) queue.Recover();
  }
}

// `again`: the queue says that this may not be the first time; -1: it does not tell.
void Record(Book& book, absl::string_view bytes, int again) {
  uint32_t serial = kMaxMessages;
  if (bytes.size() >= sizeof serial) memcpy(&serial, bytes.data(), sizeof serial);
  const bool whole =
      bytes.find_first_not_of(static_cast<char>(serial), sizeof serial) == absl::string_view::npos;
  if (serial >= kMaxMessages || !whole) {
    book.wrong.fetch_add(1);
    return;
  }
  if (book.seen[serial].fetch_add(1) > 0 && again == 0) book.unannounced.fetch_add(1);
  book.deliveries.fetch_add(1);
}

// One message, taken in one of the ways there are. False: it failed.
bool ConsumeOne(Queue& queue, Book& book, uint64_t way, Deadline deadline) {
  if (way % 2 == 0) {
    Message message;
    if (!queue.Get(deadline, nullptr, &message).ok()) return false;
    Record(book, message.bytes(), -1);
    return !queue.joinable() || queue.TaskDone().ok();
  }
  Taken taken;
  if (!queue.Take(deadline, nullptr, &taken).ok()) return false;
  const absl::string_view bytes(reinterpret_cast<const char*>(taken.data), taken.size);
  if (way % 8 == 1) return queue.GiveBack(taken).ok();
  Record(book, bytes, static_cast<int>(taken.deliveries));
  return queue.Acknowledge(taken).ok();
}

int Consume(Queue& queue, Book& book, uint64_t seed) {
  std::mt19937_64 random(seed);
  while (ConsumeOne(queue, book, random(), kForever)) {
  }
  return 1;
}

// Progress after every death is the point: a queue that is wedged ends in the watchdog.
void AwaitDeliveries(const Book& book, uint32_t more) {
  const uint32_t wanted = book.deliveries.load() + more;
  while (book.deliveries.load() < wanted && book.next.load() < kMaxMessages) sched_yield();
}

class RedeliveryStormTest : public ::testing::TestWithParam<Kind> {
 protected:
  // Kills so many, one after the other; returns how many consumers were among them.
  uint64_t Storm(Queue& queue, Book& book, std::mt19937_64& random) {
    std::deque<Child> producers;
    std::deque<Child> consumers;
    uint64_t killed_consumers = 0;
    for (int kill = 0; kill < kKills; ++kill) {
      while (producers.size() < kProducers) {
        producers.emplace_back([&, seed = random()] { return Produce(queue, book, seed); });
      }
      while (consumers.size() < kConsumers) {
        consumers.emplace_back([&, seed = random()] { return Consume(queue, book, seed); });
      }
      AwaitDeliveries(book, static_cast<uint32_t>(random() % 50));
      const bool consumer = random() % 2 == 0;
      std::deque<Child>& side = consumer ? consumers : producers;
      side.front().Kill();
      EXPECT_EQ(side.front().Wait(), -9);
      side.pop_front();
      killed_consumers += consumer;
      if (random() % 16 == 0) queue.Recover();
    }
    return killed_consumers + consumers.size();
  }
};

TEST_P(RedeliveryStormTest, EveryMessageIsAccountedFor) {
  Watchdog watchdog(280 + kKills / 4);
  auto made = Queue::Create(
      {.capacity = kCapacity, .delivery = GetParam().delivery, .joinable = GetParam().joinable});
  ASSERT_TRUE(made.ok()) << made.status();
  Queue& queue = **made;
  Shared<Book> book;
  std::mt19937_64 random(31);
  const uint64_t killed_consumers = Storm(queue, *book, random);
  queue.Recover();
  for (uint64_t way = 0; ConsumeOne(queue, *book, way % 2 == 0 ? 0 : 3, kNow); ++way) {
  }

  uint64_t put = 0;
  uint64_t seen = 0;
  uint64_t missing = 0;
  uint64_t twice = 0;
  const uint32_t begun = std::min(book->next.load(), kMaxMessages);
  for (uint32_t serial = 0; serial < begun; ++serial) {
    put += book->put[serial].load();
    seen += book->seen[serial].load() > 0;
    missing += book->put[serial].load() > 0 && book->seen[serial].load() == 0;
    twice += book->seen[serial].load() > 1;
  }
  const uint64_t lost = queue.Lost();
  printf("%s: %d kills, %lu put, %lu delivered, %lu more than once, %lu lost\n", GetParam().name,
         kKills, put, seen, twice, lost);
  EXPECT_EQ(book->wrong.load(), 0u);
  EXPECT_EQ(book->unannounced.load(), 0u);
  EXPECT_EQ(queue.Size(), 0u);
  EXPECT_EQ(queue.Unfinished(), 0u);
  EXPECT_EQ(queue.heap().CountInUse(), 0u);
  EXPECT_FALSE(queue.TaskDone().ok());
  if (GetParam().delivery == Delivery::kAtLeastOnce) {
    // A get acknowledges before its consumer has written the message down; each lost one at most.
    EXPECT_LE(missing, killed_consumers);
    EXPECT_EQ(lost, 0u);
  } else {
    EXPECT_EQ(twice, 0u);
    EXPECT_LE(missing, lost + killed_consumers);
    EXPECT_LE(lost, killed_consumers);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, RedeliveryStormTest,
                         ::testing::Values(Kind{"Once", Delivery::kAtMostOnce, false},
                                           Kind{"Again", Delivery::kAtLeastOnce, false},
                                           Kind{"OnceJoinable", Delivery::kAtMostOnce, true},
                                           Kind{"AgainJoinable", Delivery::kAtLeastOnce, true}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace billiard::queue
