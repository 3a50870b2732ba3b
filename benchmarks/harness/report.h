// The one line of JSON that a program of the benchmarks prints (benchmarks/README.md).
#ifndef BILLIARD_BENCHMARKS_HARNESS_REPORT_H_
#define BILLIARD_BENCHMARKS_HARNESS_REPORT_H_

#include <cstdio>
#include <string>

#include "benchmarks/harness/measure.h"

namespace billiard::benchmarks {

#if defined(__OPTIMIZE__) && defined(NDEBUG)
inline constexpr char kBuild[] = "optimised";
#else
inline constexpr char kBuild[] = "debug";
#endif

// `name`: of the workload or the probe, and `variant` (may be empty) of how it was done.
inline void Report(const std::string& name, const std::string& variant, const Figures& figures) {
  printf("{\"name\": \"%s\", \"variant\": \"%s\", \"build\": \"%s\", \"ns\": %.6g", name.c_str(),
         variant.c_str(), kBuild, figures.ns);
  if (figures.p99_ns >= 0) printf(", \"p99_ns\": %.6g", figures.p99_ns);
  printf(", \"items\": %llu}\n", static_cast<unsigned long long>(figures.items));
  fflush(stdout);
}

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_HARNESS_REPORT_H_
