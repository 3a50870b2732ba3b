#include "billiard/worker.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/worker_object.h"
#include "c_api/src/worker_options.h"

using billiard::Deadline;
using billiard::c_api::Bytes;
using billiard::c_api::CheckBytes;
using billiard::c_api::CheckTimeout;
using billiard::c_api::ClearOut;
using billiard::c_api::Core;
using billiard::c_api::Guard;
using billiard::c_api::Handle;
using billiard::c_api::NotNull;
using billiard::c_api::ReadFailure;
using billiard::pool::Failure;
using billiard::pool::Job;
using billiard::pool::PayloadView;
using billiard::pool::ReadyOptions;
using billiard::pool::Worker;
using billiard::pool::WorkerHooks;

namespace billiard::c_api {

absl::Status ReadFailure(const bp_failure* failure, pool::Failure* read) {
  bp_failure full;
  BP_RETURN_IF_ERROR(ReadOptions(failure, &full, "failure"));
  const auto text = [](const char* from) { return std::string(from == nullptr ? "" : from); };
  *read = Failure{text(full.class_name), text(full.message), text(full.backtrace)};
  return absl::OkStatus();
}

}  // namespace billiard::c_api

int bp_worker_requested(void) { return Worker::Requested() ? 1 : 0; }

bp_status bp_worker_attach(bp_worker** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Attach();
    if (worker.ok()) *out = Handle(worker->release());
    return worker.status();
  });
}

bp_status bp_worker_ready(bp_worker* worker, const char* const* names, size_t count,
                          bp_error** error) {
  return bp_worker_ready_with(worker, names, count, nullptr, error);
}

bp_status bp_worker_ready_with(bp_worker* worker, const char* const* names, size_t count,
                               const bp_ready_options* options, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    if (count > 0) BP_RETURN_IF_ERROR(NotNull(names, "names"));
    std::vector<std::string> list;
    for (size_t i = 0; i < count; ++i) {
      BP_RETURN_IF_ERROR(NotNull(names[i], "names[" + std::to_string(i) + "]"));
      list.emplace_back(names[i]);
    }
    ReadyOptions read;
    BP_RETURN_IF_ERROR(billiard::c_api::ReadReadyOptions(options, &read));
    return Core(worker)->Ready(std::move(list), read);
  });
}

bp_status bp_worker_set_hooks(bp_worker* worker, const bp_worker_hooks* hooks, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    BP_RETURN_IF_ERROR(NotNull(hooks, "hooks"));
    WorkerHooks read;
    BP_RETURN_IF_ERROR(billiard::c_api::ReadWorkerHooks(hooks, "hooks", &read));
    Core(worker)->SetHooks(std::move(read));
    return absl::OkStatus();
  });
}

int32_t bp_worker_exit_status(const bp_worker* worker) {
  return worker == nullptr ? billiard::pool::kExitFailed : Core(worker)->exit_status();
}

int32_t bp_worker_soft_limit_fd(const bp_worker* worker) {
  return worker == nullptr ? -1 : Core(worker)->soft_limit_fd();
}

int bp_job_soft_limit_reached(const bp_job* job) {
  return job != nullptr && Core(job)->SoftLimitReached() ? 1 : 0;
}

bp_status bp_worker_failed(bp_worker* worker, const char* text, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    BP_RETURN_IF_ERROR(NotNull(text, "text"));
    return Core(worker)->Failed(text);
  });
}

bp_status bp_worker_next(bp_worker* worker, int64_t timeout_ns, bp_interrupt* interrupt,
                         bp_job** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    const absl::StatusOr<Job*> job =
        Core(worker)->Next(Deadline::After(timeout_ns), Core(interrupt));
    if (job.ok()) *out = Handle(*job);
    return job.status();
  });
}

bp_status bp_worker_wait(bp_worker* worker, int64_t timeout_ns, bp_interrupt* interrupt,
                         bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    return Core(worker)->Wait(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_worker_run(bp_worker* worker, bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(worker, "worker"));
    return Core(worker)->Run(Core(interrupt));
  });
}

int32_t bp_worker_index(const bp_worker* worker) {
  return worker == nullptr ? -1 : Core(worker)->place();
}

const char* bp_worker_name(const bp_worker* worker) {
  return worker == nullptr ? "" : Core(worker)->name().c_str();
}

const char* bp_worker_group(const bp_worker* worker) {
  return worker == nullptr ? "" : Core(worker)->group_name().c_str();
}

void bp_worker_release(bp_worker* worker) { delete Core(worker); }

uint64_t bp_job_id(const bp_job* job) { return job == nullptr ? BP_NO_JOB : Core(job)->id(); }

const char* bp_job_task(const bp_job* job) {
  return job == nullptr ? "" : Core(job)->task().c_str();
}

bp_view bp_job_payload(const bp_job* job) {
  if (job == nullptr) return bp_view{"", 0, BP_FORMAT_RAW};
  const PayloadView view = Core(job)->argument();
  return bp_view{view.data, view.size, view.format};
}

bp_status bp_job_reply(bp_job* job, const void* data, size_t size, uint32_t format,
                       bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(job, "job"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    return Core(job)->Reply(Bytes(data, size), format);
  });
}

bp_status bp_job_fail(bp_job* job, const bp_failure* failure, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(job, "job"));
    BP_RETURN_IF_ERROR(NotNull(failure, "failure"));
    Failure read;
    BP_RETURN_IF_ERROR(ReadFailure(failure, &read));
    return Core(job)->Fail(read);
  });
}
