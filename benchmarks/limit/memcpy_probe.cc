// Limit of a copy into shared memory: README.md, "memcpy".
//   memcpy_probe [--bytes=1048576] [--seconds=0.3]
#include <cstring>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"bytes", 1 << 20}});
  const size_t bytes = arguments.Size("bytes");
  const std::vector<char> source(bytes, 'x');
  void* const target = limit::MapShared(bytes + 1);
  benchmarks::Report("memcpy", "in",
                     benchmarks::Throughput(arguments.seconds(), 10, [&](uint64_t items) {
                       for (uint64_t i = 0; i < items; ++i) {
                         memcpy(target, source.data(), bytes);
                         asm volatile("" : : "r"(target) : "memory");  // it is needed
                       }
                     }));
}
