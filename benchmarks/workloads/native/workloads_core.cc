// The workloads through the C++ core.
#include "benchmarks/workloads/native/core_engine.h"
#include "benchmarks/workloads/native/workloads.h"

int main(int argc, char** argv) {
  return billiard::benchmarks::Workloads<billiard::benchmarks::CoreEngine>::Main(argc, argv);
}
