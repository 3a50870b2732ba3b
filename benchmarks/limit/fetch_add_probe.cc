// Limit of an addition to a shared number: README.md, "fetch_add".
//   fetch_add_probe [--seconds=0.3]
#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {});
  limit::Shared<std::atomic<int64_t>> number;
  benchmarks::Report("fetch_add", "alone",
                     benchmarks::Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
                       for (uint64_t i = 0; i < items; ++i) number->fetch_add(1);
                     }));
}
