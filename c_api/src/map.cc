#include "billiard/map.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "billiard_core/pool/map.h"
#include "billiard_core/pool/pool.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/pool_object.h"
#include "c_api/src/pool_options.h"
#include "c_api/src/result_object.h"

using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using billiard::c_api::Bytes;
using billiard::c_api::CheckBytes;
using billiard::c_api::CheckTimeout;
using billiard::c_api::ClearOut;
using billiard::c_api::Core;
using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::c_api::ReadJobOptions;
using billiard::c_api::ReadOptions;
using billiard::c_api::ReportFailure;
using billiard::pool::JobFailure;
using billiard::pool::Map;
using billiard::pool::MapItem;
using billiard::pool::MapOptions;
using billiard::pool::PayloadView;

namespace {

Map* Core(bp_map_result* result) { return reinterpret_cast<Map*>(result); }
const Map* Core(const bp_map_result* result) { return reinterpret_cast<const Map*>(result); }

absl::Status ReadMapOptions(const bp_map_options* options, MapOptions* read) {
  bp_map_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  read->chunk_size = full.chunk_size;
  return ReadJobOptions(full.job, &read->job);
}

absl::Status ReadItems(const bp_view* items, size_t count, std::vector<MapItem>* read) {
  if (count > 0) BP_RETURN_IF_ERROR(NotNull(items, "items"));
  if (count > PTRDIFF_MAX / sizeof(bp_view)) {
    return MakeStatus(Code::kInvalid, "count: no memory has so many items");
  }
  read->reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (items[i].data == nullptr && items[i].size != 0) {
      return MakeStatus(Code::kInvalid, "items[" + std::to_string(i) + "].data: is NULL");
    }
    read->push_back(MapItem{Bytes(items[i].data, items[i].size), items[i].format});
  }
  return absl::OkStatus();
}

absl::Status Submit(bp_pool* pool, const char* task, const bp_view* items, size_t count,
                    const MapOptions& options, std::unique_ptr<Map>* map) {
  std::vector<MapItem> read;
  BP_RETURN_IF_ERROR(ReadItems(items, count, &read));
  absl::StatusOr<std::unique_ptr<Map>> submitted = Core(pool)->MapAsync(task, read, options);
  if (submitted.ok()) *map = *std::move(submitted);
  return submitted.status();
}

// The map's own error, of a map that is ready.
bp_status Outcome(Map* map, bp_error** error) {
  JobFailure failure;
  return map->Succeeded(&failure) ? BP_OK : ReportFailure(std::move(failure), error);
}

}  // namespace

void bp_map_options_init(bp_map_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

bp_status bp_map_async(bp_pool* pool, const char* task, const bp_view* items, size_t count,
                       const bp_map_options* options, bp_map_result** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(task, "task"));
    MapOptions read;
    BP_RETURN_IF_ERROR(ReadMapOptions(options, &read));
    std::unique_ptr<Map> map;
    BP_RETURN_IF_ERROR(Submit(pool, task, items, count, read, &map));
    *out = reinterpret_cast<bp_map_result*>(map.release());
    return absl::OkStatus();
  });
}

bp_status bp_map(bp_pool* pool, const char* task, const bp_view* items, size_t count,
                 const bp_map_options* options, int64_t timeout_ns, bp_interrupt* interrupt,
                 bp_map_result** out, bp_error** error) {
  bp_status outcome = BP_OK;
  const bp_status status = Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(task, "task"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    MapOptions read;
    BP_RETURN_IF_ERROR(ReadMapOptions(options, &read));
    const Deadline deadline = Deadline::After(timeout_ns);
    read.job.submit_deadline = Earlier(read.job.submit_deadline, deadline);
    if (read.job.interrupt == nullptr) read.job.interrupt = Core(interrupt);
    std::unique_ptr<Map> map;
    BP_RETURN_IF_ERROR(Submit(pool, task, items, count, read, &map));
    BP_RETURN_IF_ERROR(map->Wait(deadline, Core(interrupt)));
    outcome = Outcome(map.get(), error);
    if (outcome == BP_OK) *out = reinterpret_cast<bp_map_result*>(map.release());
    return absl::OkStatus();
  });
  return status == BP_OK ? outcome : status;
}

uint64_t bp_map_result_id(const bp_map_result* result) {
  return result == nullptr ? BP_NO_JOB : Core(result)->id();
}

int bp_map_result_ready(bp_map_result* result) {
  return result != nullptr && Core(result)->Ready() ? 1 : 0;
}

int bp_map_result_accepted(const bp_map_result* result) {
  return result != nullptr && Core(result)->Accepted() ? 1 : 0;
}

bp_status bp_map_result_wait(bp_map_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                             bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return Core(result)->Wait(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_map_result_get(bp_map_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error) {
  const bp_status status = bp_map_result_wait(result, timeout_ns, interrupt, error);
  return status == BP_OK ? Outcome(Core(result), error) : status;
}

size_t bp_map_result_count(const bp_map_result* result) {
  return result == nullptr ? 0 : Core(result)->count();
}

bp_status bp_map_result_item(bp_map_result* result, size_t index, bp_view* out, bp_error** error) {
  bp_status outcome = BP_OK;
  const bp_status status = Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    if (index >= Core(result)->count()) {
      return MakeStatus(Code::kInvalid, "index: " + std::to_string(index) + " is not below " +
                                            std::to_string(Core(result)->count()));
    }
    BP_RETURN_IF_ERROR(Core(result)->CheckProcess());
    if (!Core(result)->Ready()) return MakeStatus(Code::kState, "result: is not ready");
    outcome = Outcome(Core(result), error);
    if (outcome != BP_OK) return absl::OkStatus();
    const PayloadView item = Core(result)->Item(index);
    if (item.data == nullptr) {
      return MakeStatus(Code::kCorrupt, "the result's words in shared memory are damaged");
    }
    *out = bp_view{item.data, item.size, item.format};
    return absl::OkStatus();
  });
  return status == BP_OK ? outcome : status;
}

bp_status bp_map_result_pids(const bp_map_result* result, int32_t* pids, size_t capacity,
                             size_t* count, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(count, "count"));
    *count = 0;
    BP_RETURN_IF_ERROR(NotNull(result, "result"));
    if (capacity > 0) BP_RETURN_IF_ERROR(NotNull(pids, "pids"));
    const std::vector<int32_t> begun = Core(result)->Pids();
    *count = std::min(capacity, begun.size());
    std::copy_n(begun.begin(), *count, pids);
    return absl::OkStatus();
  });
}

void bp_map_result_release(bp_map_result* result) { delete Core(result); }
