// Limit of a pool's no-op round trips: README.md, "pool".
//   pool_probe [--workers=2] [--bytes=64] [--in_flight=256] [--seconds=0.3]
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

constexpr uint32_t kSlots = 256;  // of a lane
constexpr uint32_t kBatch = 32;
constexpr size_t kMaxWorkers = 64;

// Jobs there and results back of one worker, each a ring of slots written by one process.
struct LaneWords {
  alignas(64) Word sent;
  alignas(64) Word answered;
  Sleeper worker;
};

struct HostWords {
  alignas(64) Word rounds;   // batches answered, by all workers
  alignas(64) Word spinner;  // 1: somebody spins already
  Sleeper host;
};

class Lanes {
 public:
  Lanes(size_t workers, size_t bytes)
      : bytes_(bytes),
        words_(static_cast<LaneWords*>(MapShared(sizeof(LaneWords) * workers))),
        slots_(static_cast<char*>(MapShared(2 * workers * kSlots * bytes))) {}
  LaneWords& words(size_t worker) { return words_[worker]; }
  char* job(size_t worker, uint32_t number) { return slot(2 * worker, number); }
  char* result(size_t worker, uint32_t number) { return slot(2 * worker + 1, number); }
  size_t bytes() const { return bytes_; }

 private:
  char* slot(size_t ring, uint32_t number) {
    return slots_ + (ring * kSlots + number % kSlots) * bytes_;
  }
  const size_t bytes_;
  LaneWords* const words_;
  char* const slots_;
};

enum class Waiting { kOneSpins, kAllSleep };

// Of all that wait, at most one spins.
uint32_t Await(Waiting waiting, Word* word, uint32_t seen, Sleeper* me, Word* spinner) {
  uint32_t nobody = 0;
  if (waiting == Waiting::kAllSleep || !spinner->compare_exchange_strong(nobody, 1)) {
    return AwaitChange(word, seen, me, Policy::kFutex);
  }
  uint32_t now = seen;
  LookAgain(Policy::kSpin, [&] { return (now = word->load(std::memory_order_acquire)) != seen; });
  spinner->store(0, std::memory_order_release);
  return now != seen ? now : AwaitChange(word, seen, me, Policy::kFutex);
}

void Work(Waiting waiting, Lanes* lanes, HostWords* host, size_t me) {
  LaneWords& words = lanes->words(me);
  std::vector<char> local(lanes->bytes());
  uint32_t done = 0, sent = 0;
  for (;;) {
    if (sent == done) {
      sent = Await(waiting, &words.sent, done, &words.worker, &host->spinner);
    }
    const uint32_t end = done + std::min(sent - done, kBatch);
    for (; done != end; ++done) {
      memcpy(local.data(), lanes->job(me, done), local.size());
      memcpy(lanes->result(me, done), local.data(), local.size());
    }
    words.answered.store(done, std::memory_order_release);
    host->rounds.fetch_add(1, std::memory_order_seq_cst);
    if (host->host.asleep.load(std::memory_order_seq_cst) != 0) {
      host->host.asleep.store(0, std::memory_order_relaxed);
      FutexWake(&host->rounds);
    }
    sent = words.sent.load(std::memory_order_acquire);
  }
}

class Host {
 public:
  Host(Waiting waiting, size_t workers, size_t bytes, uint32_t in_flight)
      : waiting_(waiting),
        lanes_(workers, bytes),
        window_(std::clamp(in_flight / static_cast<uint32_t>(workers), 1u, kSlots)),
        local_(bytes, 'x'),
        sent_(workers),
        got_(workers) {
    for (size_t i = 0; i < workers; ++i) {
      children_.emplace_back([this, i] { Work(waiting_, &lanes_, &*words_, i); });
    }
  }

  void Run(uint64_t items) {
    uint64_t to_send = items, to_get = items;
    while (to_get > 0) {
      const uint32_t rounds = words_->rounds.load(std::memory_order_seq_cst);
      bool progress = false;
      for (size_t i = 0; i < children_.size(); ++i) {
        const uint32_t got = Collect(i);
        const uint32_t sent = Refill(i, to_send);
        to_get -= got;
        to_send -= sent;
        progress |= got + sent > 0;
      }
      if (progress) continue;
      Await(waiting_, &words_->rounds, rounds, &words_->host, &words_->spinner);
    }
  }

 private:
  uint32_t Collect(size_t lane) {
    const uint32_t answered = lanes_.words(lane).answered.load(std::memory_order_acquire);
    const uint32_t count = answered - got_[lane];
    for (; got_[lane] != answered; ++got_[lane]) {
      memcpy(local_.data(), lanes_.result(lane, got_[lane]), local_.size());
    }
    return count;
  }
  uint32_t Refill(size_t lane, uint64_t remaining) {
    const uint32_t free = window_ - (sent_[lane] - got_[lane]);
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(free, remaining));
    if (count == 0) return 0;
    for (uint32_t i = 0; i < count; ++i) {
      memcpy(lanes_.job(lane, sent_[lane]++), local_.data(), local_.size());
    }
    Publish(&lanes_.words(lane).sent, sent_[lane], &lanes_.words(lane).worker);
    return count;
  }

  const Waiting waiting_;
  Lanes lanes_;
  Shared<HostWords> words_;
  const uint32_t window_;
  std::vector<char> local_;
  std::vector<uint32_t> sent_, got_;
  std::vector<Child> children_;
};

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv,
                                        {{"workers", 2}, {"bytes", 64}, {"in_flight", 256}});
  const size_t workers = std::clamp(arguments.Size("workers"), size_t{1}, limit::kMaxWorkers);
  for (const auto waiting : {limit::Waiting::kOneSpins, limit::Waiting::kAllSleep}) {
    limit::Host host(waiting, workers, arguments.Size("bytes"),
                     static_cast<uint32_t>(arguments.Int("in_flight")));
    benchmarks::Report("pool", waiting == limit::Waiting::kOneSpins ? "one spins" : "all sleep",
                       benchmarks::Throughput(arguments.seconds(), 10000,
                                              [&](uint64_t items) { host.Run(items); }));
  }
}
