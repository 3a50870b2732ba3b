// What a queue costs, beside what the machine asks for the same bytes: a bare copy into and out of shared
// memory, and a bare futex round trip, in the same run. Compare as ratios within one run; the machine
// moves (design.md, section 5).
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/queue/queue.h"
#include "tests/support/child/child.h"

namespace billiard::queue {
namespace {

using testing::Child;
using testing::MapShared;
using testing::Shared;
using testing::UnmapShared;

constexpr Deadline kForever = Deadline::Forever();

std::unique_ptr<Queue> Make(uint64_t capacity) { return *Queue::Create({.capacity = capacity}); }

void SetRates(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Limit: the bytes go once into shared memory and once out of it.
void BM_CopyInAndOutProbe(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0));
  const std::vector<char> source(bytes, 'x');
  std::vector<char> target(bytes);
  void* const shared = MapShared(bytes);
  for (auto _ : state) {
    memcpy(shared, source.data(), bytes);
    benchmark::ClobberMemory();
    memcpy(target.data(), shared, bytes);
    benchmark::DoNotOptimize(target.data());
  }
  UnmapShared(shared, bytes);
  SetRates(state);
}
BENCHMARK(BM_CopyInAndOutProbe)->Arg(64)->Arg(4096)->Arg(1 << 20);

// One thread puts and takes: no waiting, no other CPU.
void BM_PutAndGet(benchmark::State& state) {
  auto queue = Make(1000);
  const std::string data(static_cast<size_t>(state.range(0)), 'x');
  Message message;
  for (auto _ : state) {
    queue->Put(data, 0, kForever, nullptr).IgnoreError();
    queue->Get(kForever, nullptr, &message).IgnoreError();
  }
  SetRates(state);
}
BENCHMARK(BM_PutAndGet)->Arg(64)->Arg(4096)->Arg(1 << 20);

// Limit of one producer and one consumer: a ring of slots in shared memory, each filled and emptied by a
// copy, whose sides spin a little, yield, and then sleep on a futex. It does nothing else: no crash
// safety, no sizes, one process on each side.
class SpscProbe {
 public:
  static constexpr uint32_t kSlots = 256;

  explicit SpscProbe(size_t bytes) : bytes_(bytes), slots_(bytes > 65536 ? 8 : kSlots) {
    ring_ = static_cast<char*>(MapShared(bytes * slots_));
  }
  ~SpscProbe() { UnmapShared(ring_, bytes_ * slots_); }
  SpscProbe(const SpscProbe&) = delete;
  SpscProbe& operator=(const SpscProbe&) = delete;

  void Put(const void* data) {
    const uint32_t tail = words_->tail.load(std::memory_order_relaxed);
    if (tail - known_head_ == slots_) {
      known_head_ = Await(&words_->head, &words_->putter_sleeps, tail - slots_);
    }
    memcpy(ring_ + tail % slots_ * bytes_, data, bytes_);
    words_->tail.store(tail + 1, std::memory_order_seq_cst);
    Wake(&words_->tail, &words_->getter_sleeps);
  }
  void Get(void* data) {
    const uint32_t head = words_->head.load(std::memory_order_relaxed);
    if (known_tail_ == head) known_tail_ = Await(&words_->tail, &words_->getter_sleeps, head);
    memcpy(data, ring_ + head % slots_ * bytes_, bytes_);
    words_->head.store(head + 1, std::memory_order_seq_cst);
    Wake(&words_->head, &words_->putter_sleeps);
  }

 private:
  struct Words {
    alignas(128) std::atomic<uint32_t> tail;
    alignas(128) std::atomic<uint32_t> head;
    alignas(128) std::atomic<uint32_t> getter_sleeps;
    alignas(128) std::atomic<uint32_t> putter_sleeps;
  };

  // Returns the word once it is not `old`.
  static uint32_t Await(std::atomic<uint32_t>* word, std::atomic<uint32_t>* sleeps, uint32_t old) {
    for (int i = 0;; ++i) {
      const uint32_t now = word->load(std::memory_order_seq_cst);
      if (now != old) return now;
      if (i < 16) continue;
      if (i < 40) {
        sched_yield();
        continue;
      }
      sleeps->store(1, std::memory_order_seq_cst);
      if (word->load(std::memory_order_seq_cst) == old) os::FutexWait(word, old, kForever);
      sleeps->store(0, std::memory_order_seq_cst);
    }
  }
  static void Wake(std::atomic<uint32_t>* word, std::atomic<uint32_t>* sleeps) {
    if (sleeps->load(std::memory_order_seq_cst) != 0) os::FutexWake(word, 1);
  }

  const size_t bytes_;
  const uint32_t slots_;
  Shared<Words> words_;
  char* ring_;
  uint32_t known_head_ = 0;  // of the putting process
  uint32_t known_tail_ = 0;  // of the getting process
};

void BM_SpscProbe(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0));
  SpscProbe probe(bytes);
  Child producer([&] {
    const std::string data(bytes, 'x');
    for (;;) probe.Put(data.data());
    return 0;
  });
  std::vector<char> data(bytes);
  for (auto _ : state) {
    probe.Get(data.data());
    benchmark::DoNotOptimize(data.data());
  }
  SetRates(state);
}
BENCHMARK(BM_SpscProbe)->Arg(64)->Arg(4096)->Arg(1 << 20)->UseRealTime();

// A child puts for ever; we take.
void BM_OneProducerProcess(benchmark::State& state) {
  auto queue = Make(1000);
  const size_t bytes = static_cast<size_t>(state.range(0));
  Child producer([&] {
    const std::string data(bytes, 'x');
    while (queue->Put(data, 0, kForever, nullptr).ok()) {
    }
    return 0;
  });
  Message message;
  for (auto _ : state) queue->Get(kForever, nullptr, &message).IgnoreError();
  queue->CloseAll();
  producer.Wait();
  SetRates(state);
}
BENCHMARK(BM_OneProducerProcess)->Arg(64)->Arg(4096)->Arg(1 << 20)->UseRealTime();

// The same in batches of 32.
void BM_OneProducerProcessInBatches(benchmark::State& state) {
  auto queue = Make(1000);
  const size_t bytes = static_cast<size_t>(state.range(0));
  Child producer([&] {
    const std::string data(bytes, 'x');
    const std::vector<Outgoing> batch(32, Outgoing{data, 0});
    size_t done = 0;
    while (queue->PutBatch(batch.data(), batch.size(), kForever, nullptr, &done).ok()) {
    }
    return 0;
  });
  int64_t got = 0;
  for (auto _ : state) {
    queue->GetBatch(32, kForever, nullptr, [&got](Message*) { ++got; }).IgnoreError();
  }
  queue->CloseAll();
  producer.Wait();
  state.SetItemsProcessed(got);
}
BENCHMARK(BM_OneProducerProcessInBatches)->Arg(64)->Arg(4096)->UseRealTime();

// A child puts for ever; we take in place.
void BM_OneProducerProcessInPlace(benchmark::State& state) {
  auto queue = Make(1000);
  const size_t bytes = static_cast<size_t>(state.range(0));
  Child producer([&] {
    for (;;) {
      const auto reserved = queue->Reserve(bytes);
      if (!reserved.ok()) return 1;
      if (!queue->Commit(*reserved, bytes, 0, kForever, nullptr).ok()) return 0;
    }
  });
  Taken taken;
  for (auto _ : state) {
    if (!queue->Take(kForever, nullptr, &taken).ok()) break;
    queue->Acknowledge(taken).IgnoreError();
  }
  queue->CloseAll();
  producer.Wait();
  SetRates(state);
}
BENCHMARK(BM_OneProducerProcessInPlace)->Arg(64)->Arg(1 << 20)->UseRealTime();

// Limit of a blocking round trip: two futex words between two processes, and nothing else.
void BM_FutexRoundTripProbe(benchmark::State& state) {
  struct Words {
    std::atomic<uint32_t> ping;
    std::atomic<uint32_t> pong;
  };
  Shared<Words> words;
  const auto await = [](std::atomic<uint32_t>* word, uint32_t old) {
    while (word->load() == old) os::FutexWait(word, old, kForever);
  };
  Child echo([&] {
    for (uint32_t round = 0;; ++round) {
      await(&words->ping, round);
      words->pong.store(round + 1);
      os::FutexWake(&words->pong, 1);
    }
    return 0;
  });
  uint32_t round = 0;
  for (auto _ : state) {
    words->ping.store(round + 1);
    os::FutexWake(&words->ping, 1);
    await(&words->pong, round);
    ++round;
  }
}
BENCHMARK(BM_FutexRoundTripProbe)->UseRealTime();

void BM_QueueRoundTrip(benchmark::State& state) {
  auto there = Make(10);
  auto back = Make(10);
  Child echo([&] {
    Message message;
    while (there->Get(kForever, nullptr, &message).ok()) {
      back->Put(message.bytes(), 0, kForever, nullptr).IgnoreError();
    }
    return 0;
  });
  const std::string data(64, 'x');
  Message message;
  for (auto _ : state) {
    there->Put(data, 0, kForever, nullptr).IgnoreError();
    back->Get(kForever, nullptr, &message).IgnoreError();
  }
  there->CloseAll();
  echo.Wait();
}
BENCHMARK(BM_QueueRoundTrip)->UseRealTime();

}  // namespace
}  // namespace billiard::queue
