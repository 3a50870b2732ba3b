// Limit of a queue with many producers and consumers: README.md, "mpmc_ring".
//   mpmc_ring_probe [--producers=2] [--consumers=2] [--bytes=64] [--seconds=0.3]
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {
namespace {

using Position = std::atomic<uint64_t>;

// Looks with pauses, and gives the CPU away every so often: there may be more processes than CPUs.
class Patience {
 public:
  void Lose() {
    if (++tries_ % 64 == 0) sched_yield();
    Pause();
  }

 private:
  uint32_t tries_ = 0;
};

class Ring {
 public:
  explicit Ring(size_t bytes)
      : bytes_(bytes),
        stride_((sizeof(Position) + bytes + 63) / 64 * 64),
        slots_(bytes > 65536 ? 16 : 1024),
        memory_(static_cast<char*>(MapShared(stride_ * slots_))) {
    for (uint64_t i = 0; i < slots_; ++i) (new (Turn(i)) Position)->store(i);
  }

  void Put(const void* data) {
    const uint64_t at = Claim(&words_->tail, 0);
    memcpy(Bytes(at), data, bytes_);
    Turn(at)->store(at + 1, std::memory_order_release);
  }
  void Get(void* data) {
    const uint64_t at = Claim(&words_->head, 1);
    memcpy(data, Bytes(at), bytes_);
    Turn(at)->store(at + slots_, std::memory_order_release);
  }

 private:
  struct Words {
    alignas(64) Position head;
    alignas(64) Position tail;
  };

  // The next position whose slot is `ahead` of it.
  uint64_t Claim(Position* position, uint64_t ahead) {
    Patience patience;
    for (uint64_t at = position->load(std::memory_order_relaxed);;) {
      const uint64_t turn = Turn(at)->load(std::memory_order_acquire);
      if (turn == at + ahead) {
        if (position->compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) return at;
        continue;
      }
      if (turn < at + ahead) patience.Lose();
      at = position->load(std::memory_order_relaxed);
    }
  }
  Position* Turn(uint64_t at) {
    return reinterpret_cast<Position*>(memory_ + at % slots_ * stride_);
  }
  char* Bytes(uint64_t at) { return memory_ + at % slots_ * stride_ + sizeof(Position); }

  const size_t bytes_, stride_;
  const uint64_t slots_;
  char* const memory_;
  Shared<Words> words_;
};

// Of each consumer, on a line of its own.
struct alignas(64) Count {
  Position got;
};

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  using namespace billiard::limit;
  const benchmarks::Arguments arguments(argc, argv,
                                        {{"producers", 2}, {"consumers", 2}, {"bytes", 64}});
  const size_t bytes = arguments.Size("bytes");
  Ring ring(bytes);
  Shared<std::array<Count, 64>> counts;
  std::vector<Child> children;
  for (int i = 0; i < std::clamp(arguments.Int("producers"), 1, 64); ++i) {
    children.emplace_back([&] {
      const std::vector<char> data(bytes, 'x');
      for (;;) ring.Put(data.data());
    });
  }
  const int others = std::clamp(arguments.Int("consumers"), 1, 64) - 1;  // this process is one, too
  for (int i = 0; i < others; ++i) {
    children.emplace_back([&, i] {
      std::vector<char> data(bytes + 1);
      for (uint64_t got = 1;; ++got) {
        ring.Get(data.data());
        (*counts)[static_cast<size_t>(i)].got.store(got, std::memory_order_relaxed);
      }
    });
  }
  const auto got_by_others = [&] {
    uint64_t sum = 0;
    for (int i = 0; i < others; ++i)
      sum += (*counts)[static_cast<size_t>(i)].got.load(std::memory_order_relaxed);
    return sum;
  };
  std::vector<char> data(bytes + 1);
  benchmarks::Report("mpmc_ring", "turns",
                     benchmarks::Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
                       const uint64_t before = got_by_others();
                       for (uint64_t mine = 0; mine + got_by_others() - before < items; ++mine) {
                         ring.Get(data.data());
                       }
                     }));
}
