#include "billiard_core/pool/worker_start.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "billiard_core/base/status.h"
#include "billiard_core/logging/environment.h"
#include "billiard_core/pool/worker.h"

namespace billiard::pool {
namespace {

// The template writes the worker's pid right after the fork, perhaps later than the worker gets here.
bool IsPlaceOfThisProcess(const PoolSegment& segment, WorkerId id) {
  const process::ChildEntry& entry = segment.children()[id.place];
  const Deadline deadline = Deadline::After(5 * kNanosPerSecond);
  while (!deadline.Expired()) {
    const uint64_t word = entry.word.load(std::memory_order_acquire);
    if (process::IncarnationOf(word) == id.incarnation) {
      if (process::StateOf(word) == process::ChildState::kRunning) {
        return entry.pid.load(std::memory_order_relaxed) == getpid();
      }
      if (process::StateOf(word) != process::ChildState::kStarting) return false;
    }
    usleep(100);
  }
  return false;
}

}  // namespace

std::string WorkerPrefix() { return "1:3:4:5:"; }

absl::optional<WorkerStart> WorkerStartFromEnvironment() {
  const char* text = getenv(kWorkerVariable);
  if (text == nullptr) return absl::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  int numbers[6];
  if (parts.size() != 6) return absl::nullopt;
  for (int i = 0; i < 6; ++i) {
    if (!absl::SimpleAtoi(parts[static_cast<size_t>(i)], &numbers[i]) || numbers[i] < 0) {
      return absl::nullopt;
    }
  }
  if (numbers[0] != 1 || static_cast<uint32_t>(numbers[4]) >= kMaxPlaces) return absl::nullopt;
  WorkerStart start;
  start.segment_fd = numbers[1];
  start.control_fd = numbers[2];
  start.finished_fd = numbers[3];
  start.id = WorkerId{static_cast<uint32_t>(numbers[4]), static_cast<uint32_t>(numbers[5])};
  return start;
}

bool Worker::Requested() {
  const absl::optional<WorkerStart> start = WorkerStartFromEnvironment();
  if (!start) return false;
  // A child of a worker may have inherited the variable, but not the descriptors.
  for (const int fd : {start->segment_fd, start->control_fd, start->finished_fd}) {
    if (fcntl(fd, F_GETFD) < 0) return false;
  }
  return true;
}

absl::StatusOr<std::unique_ptr<Worker>> Worker::Attach() {
  const absl::optional<WorkerStart> start = WorkerStartFromEnvironment();
  if (!start || !Requested()) {
    return MakeStatus(Code::kState, "worker: this process was not started by a pool");
  }
  // The worker's own children are no workers of this pool, and do not inherit its descriptors.
  unsetenv(kWorkerVariable);
  std::vector<os::Fd> fds;
  for (const int fd : {start->segment_fd, start->control_fd, start->finished_fd}) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fds.emplace_back(fd);
  }
  absl::StatusOr<std::unique_ptr<PoolSegment>> segment = PoolSegment::Open(std::move(fds[0]));
  if (!segment.ok()) return segment.status();
  if (start->id.place >= (*segment)->place_count() || !IsPlaceOfThisProcess(**segment, start->id)) {
    return MakeStatus(Code::kState, "worker: this process is not the one that the pool started");
  }
  if ((*segment)->header()->leave.load() != 0) {
    return MakeStatus(Code::kClosed, "worker: the pool has ended");
  }
  auto worker = std::make_unique<Worker>(std::shared_ptr<PoolSegment>(*std::move(segment)),
                                         start->id, start->control_fd, start->finished_fd);
  fds.erase(fds.begin());
  worker->own_fds_ = std::move(fds);
  logging::ConfigureFromEnvironment();
  worker->TakeName(/*forked=*/false);
  return worker;
}

}  // namespace billiard::pool
