// Goes along one hot path so many times, and does nothing else that depends on the number: what a count of
// instructions is taken of (README.md beside this file).
//   hot_paths PATH --times=1000
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/workloads/native/core_engine.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {

// A pool of one worker without its processes, which callgrind can not follow (it does not know pidfds): this
// process is both sides.
class PoolPeer {
 public:
  explicit PoolPeer(uint64_t max_jobs) {
    PoolOptions options;
    options.groups.resize(1);
    options.groups[0].workers = 1;
    options.max_jobs = static_cast<uint32_t>(max_jobs);
    benchmarks::Check(CheckOptions(&options));
    auto host =
        std::make_shared<HostPool>(options, benchmarks::Check(PoolSegment::Create(options)));
    host->control = benchmarks::Check(os::CreateEventfd());
    host->finished = benchmarks::Check(os::CreateEventfd());
    host->segment->SetFinishedFd(host->finished.get());
    {
      MutexLock lock(&host->mutex);
      benchmarks::Check(host->LearnNames(0, PackNames({kTask})));
      host->segment->worker(kId.place)->word = PhaseWord(kId.incarnation, WorkerPhase::kStarting);
    }
    worker_ =
        std::make_unique<Worker>(host->segment, kId, host->control.get(), host->finished.get());
    benchmarks::Check(worker_->Ready({kTask}));
    pool_.reset(new Pool(std::move(host)));
  }

  std::unique_ptr<Result> Submit(const std::string& bytes) {
    return benchmarks::Check(pool_->Submit(kTask, bytes, JobOptions()));
  }
  void Work() {
    Job* const job = benchmarks::Check(worker_->Next(Deadline::Now(), nullptr));
    benchmarks::Check(job->Reply("", 0));
  }

 private:
  static constexpr char kTask[] = "no-op";
  static constexpr WorkerId kId{0, 1};
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace billiard::pool

namespace billiard::benchmarks {
namespace {

template <typename Kind>
void Pairs(uint64_t times) {
  Kind kind;
  kind.Join();
  for (uint64_t i = 0; i < times; ++i) {
    kind.Acquire();
    kind.Release();
  }
}

void PutAndGet(uint64_t times) {
  CoreEngine::Queue queue(1000);
  const std::string data(64, 'x');
  for (uint64_t i = 0; i < times; ++i) {
    queue.Put(data.data(), data.size());
    queue.Get();
  }
}

void AddToValue(uint64_t times) {
  CoreEngine::Value value;
  for (uint64_t i = 0; i < times; ++i) value.Add();
}

void SubmitAlone(uint64_t times) {
  pool::PoolPeer peer(times);
  const std::string bytes(64, 'x');
  std::vector<std::unique_ptr<pool::Result>> results;
  results.reserve(times);
  for (uint64_t i = 0; i < times; ++i) results.push_back(peer.Submit(bytes));
  _exit(0);  // what becomes of them is another path
}

// All of a no-op job but for the waiting, the two sides one after the other in one process.
void WholeJob(uint64_t times) {
  pool::PoolPeer peer(4);
  const std::string bytes(64, 'x');
  for (uint64_t i = 0; i < times; ++i) {
    const std::unique_ptr<pool::Result> result = peer.Submit(bytes);
    peer.Work();
    Check(result->Wait(Deadline::Now(), nullptr));
    pool::JobFailure failure;
    if (!result->Value(&failure)) abort();
  }
}

}  // namespace
}  // namespace billiard::benchmarks

int main(int argc, char** argv) {
  using namespace billiard::benchmarks;
  const std::map<std::string, std::function<void(uint64_t)>> paths = {
      {"job", WholeJob},
      {"lock_pair", Pairs<CoreEngine::Lock>},
      {"queue_put_get", PutAndGet},
      {"semaphore_pair", Pairs<CoreEngine::Semaphore>},
      {"submit", SubmitAlone},
      {"value_add", AddToValue},
  };
  const Arguments arguments(argc, argv, {{"times", 1000}});
  const auto path = paths.find(arguments.workload());
  if (path == paths.end()) {
    fprintf(stderr, "there is no path %s\n", arguments.workload().c_str());
    return 2;
  }
  path->second(arguments.Size("times"));
  return 0;
}
