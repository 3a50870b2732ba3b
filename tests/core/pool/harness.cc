#include "tests/core/pool/harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/core/pool/tasks.h"

namespace billiard::pool {
namespace {

constexpr char kWorkerProgram[] = "tests/core/pool/worker_program";
constexpr char kTemplateProgram[] = "billiard_core/process/billiard-template";

[[noreturn]] void Stop(const std::string& why) {
  fprintf(stderr, "harness: %s\n", why.c_str());
  abort();
}

}  // namespace

std::string StartName(Start start) { return start == Start::kFork ? "Fork" : "Spawn"; }

GroupOptions SpawnGroup(const std::string& name, int workers, std::vector<std::string> arguments) {
  GroupOptions group;
  group.name = name;
  group.workers = workers;
  group.command = {kWorkerProgram};
  for (std::string& argument : arguments) group.command.push_back(std::move(argument));
  return group;
}

PoolOptions OptionsFor(Start start, int workers) {
  RegisterTasks();
  PoolOptions options;
  options.template_path = kTemplateProgram;
  if (start == Start::kSpawn) {
    options.groups.push_back(SpawnGroup("default", workers, {}));
  } else {
    options.groups.resize(1);
    options.groups[0].workers = workers;
  }
  return options;
}

std::unique_ptr<Pool> MakePool(PoolOptions options) {
  absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(options));
  if (!pool.ok()) Stop(pool.status().ToString());
  return *std::move(pool);
}

std::unique_ptr<Pool> MakePool(Start start, int workers) {
  return MakePool(OptionsFor(start, workers));
}

std::unique_ptr<Pool> MakeReadyPool(Start start, int workers) {
  std::unique_ptr<Pool> pool = MakePool(start, workers);
  AwaitReady(pool.get());
  return pool;
}

void AwaitReady(Pool* pool) {
  const absl::Status ready = pool->WaitReady(Deadline::Forever(), nullptr);
  if (!ready.ok()) Stop(ready.ToString());
}

std::unique_ptr<Result> Submit(Pool* pool, const std::string& task, const std::string& argument,
                               JobOptions options) {
  absl::StatusOr<std::unique_ptr<Result>> result = pool->Submit(task, argument, options);
  if (!result.ok()) Stop(result.status().ToString());
  return *std::move(result);
}

Outcome OutcomeOf(Result* result) {
  const absl::Status waited = result->Wait(Deadline::Forever(), nullptr);
  if (!waited.ok()) Stop(waited.ToString());
  Outcome outcome;
  const absl::optional<PayloadView> value = result->Value(&outcome.failure);
  if (value) {
    outcome.value = std::string(value->bytes());
  } else {
    outcome.code = outcome.failure.code;
  }
  return outcome;
}

std::string ValueOf(Result* result) {
  const Outcome outcome = OutcomeOf(result);
  if (outcome.code == Code::kOk) return outcome.value;
  return absl::StrCat(static_cast<int>(outcome.code), ": ", outcome.failure.message);
}

std::string Apply(Pool* pool, const std::string& task, const std::string& argument) {
  return ValueOf(Submit(pool, task, argument).get());
}

Gate::Gate() {
  static int count = 0;
  const char* folder = getenv("TEST_TMPDIR");
  path_ = absl::StrCat(folder == nullptr ? "/tmp" : folder, "/gate-", getpid(), "-", ++count);
  unlink(path_.c_str());
  if (mkfifo(path_.c_str(), 0600) != 0) Stop("mkfifo " + path_);
}

Gate::~Gate() { unlink(path_.c_str()); }

void Gate::Meet() {
  if (!writer_.valid()) writer_ = os::Fd(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!writer_.valid()) Stop("open " + path_);
}

void Gate::Open() {
  Meet();
  writer_.Reset();
}

std::unique_ptr<Result> HoldWorker(Pool* pool, Gate* gate, JobOptions options) {
  std::unique_ptr<Result> result = Submit(pool, "hold", gate->path(), options);
  gate->Meet();
  return result;
}

std::vector<WorkerInfo> WorkersOf(Pool* pool) {
  absl::StatusOr<std::vector<WorkerInfo>> workers = pool->Workers();
  if (!workers.ok()) Stop(workers.status().ToString());
  return *std::move(workers);
}

std::vector<pid_t> PidsOf(Pool* pool) {
  std::vector<pid_t> pids;
  for (const WorkerInfo& worker : WorkersOf(pool)) pids.push_back(worker.pid);
  return pids;
}

std::vector<uint64_t> ReadEnded(Pool* pool, size_t capacity) {
  std::vector<PoolEvent> events(capacity);
  events.resize(*pool->ReadEvents(events.data(), capacity));
  std::vector<uint64_t> ids;
  for (const PoolEvent& event : events) {
    if (event.kind != EventKind::kJobDone) Stop("an event that is no end of a job");
    ids.push_back(event.job);
  }
  return ids;
}

void Await(const std::function<bool()>& condition) {
  while (!condition()) sched_yield();
}

}  // namespace billiard::pool
