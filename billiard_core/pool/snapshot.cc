#include "billiard_core/pool/snapshot.h"

#include <algorithm>

#include "billiard_core/os/memory_use.h"
#include "billiard_core/pool/job_word.h"

namespace billiard::pool {
namespace {

// A pool that never holds still is looked at so often before the last look is taken as it is.
constexpr int kLooks = 8;

// Changes with whatever a snapshot counts.
uint64_t MarkOf(const PoolTables& tables) {
  uint64_t mark = tables.header->submitted.load(std::memory_order_acquire);
  for (const auto& count : tables.header->ended_by_host) mark += count.load();
  for (uint32_t p = 0; p < tables.place_count; ++p) {
    const WorkerEntry& entry = tables.workers[p];
    mark += entry.begun.load() + entry.succeeded.load() + entry.failed.load() + entry.word.load();
  }
  return mark;
}

bool IsRunning(const PoolTables& tables, uint32_t place, uint32_t incarnation) {
  const uint64_t child = tables.children[place].word.load(std::memory_order_acquire);
  return process::StateOf(child) == process::ChildState::kRunning &&
         process::IncarnationOf(child) == incarnation;
}

// The job that the worker has begun and not ended.
void LookAtJob(const PoolTables& tables, WorkerId id, WorkerInfo* info) {
  const JobRef job = JobRef::From(tables.workers[id.place].intent.load(std::memory_order_acquire));
  if (job.generation == 0 || job.slot >= tables.slot_count) return;
  const JobSlot& slot = tables.slots[job.slot];
  const uint64_t number = slot.id.load(std::memory_order_relaxed);
  const int64_t since = slot.begun_ns.load(std::memory_order_relaxed);
  // After the two: they are this job's if the word still is.
  const JobWord held{slot.word.load(std::memory_order_acquire)};
  if (held.state() != JobState::kRunning || held.generation() != job.generation ||
      !held.HeldBy(id)) {
    return;
  }
  if (info->activity == WorkerActivity::kIdle) info->activity = WorkerActivity::kBusy;
  info->job = number;
  info->since_ns = since;
}

void Count(const PoolTables& tables, PoolSnapshot* snapshot) {
  PoolStats& stats = snapshot->stats;
  for (const WorkerInfo& worker : snapshot->workers) {
    if (worker.job != UINT64_MAX) ++stats.running;
    if (worker.activity == WorkerActivity::kBusy || worker.activity == WorkerActivity::kIdle) {
      ++stats.ready;
    }
  }
  for (uint32_t p = 0; p < tables.place_count; ++p) {
    stats.succeeded += tables.workers[p].succeeded.load(std::memory_order_relaxed);
    stats.failed += tables.workers[p].failed.load(std::memory_order_relaxed);
  }
  const PoolHeader& header = *tables.header;
  const auto ended = [&header](JobState state) {
    return header.ended_by_host[EndedIndex(state)].load(std::memory_order_relaxed);
  };
  stats.lost = ended(JobState::kLost);
  stats.terminated = ended(JobState::kTerminated) + ended(JobState::kRefused);
  stats.timed_out = ended(JobState::kTimedOut);
  stats.over_memory = ended(JobState::kOverMemory);
  stats.expired = ended(JobState::kExpired);
  for (size_t i = 0; i < kRestartReasons; ++i) {
    stats.restarts_by[i] = header.restarts[i].load(std::memory_order_relaxed);
    stats.restarts += stats.restarts_by[i];
  }
  stats.workers = header.workers_wanted.load(std::memory_order_relaxed);
  stats.template_pid = header.template_pid.load(std::memory_order_relaxed);
  // Last, so that it counts whatever is counted above.
  stats.submitted = header.submitted.load(std::memory_order_acquire);
  const uint64_t begun = stats.running + stats.succeeded + stats.failed + stats.lost +
                         stats.terminated + stats.timed_out + stats.over_memory + stats.expired;
  stats.queued = stats.submitted > begun ? stats.submitted - begun : 0;
}

PoolSnapshot Look(const PoolTables& tables) {
  PoolSnapshot snapshot;
  for (uint32_t p = 0; p < tables.place_count; ++p) {
    if (tables.workers[p].in_use.load(std::memory_order_relaxed) == 0) continue;
    snapshot.workers.push_back(LookAtWorker(tables, p));
  }
  Count(tables, &snapshot);
  return snapshot;
}

}  // namespace

WorkerInfo LookAtWorker(const PoolTables& tables, uint32_t place) {
  const WorkerEntry& entry = tables.workers[place];
  const uint64_t word = entry.word.load(std::memory_order_acquire);
  const uint32_t incarnation = static_cast<uint32_t>(word >> 8);
  WorkerInfo info;
  info.index = static_cast<int32_t>(place);
  info.group = static_cast<int32_t>(entry.group.load());
  info.starts = incarnation;
  const bool running = IsRunning(tables, place, incarnation);
  if (running) info.pid = tables.children[place].pid.load(std::memory_order_relaxed);
  if (PhaseOf(word) == WorkerPhase::kEmpty) return info;
  info.activity = WorkerActivity::kStarting;
  if (PhaseOf(word) != WorkerPhase::kReady && PhaseOf(word) != WorkerPhase::kLeaving) return info;
  const bool leaves = PhaseOf(word) == WorkerPhase::kLeaving || !running ||
                      tables.header->leave.load() != 0 || entry.leave.load() == incarnation;
  info.activity = leaves ? WorkerActivity::kLeaving : WorkerActivity::kIdle;
  info.jobs_done = entry.jobs_done.load(std::memory_order_relaxed);
  LookAtJob(tables, WorkerId{place, incarnation}, &info);
  return info;
}

PoolSnapshot TakeSnapshot(const PoolTables& tables) {
  PoolSnapshot snapshot;
  for (int look = 0; look < kLooks; ++look) {
    const uint64_t mark = MarkOf(tables);
    snapshot = Look(tables);
    if (MarkOf(tables) == mark) break;
  }
  for (WorkerInfo& worker : snapshot.workers) {
    if (worker.pid != 0) {
      worker.memory_kib = std::max<int64_t>(0, os::AnonymousMemoryKib(worker.pid));
    }
  }
  return snapshot;
}

}  // namespace billiard::pool
