// What the pool's tests share: pools by either start method, and ways to wait for workers without
// sleeping.
#ifndef BILLIARD_TESTS_CORE_POOL_HARNESS_H_
#define BILLIARD_TESTS_CORE_POOL_HARNESS_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "billiard_core/os/fd.h"
#include "billiard_core/pool/pool.h"

namespace billiard::pool {

enum class Start { kFork, kSpawn };
std::string StartName(Start start);

// Options of a pool with one group of `workers`, whose tasks are those of tasks.h.
PoolOptions OptionsFor(Start start, int workers);
// A group of worker_program with these arguments.
GroupOptions SpawnGroup(const std::string& name, int workers, std::vector<std::string> arguments);

// A pool that could be made; ends the test program when it could not.
std::unique_ptr<Pool> MakePool(PoolOptions options);
std::unique_ptr<Pool> MakePool(Start start, int workers);
// The same, with every worker ready.
std::unique_ptr<Pool> MakeReadyPool(Start start, int workers);
void AwaitReady(Pool* pool);

std::unique_ptr<Result> Submit(Pool* pool, const std::string& task, const std::string& argument,
                               JobOptions options = JobOptions());

// The outcome, waited for as long as it takes (tests have a watchdog).
struct Outcome {
  Code code = Code::kOk;
  std::string value;
  JobFailure failure;
};
Outcome OutcomeOf(Result* result);
// The value; a failure gives "<code>: <message>", which no test expects as a value.
std::string ValueOf(Result* result);
std::string Apply(Pool* pool, const std::string& task, const std::string& argument = "");

// Where a job of the task "hold" waits for its test. The job's argument is the path.
class Gate {
 public:
  Gate();
  ~Gate();
  const std::string& path() const { return path_; }
  // Returns when the job (or worker) is there.
  void Meet();
  // Lets it go. Meets it before.
  void Open();

 private:
  std::string path_;
  os::Fd writer_;
};

// A job of the task "hold", begun when this returns.
std::unique_ptr<Result> HoldWorker(Pool* pool, Gate* gate, JobOptions options = JobOptions());

std::vector<WorkerInfo> WorkersOf(Pool* pool);
// The pids of the workers, by place.
std::vector<pid_t> PidsOf(Pool* pool);

// Reads up to `capacity` events, all of which must be ends of jobs; their ids.
std::vector<uint64_t> ReadEnded(Pool* pool, size_t capacity);

// Gives the CPU away until the condition holds.
void Await(const std::function<bool()>& condition);

}  // namespace billiard::pool

#endif  // BILLIARD_TESTS_CORE_POOL_HARNESS_H_
