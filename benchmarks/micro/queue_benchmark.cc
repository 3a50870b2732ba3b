// What a queue costs, beside what the machine asks for the same bytes: a bare copy into and out of shared
// memory, and a bare futex round trip, in the same run. Compare as ratios within one run; the machine
// moves (design.md, section 5).
#include <sched.h>

#include <atomic>
#include <cstring>
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
