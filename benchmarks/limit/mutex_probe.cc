// The C library's locks between processes, as a limit of ours: README.md, "mutex".
//   mutex_probe robust|shared|semaphore [--processes=1] [--seconds=0.3]
#include <pthread.h>
#include <semaphore.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {
namespace {

class Mutex {
 public:
  explicit Mutex(bool robust) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (robust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    Must(pthread_mutex_init(&*mutex_, &attributes) == 0, "pthread_mutex_init");
  }
  void Pair() {
    if (pthread_mutex_lock(&*mutex_) != 0) _exit(1);
    pthread_mutex_unlock(&*mutex_);
  }

 private:
  Shared<pthread_mutex_t> mutex_;
};

class Semaphore {
 public:
  Semaphore() { sem_init(&*semaphore_, 1, 1); }
  void Pair() {
    while (sem_wait(&*semaphore_) != 0) {
    }
    sem_post(&*semaphore_);
  }

 private:
  Shared<sem_t> semaphore_;
};

struct alignas(64) Count {
  std::atomic<uint64_t> pairs;
};

// Pairs of all processes over the time: what each does counts.
template <typename Kind>
benchmarks::Figures Measure(Kind* kind, int processes, double seconds) {
  Shared<std::array<Count, 64>> counts;
  std::vector<Child> children;
  const int others = std::clamp(processes, 1, 64) - 1;
  for (int i = 0; i < others; ++i) {
    children.emplace_back([&, i] {
      for (uint64_t pairs = 1;; ++pairs) {
        kind->Pair();
        (*counts)[static_cast<size_t>(i)].pairs.store(pairs, std::memory_order_relaxed);
      }
    });
  }
  const auto of_others = [&] {
    uint64_t sum = 0;
    for (int i = 0; i < others; ++i)
      sum += (*counts)[static_cast<size_t>(i)].pairs.load(std::memory_order_relaxed);
    return sum;
  };
  return benchmarks::Throughput(seconds, 1000, [&](uint64_t items) {
    const uint64_t before = of_others();
    for (uint64_t mine = 0; mine + (others == 0 ? 0 : of_others() - before) < items; ++mine) {
      kind->Pair();
    }
  });
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"processes", 1}});
  const int processes = arguments.Int("processes");
  const std::string& kind = arguments.workload();
  benchmarks::Figures figures;
  if (kind == "robust" || kind == "shared") {
    limit::Mutex mutex(kind == "robust");
    figures = limit::Measure(&mutex, processes, arguments.seconds());
  } else if (kind == "semaphore") {
    limit::Semaphore semaphore;
    figures = limit::Measure(&semaphore, processes, arguments.seconds());
  } else {
    fprintf(stderr, "usage: mutex_probe robust|shared|semaphore\n");
    return 2;
  }
  benchmarks::Report("mutex", kind, figures);
}
