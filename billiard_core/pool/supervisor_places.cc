// The part of the supervisor that lets the processes follow the host's wishes (host_places.h): starts
// what is wanted, asks to leave what is not, and decides when a worker that ended is replaced.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/exit_text.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/pool/supervisor.h"

namespace billiard::pool {
namespace {

// A worker that ended before it was ready is followed by another: the first time at once, then after
// pauses that double.
constexpr int64_t kFirstPause = 10 * kNanosPerMilli;
constexpr int64_t kLongestPause = kNanosPerSecond;

// So long after its start a pool is young: then other rules hold for restarts (POOL-142).
constexpr int64_t kYouth = kNanosPerSecond;

int64_t PauseAfter(int boot_failures) {
  if (boot_failures < 2) return 0;
  const int doublings = std::min(boot_failures - 2, 10);
  return std::min(kFirstPause << doublings, kLongestPause);
}

}  // namespace

bool Supervisor::MayStart() const {
  return !leave_asked_ && !CurrentHome()->gone &&
         host_->phase.value() < static_cast<uint32_t>(PoolPhase::kTerminating);
}

void Supervisor::FollowWishes() {
  if (!MayStart()) return;
  const bool restart = host_->restart_requested.exchange(false);
  for (Place& place : places_) {
    bool wanted;
    {
      MutexLock lock(&host_->mutex);
      wanted = host_->places.IsWanted(place.id.place);
    }
    const bool empty = place.life == Place::Life::kEmpty;
    if (!empty && (!wanted || restart)) AskPlaceToLeave(&place);
    if (empty && !wanted && (place.start_at_ns != 0 || place.replaces)) Vacate(&place);
    if (empty && wanted && (place.start_at_ns == 0 || restart)) StartPlace(&place);
  }
}

// It leaves when it has no job, or after the one it has; a worker that boots, when it has booted.
void Supervisor::AskPlaceToLeave(Place* place) {
  if (place->leaving) return;
  place->leaving = true;
  WorkerEntry* entry = segment_->worker(place->id.place);
  entry->leave.store(place->id.incarnation, std::memory_order_seq_cst);
  host_->WakeAllWorkers(place->group);
  os::FutexWake(reinterpret_cast<const std::atomic<uint32_t>*>(&entry->word), os::kWakeAll);
}

// The process at the place has ended, and what it held has been settled.
void Supervisor::Replace(Place* place, int32_t exit_status) {
  bool wanted;
  {
    MutexLock lock(&host_->mutex);
    wanted = host_->places.IsWanted(place->id.place);
  }
  if (!wanted || !MayStart()) {
    Vacate(place);
    return;
  }
  if (!CountRestart(*place, exit_status)) return;
  const int64_t pause = PauseAfter(place->boot_failures);
  if (pause == 0) {
    StartPlace(place);
  } else {
    place->start_at_ns = MonotonicNow() + pause;
  }
}

// False: the pool has failed for it.
bool Supervisor::CountBootFailure(Place* place, bool not_started, const std::string& failure) {
  ++boot_failures_;
  ++place->boot_failures;
  const int limit = host_->options.max_boot_failures;
  // A worker of the creation that could not even be started is the creation's error.
  const bool of_creation =
      not_started && place->id.incarnation == 1 && place->id.place < initial_places_;
  if (of_creation) {
    FailPool(MakeStatus(Code::kStartFailed, failure));
  } else if (limit > 0 && boot_failures_ >= limit) {
    FailPool(MakeStatus(Code::kPoolFailed, failure));
  } else {
    return true;
  }
  return false;
}

// False: it was one too many, and the pool has failed.
bool Supervisor::CountRestart(const Place& place, int32_t exit_status) {
  const bool in_order = exit_status == kExitNormal || exit_status == kExitRecycled;
  if (place.leaving || place.on_purpose || in_order) return true;
  uint64_t begun = 0;
  for (const Place& each : places_) {
    begun += segment_->worker(each.id.place)->begun.load(std::memory_order_relaxed);
  }
  if (begun != begun_when_counted_) {  // POOL-145
    burst_.Reset();
    limiter_.Reset();
  }
  begun_when_counted_ = begun;
  const int64_t now = MonotonicNow();
  RestartLimiter* limiter = now - started_ns_ < kYouth ? &burst_ : &limiter_;
  if (limiter->Step(now)) return true;
  FailPool(MakeStatus(
      Code::kRestartLimit,
      absl::StrCat(limiter->Text(), ": workers had to be replaced too often; group '",
                   host_->options.groups[place.group].name, "': ", ExitStatusText(exit_status))));
  return false;
}

void Supervisor::StartDuePlaces() {
  if (!MayStart()) return;
  const int64_t now = MonotonicNow();
  for (Place& place : places_) {
    if (place.start_at_ns != 0 && now >= place.start_at_ns) StartPlace(&place);
  }
}

void Supervisor::Vacate(Place* place) {
  place->start_at_ns = 0;
  place->replaces = false;
  place->boot_failures = 0;
  MutexLock lock(&host_->mutex);
  host_->places.Vacate(place->id.place);
  host_->PublishPlaces();
}

}  // namespace billiard::pool
