#include "billiard/pool.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "billiard_core/pool/pool.h"
#include "c_api/src/buffer.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/pool_object.h"
#include "c_api/src/pool_options.h"
#include "c_api/src/pool_stats_convert.h"
#include "c_api/src/result_object.h"

using billiard::Deadline;
using billiard::c_api::Bytes;
using billiard::c_api::CheckBytes;
using billiard::c_api::CheckStatsOut;
using billiard::c_api::CheckTimeout;
using billiard::c_api::CheckWorkersOut;
using billiard::c_api::ClearOut;
using billiard::c_api::Core;
using billiard::c_api::FillStats;
using billiard::c_api::FillWorkers;
using billiard::c_api::Guard;
using billiard::c_api::Handle;
using billiard::c_api::NotNull;
using billiard::c_api::ReadJobOptions;
using billiard::c_api::ReadPoolOptions;
using billiard::pool::JobOptions;
using billiard::pool::Pool;
using billiard::pool::PoolOptions;
using billiard::pool::PoolStats;
using billiard::pool::Result;
using billiard::pool::WorkerInfo;

bp_status bp_pool_create(const bp_pool_options* options, bp_pool** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    PoolOptions read;
    BP_RETURN_IF_ERROR(ReadPoolOptions(options, &read));
    absl::StatusOr<std::unique_ptr<Pool>> pool = Pool::Create(std::move(read));
    if (pool.ok()) *out = reinterpret_cast<bp_pool*>(pool->release());
    return pool.status();
  });
}

bp_status bp_pool_wait_ready(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt,
                             bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return Core(pool)->WaitReady(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_apply_async(bp_pool* pool, const char* task, const void* data, size_t size,
                         const bp_job_options* options, bp_result** out, bp_error** error) {
  return Guard(error, [&] {
    if (out != nullptr) *out = nullptr;
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(task, "task"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    JobOptions read;
    BP_RETURN_IF_ERROR(ReadJobOptions(options, &read));
    absl::StatusOr<std::unique_ptr<Result>> result =
        Core(pool)->Submit(task, Bytes(data, size), read);
    if (result.ok() && out != nullptr) *out = Handle(result->release());
    return result.status();
  });
}

bp_status bp_apply(bp_pool* pool, const char* task, const void* data, size_t size,
                   const bp_job_options* options, int64_t timeout_ns, bp_interrupt* interrupt,
                   bp_buffer* out, bp_error** error) {
  bp_status outcome = BP_OK;
  const bp_status status = Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(task, "task"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    JobOptions read;
    BP_RETURN_IF_ERROR(ReadJobOptions(options, &read));
    const Deadline deadline = Deadline::After(timeout_ns);
    read.submit_deadline = Earlier(read.submit_deadline, deadline);
    if (read.interrupt == nullptr) read.interrupt = Core(interrupt);
    const absl::StatusOr<std::unique_ptr<Result>> result =
        Core(pool)->Submit(task, Bytes(data, size), read);
    BP_RETURN_IF_ERROR(result.status());
    BP_RETURN_IF_ERROR((*result)->Wait(deadline, Core(interrupt)));
    bp_view value;
    outcome = billiard::c_api::TakeValue(**result, &value, error);
    if (outcome != BP_OK) return absl::OkStatus();
    return billiard::c_api::FillBuffer(value.data, value.size, value.format, out);
  });
  return status == BP_OK ? outcome : status;
}

bp_status bp_pool_close(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Close();
  });
}

bp_status bp_pool_terminate(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Terminate();
  });
}

bp_status bp_pool_terminate_job(bp_pool* pool, int32_t pid, int32_t signal_number, uint64_t job,
                                bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->TerminateJob(pid, signal_number, job);
  });
}

bp_status bp_pool_join(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt,
                       bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return Core(pool)->Join(Deadline::After(timeout_ns), Core(interrupt));
  });
}

void bp_pool_release(bp_pool* pool) { delete Core(pool); }

bp_status bp_pool_get_slots(bp_pool* pool, int64_t* free_slots, int64_t* bound, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(free_slots, "free_slots"));
    BP_RETURN_IF_ERROR(NotNull(bound, "bound"));
    const absl::StatusOr<Pool::Slots> slots = Core(pool)->GetSlots();
    if (slots.ok()) {
      *free_slots = slots->free;
      *bound = slots->bound;
    }
    return slots.status();
  });
}

bp_status bp_pool_answer_job(bp_pool* pool, uint64_t job, int32_t accept, const char* reason,
                             bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->AnswerJob(job, accept != 0, reason == nullptr ? "refused" : reason);
  });
}

bp_status bp_pool_pump(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt, size_t* calls,
                       bp_error** error) {
  return Guard(error, [&] {
    if (calls != nullptr) *calls = 0;
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    const absl::StatusOr<size_t> called =
        Core(pool)->Pump(Deadline::After(timeout_ns), Core(interrupt));
    if (called.ok() && calls != nullptr) *calls = *called;
    return called.status();
  });
}

bp_status bp_pool_get_stats(bp_pool* pool, bp_pool_stats* stats, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(CheckStatsOut(stats));
    const absl::StatusOr<PoolStats> taken = Core(pool)->Stats();
    BP_RETURN_IF_ERROR(taken.status());
    FillStats(*taken, stats);
    return absl::OkStatus();
  });
}

bp_status bp_pool_get_workers(bp_pool* pool, bp_worker_info* workers, size_t capacity,
                              size_t info_size, size_t* count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(CheckWorkersOut(workers, capacity, info_size, count));
    const absl::StatusOr<std::vector<WorkerInfo>> taken = Core(pool)->Workers();
    BP_RETURN_IF_ERROR(taken.status());
    FillWorkers(*taken, workers, capacity, info_size, count);
    return absl::OkStatus();
  });
}
