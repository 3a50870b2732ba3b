// What a queue costs, beside what the machine asks for the same bytes: a bare copy into and out of shared
// memory, a bare ring, and a bare futex round trip.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/queue/queue.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {
namespace {

using queue::Message;
using queue::Outgoing;
using queue::Queue;
using queue::Taken;
using testing::Child;
using testing::MapShared;
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
BENCHMARK(BM_CopyInAndOutProbe)->Name("Alone/CopyInAndOut")->Arg(64)->Arg(4096)->Arg(1 << 20);

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
BENCHMARK(BM_PutAndGet)->Name("Alone/PutAndGet")->Arg(64)->Arg(4096)->Arg(1 << 20);

void BM_SpscProbe(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0));
  SpscRing probe(bytes);
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
BENCHMARK(BM_SpscProbe)
    ->Name("OneProducer/SpscRing")
    ->Arg(64)
    ->Arg(4096)
    ->Arg(1 << 20)
    ->UseRealTime();

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
BENCHMARK(BM_OneProducerProcess)
    ->Name("OneProducer/Queue")
    ->Arg(64)
    ->Arg(4096)
    ->Arg(1 << 20)
    ->UseRealTime();

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
BENCHMARK(BM_OneProducerProcessInBatches)
    ->Name("OneProducer/QueueInBatches")
    ->Arg(64)
    ->Arg(4096)
    ->UseRealTime();

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
BENCHMARK(BM_OneProducerProcessInPlace)
    ->Name("OneProducer/QueueInPlace")
    ->Arg(64)
    ->Arg(1 << 20)
    ->UseRealTime();

// A message there and one back.
class TwoQueues {
 public:
  void Join() {}
  void Ping() {
    Put(there_.get());
    Get(back_.get());
  }
  void Echo() {
    Get(there_.get());
    Put(back_.get());
  }

 private:
  static void Put(Queue* queue) {
    static constexpr char kData[64] = {};
    if (!queue->Put({kData, sizeof kData}, 0, kForever, nullptr).ok()) abort();
  }
  void Get(Queue* queue) {
    if (!queue->Get(kForever, nullptr, &message_).ok()) abort();
  }

  std::unique_ptr<Queue> there_ = Make(10);
  std::unique_ptr<Queue> back_ = Make(10);
  Message message_;
};

BENCHMARK(BM_RoundTrip<FutexPingPong>)->Name("RoundTrip/Futex")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_RoundTrip<TwoQueues>)->Name("RoundTrip/Queue")->Apply(OnOneCpuAndMore);

}  // namespace
}  // namespace billiard::benchmarks
