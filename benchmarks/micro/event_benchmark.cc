// What it costs to wake another process by an event and be woken by it, beside two bare futexes; and to
// set one that nobody waits for.
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "benchmarks/micro/shapes.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/sync/event.h"
#include "tests/core/sync/sync_memory.h"

namespace billiard::benchmarks {
namespace {

using sync::Event;
using sync::SyncMemory;

class TwoEvents {
 public:
  void Join() {}
  void Ping() {
    there_.Set();
    Await(&back_);
  }
  void Echo() {
    Await(&there_);
    back_.Set();
  }

 private:
  static void Await(Event* event) {
    if (!event->Wait(Deadline::Forever()).ok()) abort();
    event->Clear();
  }
  SyncMemory memory_;
  Event there_{memory_.New<Event::State>()};
  Event back_{memory_.New<Event::State>()};
};

void BM_SetAndClear(benchmark::State& state) {
  SyncMemory memory;
  Event event(memory.New<Event::State>());
  for (auto iteration : state) {
    event.Set();
    event.Clear();
  }
}

BENCHMARK(BM_RoundTrip<FutexPingPong>)->Name("RoundTrip/Futex")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_RoundTrip<TwoEvents>)->Name("RoundTrip/Event")->Apply(OnOneCpuAndMore);
BENCHMARK(BM_SetAndClear)->Name("SetAndClear");

}  // namespace
}  // namespace billiard::benchmarks
