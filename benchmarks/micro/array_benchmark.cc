// What it costs to copy into a shared array and out of it in one go, and to fill it, beside memcpy and
// memset on the same memory.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "billiard_core/shared_memory/element_type.h"
#include "billiard_core/shared_memory/elements.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {
namespace {

using shared_memory::Elements;
using shared_memory::ElementType;
using shared_memory::Overflow;

// state.range(0) bytes of shared memory, and as many here.
class Sides {
 public:
  explicit Sides(const benchmark::State& state)
      : bytes_(static_cast<size_t>(state.range(0))),
        shared_(static_cast<std::byte*>(testing::MapShared(bytes_))),
        local_(bytes_, 'x') {
    memset(shared_, 1, bytes_);  // every page is there
  }
  ~Sides() { testing::UnmapShared(shared_, bytes_); }
  Sides(const Sides&) = delete;
  Sides& operator=(const Sides&) = delete;

  size_t bytes() const { return bytes_; }
  std::byte* shared() const { return shared_; }
  char* local() { return local_.data(); }

 private:
  const size_t bytes_;
  std::byte* const shared_;
  std::vector<char> local_;
};

// The same as an array of `typecode`.
class ArraySides : public Sides {
 public:
  ArraySides(const benchmark::State& state, absl::string_view typecode)
      : Sides(state), type_(*ElementType::Parse(typecode)) {}
  int64_t count() const { return static_cast<int64_t>(bytes() / type_.bytes()); }
  Elements elements() {
    return Elements(&type_, shared(), static_cast<uint64_t>(count()), Overflow::kRefuse);
  }

 private:
  const ElementType type_;
};

void SetBytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void BM_MemcpyInProbe(benchmark::State& state) {
  Sides sides(state);
  for (auto iteration : state) {
    memcpy(sides.shared(), sides.local(), sides.bytes());
    benchmark::ClobberMemory();
  }
  SetBytes(state);
}

void BM_MemcpyOutProbe(benchmark::State& state) {
  Sides sides(state);
  for (auto iteration : state) {
    memcpy(sides.local(), sides.shared(), sides.bytes());
    benchmark::ClobberMemory();
  }
  SetBytes(state);
}

void BM_MemsetProbe(benchmark::State& state) {
  Sides sides(state);
  for (auto iteration : state) {
    memset(sides.shared(), 7, sides.bytes());
    benchmark::ClobberMemory();
  }
  SetBytes(state);
}

void BM_Write(benchmark::State& state, const char* typecode) {
  ArraySides sides(state, typecode);
  Elements elements = sides.elements();
  for (auto iteration : state) {
    if (!elements.Write(0, absl::string_view(sides.local(), sides.bytes())).ok()) abort();
  }
  SetBytes(state);
}

void BM_Read(benchmark::State& state, const char* typecode) {
  ArraySides sides(state, typecode);
  const Elements elements = sides.elements();
  for (auto iteration : state) {
    if (!elements.Read(0, sides.count(), sides.local(), sides.bytes()).ok()) abort();
    benchmark::ClobberMemory();
  }
  SetBytes(state);
}

void BM_Fill(benchmark::State& state, const char* typecode) {
  ArraySides sides(state, typecode);
  Elements elements = sides.elements();
  const std::string element(sides.bytes() / static_cast<size_t>(sides.count()), '\7');
  for (auto iteration : state) {
    if (!elements.Fill(0, sides.count(), element).ok()) abort();
  }
  SetBytes(state);
}

constexpr int64_t kPage = 4096;
constexpr int64_t kMiB = 1 << 20;

BENCHMARK(BM_MemcpyInProbe)->Name("In/Memcpy")->Arg(kPage)->Arg(kMiB);
BENCHMARK_CAPTURE(BM_Write, d, "d")->Name("In/Doubles")->Arg(kPage)->Arg(kMiB);
BENCHMARK_CAPTURE(BM_Write, B, "B")->Name("In/Bytes")->Arg(kPage)->Arg(kMiB);
BENCHMARK(BM_MemcpyOutProbe)->Name("Out/Memcpy")->Arg(kPage)->Arg(kMiB);
BENCHMARK_CAPTURE(BM_Read, d, "d")->Name("Out/Doubles")->Arg(kPage)->Arg(kMiB);
BENCHMARK_CAPTURE(BM_Read, B, "B")->Name("Out/Bytes")->Arg(kPage)->Arg(kMiB);
BENCHMARK(BM_MemsetProbe)->Name("Fill/Memset")->Arg(kPage)->Arg(kMiB);
BENCHMARK_CAPTURE(BM_Fill, d, "d")->Name("Fill/Doubles")->Arg(kPage)->Arg(kMiB);

}  // namespace
}  // namespace billiard::benchmarks
