// Limit of a turn given to another process and back: README.md, "ping_pong".
//   ping_pong_probe futex|spin [--seconds=0.3]
#include <cstring>
#include <string>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {
namespace {

struct Words {
  alignas(64) Word ping;
  alignas(64) Word pong;
};

void AwaitAsleep(Word* word, uint32_t round) {
  for (uint32_t now; (now = word->load(std::memory_order_acquire)) != round;) FutexWait(word, now);
}
void AwaitSpinning(Word* word, uint32_t round) {
  while (word->load(std::memory_order_acquire) != round) Pause();
}
void Tell(Word* word, uint32_t round, bool sleeps) {
  word->store(round, std::memory_order_release);
  if (sleeps) FutexWake(word);
}

benchmarks::Figures Measure(bool sleeps, double seconds) {
  Shared<Words> words;
  const auto await = sleeps ? AwaitAsleep : AwaitSpinning;
  Child other([&] {
    for (uint32_t round = 1;; ++round) {
      await(&words->ping, round);
      Tell(&words->pong, round, sleeps);
    }
  });
  uint32_t round = 0;
  const auto run = [&] {
    Tell(&words->ping, ++round, sleeps);
    await(&words->pong, round);
  };
  if (sleeps) return benchmarks::Latency(seconds, run);
  // Too short to be timed one by one.
  return benchmarks::Throughput(seconds, 10, [&](uint64_t items) {
    for (uint64_t i = 0; i < items; ++i) run();
  });
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {});
  const bool sleeps = arguments.workload() == "futex";
  if (!sleeps && arguments.workload() != "spin") {
    fprintf(stderr, "usage: ping_pong_probe futex|spin\n");
    return 2;
  }
  benchmarks::Report("ping_pong", arguments.workload(),
                     limit::Measure(sleeps, arguments.seconds()));
}
