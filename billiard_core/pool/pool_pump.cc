// How a pool runs callbacks (pump.h), and answers acceptances that wait for it (POOL-92).
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/slot_wait.h"
#include "billiard_core/pool/user_code.h"

namespace billiard::pool {
namespace {

constexpr size_t kBatch = 64;
constexpr char kNoneDue[] = "no callback was due in time";

// Calls a callback. What it throws is logged and ignored (POOL-85), but for the lack of memory, which goes
// to whoever runs the pump (POOL-86). False when it threw.
template <typename Call>
bool CallBack(absl::Status* status, const Call& call) {
  const absl::optional<Thrown> thrown = CallUser(call);
  if (!thrown) return true;
  logging::Log(logging::kError, absl::StrCat("Pool callback raised exception: ", thrown->class_name,
                                             ": ", thrown->what));
  if (thrown->out_of_memory) {
    *status = MakeStatus(Code::kNoMem, "pool: a callback ran out of memory");
  }
  return false;
}

}  // namespace

absl::StatusOr<size_t> Pool::Pump(Deadline deadline, os::Interrupt* interrupt) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (host_->pumping.exchange(true)) {
    return MakeStatus(Code::kState, "pool: another thread runs its callbacks");
  }
  absl::StatusOr<size_t> called = PumpOnce();
  if (called.ok() && *called == 0 && !deadline.Expired()) {
    SlotWaiter waiter(host_.get());
    while (called.ok() && *called == 0) {
      const uint32_t seen = waiter.epoch();
      called = PumpOnce();
      if (!called.ok() || *called != 0) break;
      const absl::Status none = MakeStatus(Code::kTimeout, kNoneDue);
      const absl::Status slept = waiter.Sleep(seen, none, deadline, interrupt);
      if (!slept.ok()) called = slept;
    }
  }
  host_->pumping = false;
  if (called.ok() && *called == 0) return MakeStatus(Code::kTimeout, kNoneDue);
  return called;
}

absl::StatusOr<size_t> Pool::PumpOnce() {
  size_t called = 0;
  absl::Status status;  // of callbacks; the others are called all the same
  while (true) {
    PoolEvent events[kBatch];
    size_t count;
    {
      MutexLock lock(&host_->mutex);
      count = host_->TakeEvents(events, kBatch);
    }
    for (size_t i = 0; i < count; ++i) called += Dispatch(events[i], &status) ? 1 : 0;
    if (!status.ok()) return status;
    if (count < kBatch) return called;
  }
}

// Whether a callback was called.
bool Pool::Dispatch(const PoolEvent& event, absl::Status* status) {
  absl::optional<PumpTable::Entry> entry;
  std::unique_ptr<Result> result;
  {
    MutexLock lock(&host_->mutex);
    entry = host_->pump.Find(event);
    if (!entry) {
      host_->pump.PassOn(event);
      host_->segment->PokeFinished();
      return false;
    }
    if (event.kind == EventKind::kJobDone) {
      host_->pump.Remove(event.job);
      result = std::make_unique<Result>(host_, entry->job, event.job);  // takes the pump's handle
    }
  }
  const JobCallbacks& callbacks = *entry->callbacks;
  switch (event.kind) {
    case EventKind::kJobAccepted: {
      bool go_on = true;
      const bool returned = CallBack(status, [&] {
        if (callbacks.accepted) go_on = callbacks.accepted(event.job, event.pid, event.time_ns);
      });
      (void)AnswerJob(event.job, returned && go_on, "the accepted callback refused the job");
      return static_cast<bool>(callbacks.accepted);
    }
    case EventKind::kSoftTimeout:
    case EventKind::kTimeout:
      if (!callbacks.timeout) return false;
      CallBack(status, [&] {
        callbacks.timeout(event.job, event.kind == EventKind::kSoftTimeout,
                          event.kind == EventKind::kSoftTimeout ? event.soft_ns : event.hard_ns);
      });
      return true;
    case EventKind::kJobDone:
      if (!callbacks.done) return false;
      CallBack(status, [&] { callbacks.done(*result); });
      return true;
    default:
      return false;
  }
}

absl::Status Pool::AnswerJob(uint64_t job, bool accept, absl::string_view reason) {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  MutexLock lock(&host_->mutex);
  return host_->jobs.Answer(job, accept, reason);
}

}  // namespace billiard::pool
