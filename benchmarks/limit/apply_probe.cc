// Limit of one job there and its result back: README.md, "apply". One line for each policy of waiting.
//   apply_probe [--bytes=64] [--seconds=0.3]
#include <cstring>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"
#include "benchmarks/limit/parking.h"

namespace billiard::limit {
namespace {

struct Words {
  alignas(64) Word sent;
  alignas(64) Word answered;
  Sleeper worker;
  Sleeper host;
};

benchmarks::Figures Measure(Policy policy, size_t bytes, double seconds) {
  Shared<Words> words;
  char* const job = static_cast<char*>(MapShared(bytes + 1));
  char* const result = static_cast<char*>(MapShared(bytes + 1));
  Child worker([&] {
    std::vector<char> local(bytes);
    for (uint32_t done = 0;;) {
      done = AwaitChange(&words->sent, done, &words->worker, policy);
      memcpy(local.data(), job, bytes);
      memcpy(result, local.data(), bytes);
      Publish(&words->answered, done, &words->host);
    }
  });
  std::vector<char> local(bytes, 'x');
  uint32_t sent = 0;
  const auto figures = benchmarks::Latency(seconds, [&] {
    memcpy(job, local.data(), bytes);
    Publish(&words->sent, sent + 1, &words->worker);
    AwaitChange(&words->answered, sent++, &words->host, policy);
    memcpy(local.data(), result, bytes);
  });
  munmap(job, bytes + 1);
  munmap(result, bytes + 1);
  return figures;
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"bytes", 64}});
  for (const auto policy : {limit::Policy::kFutex, limit::Policy::kYield, limit::Policy::kSpin}) {
    benchmarks::Report("apply", limit::kPolicyNames[static_cast<int>(policy)],
                       limit::Measure(policy, arguments.Size("bytes"), arguments.seconds()));
  }
}
