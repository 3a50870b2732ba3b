// What it costs to make a shared object and give it back, beside malloc of the same size, touched; and
// what a fork costs a process that has many, beside one that has none.
#include <sys/resource.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "benchmarks/micro/probes.h"
#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/object_kind.h"

namespace billiard::benchmarks {
namespace {

using shared_memory::Arena;
using shared_memory::Object;
using shared_memory::ObjectKind;

Object Make(const std::shared_ptr<Arena>& arena, uint64_t bytes) {
  absl::StatusOr<Object> object = Object::Make(arena, ObjectKind::kMemory, bytes, nullptr);
  if (!object.ok()) abort();
  return *std::move(object);
}

void BM_MallocProbe(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0));
  for (auto iteration : state) {
    void* const memory = malloc(bytes);
    memset(memory, 0, bytes);  // as a new object is
    benchmark::DoNotOptimize(memory);
    benchmark::ClobberMemory();
    free(memory);
  }
}

void BM_MakeAndRelease(benchmark::State& state) {
  const std::shared_ptr<Arena> arena = *Arena::Create();
  const Object other = Make(arena, 64);  // others are there, as in a real arena
  for (auto iteration : state) Make(arena, static_cast<uint64_t>(state.range(0)));
}

// Another handle of an object that is there.
void BM_AttachAndRelease(benchmark::State& state) {
  const std::shared_ptr<Arena> arena = *Arena::Create();
  const Object object = Make(arena, 64);
  for (auto iteration : state) {
    if (!Object::Attach(arena, object.name(), ObjectKind::kMemory).ok()) abort();
  }
}

// CPU time of the children that have ended.
double ChildMicros() {
  rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  return 1e6 * static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// A fork, exit and wait of a process that has so many objects; 0: it has no arena either. child_us is CPU
// time, in which the child takes its references; its parent waits for that.
void BM_Fork(benchmark::State& state) {
  std::shared_ptr<Arena> arena;
  std::vector<Object> objects;
  if (state.range(0) > 0) arena = *Arena::Create();
  for (int64_t i = 0; i < state.range(0); ++i) objects.push_back(Make(arena, 64));
  const double before = ChildMicros();
  for (auto iteration : state) ForkAndWait();
  state.counters["child_us"] = (ChildMicros() - before) / static_cast<double>(state.iterations());
}

BENCHMARK(BM_MallocProbe)->Name("Make/Malloc")->Arg(64)->Arg(4096);
BENCHMARK(BM_MakeAndRelease)->Name("Make/Object")->Arg(64)->Arg(4096);
BENCHMARK(BM_AttachAndRelease)->Name("Attach/Object");
BENCHMARK(BM_Fork)
    ->Name("Fork/Objects")
    ->Arg(0)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace billiard::benchmarks
