// Limit of a queue with one producer and one consumer that may sleep: README.md, "spsc_ring".
//   spsc_ring_probe [--bytes=64] [--seconds=0.3]
#include <cstring>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"
#include "benchmarks/limit/parking.h"

namespace billiard::limit {
namespace {

class Ring {
 public:
  Ring(size_t bytes, Policy policy)
      : bytes_(bytes),
        slots_(bytes > 65536 ? 8 : 256),
        policy_(policy),
        memory_(static_cast<char*>(MapShared(bytes * slots_ + 1))) {}
  ~Ring() { munmap(memory_, bytes_ * slots_ + 1); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  void Put(const void* data) {
    while (tail_ - known_head_ == slots_) {
      known_head_ = AwaitChange(&words_->head, known_head_, &words_->putter, policy_);
    }
    memcpy(memory_ + tail_ % slots_ * bytes_, data, bytes_);
    Publish(&words_->tail, ++tail_, &words_->getter);
  }
  void Get(void* data) {
    while (known_tail_ == head_) {
      known_tail_ = AwaitChange(&words_->tail, known_tail_, &words_->getter, policy_);
    }
    memcpy(data, memory_ + head_ % slots_ * bytes_, bytes_);
    Publish(&words_->head, ++head_, &words_->putter);
  }

 private:
  struct Words {
    alignas(64) Word head;
    alignas(64) Word tail;
    Sleeper putter;
    Sleeper getter;
  };
  const size_t bytes_;
  const uint32_t slots_;
  const Policy policy_;
  char* const memory_;
  Shared<Words> words_;
  // Of this process: its own index, and what it knows of the other's.
  uint32_t head_ = 0, tail_ = 0, known_head_ = 0, known_tail_ = 0;
};

benchmarks::Figures Measure(size_t bytes, Policy policy, double seconds) {
  Ring ring(bytes, policy);
  Child producer([&] {
    const std::vector<char> data(bytes, 'x');
    for (;;) ring.Put(data.data());
  });
  std::vector<char> data(bytes + 1);
  return benchmarks::Throughput(seconds, 1000, [&](uint64_t items) {
    for (uint64_t i = 0; i < items; ++i) ring.Get(data.data());
  });
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"bytes", 64}});
  for (const auto policy : {limit::Policy::kYield, limit::Policy::kSpin}) {
    benchmarks::Report("spsc_ring", limit::kPolicyNames[static_cast<int>(policy)],
                       limit::Measure(arguments.Size("bytes"), policy, arguments.seconds()));
  }
}
