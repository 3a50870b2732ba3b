// The workloads through the C ABI.
#include "benchmarks/workloads/native/c_engine.h"
#include "benchmarks/workloads/native/workloads.h"

int main(int argc, char** argv) {
  return billiard::benchmarks::Workloads<billiard::benchmarks::CEngine>::Main(argc, argv);
}
