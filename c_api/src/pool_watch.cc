#include "billiard/pool_watch.h"

#include <memory>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/pool/observer.h"
#include "c_api/src/guard.h"
#include "c_api/src/pool_stats_convert.h"

using billiard::Code;
using billiard::MakeStatus;
using billiard::c_api::CheckStatsOut;
using billiard::c_api::CheckWorkersOut;
using billiard::c_api::ClearOut;
using billiard::c_api::FillStats;
using billiard::c_api::FillWorkers;
using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::pool::Observer;
using billiard::pool::PoolSnapshot;

namespace {

Observer* Core(bp_pool_watch* watch) { return reinterpret_cast<Observer*>(watch); }

}  // namespace

bp_status bp_pool_watch_open(int32_t pid, int32_t index, bp_pool_watch** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::StatusOr<std::unique_ptr<Observer>> observer = Observer::Open(pid, index);
    if (observer.ok()) *out = reinterpret_cast<bp_pool_watch*>(observer->release());
    return observer.status();
  });
}

bp_status bp_pool_watch_get_stats(bp_pool_watch* watch, bp_pool_stats* stats, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(watch, "watch"));
    BP_RETURN_IF_ERROR(CheckStatsOut(stats));
    const absl::StatusOr<PoolSnapshot> snapshot = Core(watch)->Look();
    BP_RETURN_IF_ERROR(snapshot.status());
    FillStats(snapshot->stats, stats);
    return absl::OkStatus();
  });
}

bp_status bp_pool_watch_get_workers(bp_pool_watch* watch, bp_worker_info* workers, size_t capacity,
                                    size_t info_size, size_t* count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(watch, "watch"));
    BP_RETURN_IF_ERROR(CheckWorkersOut(workers, capacity, info_size, count));
    const absl::StatusOr<PoolSnapshot> snapshot = Core(watch)->Look();
    BP_RETURN_IF_ERROR(snapshot.status());
    FillWorkers(snapshot->workers, workers, capacity, info_size, count);
    return absl::OkStatus();
  });
}

bp_status bp_pool_watch_group_name(bp_pool_watch* watch, int32_t group, char* text, size_t capacity,
                                   bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(watch, "watch"));
    if (text == nullptr || capacity == 0) {
      return MakeStatus(Code::kInvalid, "text: has no room");
    }
    text[0] = '\0';
    const absl::StatusOr<std::string> name = Core(watch)->GroupName(group);
    BP_RETURN_IF_ERROR(name.status());
    text[name->copy(text, capacity - 1)] = '\0';
    return absl::OkStatus();
  });
}

void bp_pool_watch_release(bp_pool_watch* watch) { delete Core(watch); }
