// Limit of noticing a death and of replacing the dead: README.md, "refork".
//   refork_probe [--seconds=0.3]
#include <poll.h>
#include <sys/wait.h>

#include <optional>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::limit {
namespace {

// Counts itself in, then is busy for ever.
Child Start(Word* runs) {
  return Child([runs] {
    runs->fetch_add(1, std::memory_order_seq_cst);
    FutexWake(runs);
    for (;;) Pause();
  });
}

void AwaitRuns(Word* runs, uint32_t count) {
  for (uint32_t now; (now = runs->load(std::memory_order_acquire)) < count;) FutexWait(runs, now);
}

void AwaitDeath(Child* child, int pidfd) {
  pollfd one = {pidfd, POLLIN, 0};
  Must(poll(&one, 1, -1) == 1, "poll");
  child->Wait();
}

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  using namespace billiard::limit;
  const benchmarks::Arguments arguments(argc, argv, {});
  Shared<Word> runs;
  std::vector<double> detect, refork;
  std::optional<Child> worker(Start(&*runs));
  uint32_t started = 1;
  AwaitRuns(&*runs, started);
  const int64_t end = benchmarks::NowNs() + static_cast<int64_t>(arguments.seconds() * 1e9);
  do {
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, worker->pid(), 0));
    Must(pidfd >= 0, "pidfd_open");
    const int64_t begin = benchmarks::NowNs();
    kill(worker->pid(), SIGKILL);
    AwaitDeath(&*worker, pidfd);
    const int64_t noticed = benchmarks::NowNs();
    worker.emplace(Start(&*runs));
    AwaitRuns(&*runs, ++started);
    const int64_t again = benchmarks::NowNs();
    close(pidfd);
    detect.push_back(static_cast<double>(noticed - begin));
    refork.push_back(static_cast<double>(again - begin));
  } while (benchmarks::NowNs() < end || detect.size() < 10);
  benchmarks::Report("refork", "detect", benchmarks::OfSamples(detect));
  benchmarks::Report("refork", "refork", benchmarks::OfSamples(refork));
}
