// Shims of barrier.h.
#include "billiard/barrier.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/sync/arena_waits.h"
#include "billiard_core/sync/barrier.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/object_handle.h"

namespace core = billiard::sync;
using billiard::Code;
using billiard::CodeOf;
using billiard::Deadline;
using billiard::MakeStatus;
using billiard::os::ProcessToken;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

namespace {

// How a barrier lies in its object.
struct Layout {
  core::Barrier::State state;
  int64_t default_timeout_ns;  // fixed before the object is published
};

absl::Status InitBarrier(Arena* arena, std::byte* data, int64_t parties, int64_t timeout_ns) {
  const absl::StatusOr<core::WaitTable*> waits = core::WaitsOf(arena);
  if (!waits.ok()) return waits.status();
  auto* layout = reinterpret_cast<Layout*>(data);
  layout->default_timeout_ns = timeout_ns;
  return core::Barrier::Init({arena->participants(), *waits}, &layout->state, parties);
}

}  // namespace

struct bp_barrier : ObjectHandle {
  explicit bp_barrier(ObjectHandle handle) : ObjectHandle(std::move(handle)) {}

  static absl::StatusOr<std::unique_ptr<bp_barrier>> From(ObjectHandle handle) {
    const absl::StatusOr<Layout*> layout = handle.StateAt<Layout>(0);
    if (!layout.ok()) return layout.status();
    auto barrier = std::make_unique<bp_barrier>(std::move(handle));
    Arena* arena = barrier->object->arena().get();
    const absl::StatusOr<core::WaitTable*> waits = core::WaitsOf(arena);
    if (!waits.ok()) return waits.status();
    barrier->core.emplace(core::Context{arena->participants(), *waits}, &(*layout)->state);
    barrier->default_timeout_ns = (*layout)->default_timeout_ns;
    return barrier;
  }

  mutable absl::optional<core::Barrier> core;  // always there after From
  int64_t default_timeout_ns = BP_FOREVER;
};

struct bp_arrival {
  bp_barrier* barrier;
  uint64_t process;  // os::ProcessToken of who arrived
  core::Barrier::Arrival core;
  bool over = false;
};

namespace {

absl::Status CheckArrival(const bp_arrival* arrival) {
  BP_RETURN_IF_ERROR(NotNull(arrival, "arrival"));
  if (arrival->process != ProcessToken()) {
    return MakeStatus(Code::kForked, "the arrival belongs to another process");
  }
  if (arrival->over) return MakeStatus(Code::kState, "the arrival is over");
  return absl::OkStatus();
}

bool IsThere(const bp_barrier* barrier) { return barrier != nullptr && barrier->Usable().ok(); }

}  // namespace

bp_status bp_barrier_create(int64_t parties, int64_t default_timeout_ns,
                            const bp_object_options* options, bp_barrier** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    if (parties < 1 || parties > BP_PARTIES_MAX) {
      return MakeStatus(Code::kInvalid,
                        "parties: is not from 1 to " + std::to_string(BP_PARTIES_MAX));
    }
    if (default_timeout_ns < BP_FOREVER) {
      return MakeStatus(Code::kInvalid, "default_timeout_ns: is below -1");
    }
    ObjectWishes wishes;
    BP_RETURN_IF_ERROR(ReadObjectOptions(options, 0, TakesLock::kNo, &wishes));
    const auto init = [=](Arena* arena, std::byte* data) {
      return InitBarrier(arena, data, parties, default_timeout_ns);
    };
    const auto same_parties = [parties](std::byte* data, uint64_t bytes) {
      const auto* layout = reinterpret_cast<const Layout*>(data);
      const bool same = bytes < sizeof(Layout) ||
                        layout->state.parties.load(std::memory_order_relaxed) == parties;
      return same ? absl::OkStatus() : MakeStatus(Code::kExists, "the name has other parties");
    };
    return HandOver(MakeObject(wishes, ObjectKind::kBarrier, sizeof(Layout), init, same_parties),
                    out);
  });
}

bp_status bp_barrier_attach(bp_segment* segment, uint64_t id, bp_barrier** out, bp_error** error) {
  return AttachHandle(segment, id, ObjectKind::kBarrier, out, error);
}

uint64_t bp_barrier_id(const bp_barrier* barrier) { return IdOf(barrier); }

bp_status bp_barrier_wait(bp_barrier* barrier, bp_barrier_action_fn action, void* context,
                          int64_t timeout_ns, bp_interrupt* interrupt, uint32_t* index,
                          bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(barrier, "barrier", timeout_ns));
    std::function<absl::Status()> run;
    if (action != nullptr) {
      run = [action, context] {
        const int result = action(context);
        return result == 0 ? absl::OkStatus()
                           : MakeStatus(Code::kTaskFailed,
                                        "the action failed with " + std::to_string(result));
      };
    }
    const int64_t limit = timeout_ns == BP_FOREVER ? barrier->default_timeout_ns : timeout_ns;
    const absl::StatusOr<uint32_t> place =
        barrier->core->Wait(run, Deadline::After(limit), Core(interrupt));
    if (!place.ok()) return place.status();
    if (index != nullptr) *index = *place;
    return absl::OkStatus();
  });
}

bp_status bp_barrier_abort(bp_barrier* barrier, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(barrier, "barrier"));
    barrier->core->Abort();
    return absl::OkStatus();
  });
}

bp_status bp_barrier_reset(bp_barrier* barrier, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckHandle(barrier, "barrier"));
    barrier->core->Reset();
    return absl::OkStatus();
  });
}

uint32_t bp_barrier_parties(const bp_barrier* barrier) {
  return IsThere(barrier) ? barrier->core->parties() : 0;
}

uint32_t bp_barrier_waiting(const bp_barrier* barrier) {
  return IsThere(barrier) ? barrier->core->Waiting() : 0;
}

int bp_barrier_broken(const bp_barrier* barrier) {
  return IsThere(barrier) && barrier->core->Broken() != core::BreakReason::kNone ? 1 : 0;
}

int64_t bp_barrier_default_timeout(const bp_barrier* barrier) {
  return barrier == nullptr ? BP_FOREVER : barrier->default_timeout_ns;
}

void bp_barrier_release(bp_barrier* barrier) { delete barrier; }

bp_status bp_barrier_arrive(bp_barrier* barrier, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_arrival** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckWait(barrier, "barrier", timeout_ns));
    auto made = std::make_unique<bp_arrival>(bp_arrival{barrier, ProcessToken(), {}});
    const int64_t limit = timeout_ns == BP_FOREVER ? barrier->default_timeout_ns : timeout_ns;
    const absl::StatusOr<core::Barrier::Arrival> arrival =
        barrier->core->Arrive(Deadline::After(limit), Core(interrupt));
    if (!arrival.ok()) return arrival.status();
    made->core = *arrival;
    *out = made.release();
    return absl::OkStatus();
  });
}

uint32_t bp_arrival_index(const bp_arrival* arrival) {
  return arrival == nullptr ? 0 : arrival->core.index;
}

int bp_arrival_is_last(const bp_arrival* arrival) {
  return arrival != nullptr && arrival->core.last ? 1 : 0;
}

bp_status bp_arrival_wait(bp_arrival* arrival, int64_t timeout_ns, bp_interrupt* interrupt,
                          bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckArrival(arrival));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    if (arrival->core.last) {
      return MakeStatus(Code::kState, "the last to arrive opens the barrier, it does not wait");
    }
    const absl::Status status = arrival->barrier->core->WaitOpened(
        &arrival->core, Deadline::After(timeout_ns), Core(interrupt));
    const Code code = CodeOf(status);
    arrival->over = code != Code::kTimeout && code != Code::kInterrupted;
    return status;
  });
}

bp_status bp_arrival_open(bp_arrival* arrival, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckArrival(arrival));
    if (!arrival->core.last) {
      return MakeStatus(Code::kState, "only the last to arrive opens the barrier");
    }
    arrival->over = true;
    return arrival->barrier->core->Open(&arrival->core);
  });
}

bp_status bp_arrival_give_up(bp_arrival* arrival, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckArrival(arrival));
    arrival->over = true;
    return arrival->barrier->core->Leave(&arrival->core, arrival->core.last
                                                             ? core::BreakReason::kActionFailed
                                                             : core::BreakReason::kTimedOut);
  });
}

void bp_arrival_release(bp_arrival* arrival) {
  if (arrival == nullptr) return;
  if (!arrival->over && arrival->process == ProcessToken()) {
    (void)arrival->barrier->core->Leave(&arrival->core, core::BreakReason::kPartyLeft);
  }
  delete arrival;
}
