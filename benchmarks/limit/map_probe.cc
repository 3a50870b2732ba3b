// Limit of a map over small integers: README.md, "map". An item of the report is a whole map.
//   map_probe [--workers=2] [--items=100000] [--seconds=0.3]
#include <algorithm>
#include <cstring>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"
#include "benchmarks/limit/parking.h"

namespace billiard::limit {
namespace {

constexpr uint32_t kChunksOfWorker = 4;

struct Words {
  alignas(64) Word round;    // of maps
  alignas(64) Word claimed;  // chunks, in all rounds
  alignas(64) Word done;     // chunks, in all rounds
  alignas(64) Word ended;    // rounds of which every chunk is done
  Sleeper host;
};

class Map {
 public:
  Map(uint32_t workers, size_t items)
      : items_(items),
        chunks_(workers * kChunksOfWorker),
        in_(static_cast<int32_t*>(MapShared(items * sizeof(int32_t)))),
        out_(static_cast<int32_t*>(MapShared(items * sizeof(int32_t)))),
        local_(items, 3) {
    for (uint32_t i = 0; i < workers; ++i) children_.emplace_back([this] { Work(); });
  }

  void Run() {
    memcpy(in_, local_.data(), items_ * sizeof(int32_t));
    const uint32_t before = round_++;
    words_->round.store(round_, std::memory_order_seq_cst);
    for (size_t i = 0; i < children_.size(); ++i) FutexWake(&words_->round);
    AwaitChange(&words_->ended, before, &words_->host, Policy::kYield);
    memcpy(local_.data(), out_, items_ * sizeof(int32_t));
  }

 private:
  [[noreturn]] void Work() {
    for (uint32_t round = 0;;) {
      // Those that come back early see the next round at once.
      while (words_->round.load(std::memory_order_acquire) == round) {
        FutexWait(&words_->round, round);
      }
      ++round;
      while (ClaimIn(round)) {
      }
    }
  }
  bool ClaimIn(uint32_t round) {
    uint32_t claim = words_->claimed.load(std::memory_order_relaxed);
    do {
      if (claim >= round * chunks_) return false;
    } while (!words_->claimed.compare_exchange_weak(claim, claim + 1));
    const size_t begin = items_ * (claim % chunks_) / chunks_;
    const size_t end = items_ * (claim % chunks_ + 1) / chunks_;
    for (size_t i = begin; i < end; ++i) out_[i] = in_[i] + 1;
    if (words_->done.fetch_add(1, std::memory_order_acq_rel) + 1 == round * chunks_) {
      Publish(&words_->ended, round, &words_->host);
    }
    return true;
  }

  const size_t items_;
  const uint32_t chunks_;
  int32_t* const in_;
  int32_t* const out_;
  std::vector<int32_t> local_;
  Shared<Words> words_;
  uint32_t round_ = 0;
  std::vector<Child> children_;
};

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"workers", 2}, {"items", 100000}});
  limit::Map map(static_cast<uint32_t>(std::clamp(arguments.Int("workers"), 1, 64)),
                 std::max(arguments.Size("items"), size_t{1}));
  benchmarks::Report("map", "chunks in place",
                     benchmarks::Latency(arguments.seconds(), [&] { map.Run(); }));
}
