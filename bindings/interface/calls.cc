#include "bindings/interface/calls.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

struct bpi_names {
  std::deque<std::string> names;
};

struct bpi_snapshot {
  bp_pool_stats stats = {};
  std::vector<bp_worker_info> workers;
};

bp_status bpi_apply_async(bp_pool* pool, const char* task, const void* data, size_t size,
                          uint32_t format, const char* group, int32_t notify,
                          int64_t submit_timeout_ns, bp_interrupt* interrupt, bp_result** out,
                          bp_error** error) {
  bp_job_options options;
  bp_job_options_init(&options, sizeof options);
  options.format = format;
  options.group = group;
  options.notify = notify;
  options.submit_timeout_ns = submit_timeout_ns;
  options.interrupt = interrupt;
  return bp_apply_async(pool, task, data, size, &options, out, error);
}

bp_status bpi_job_fail(bp_job* job, const char* class_name, const char* message,
                       const char* backtrace, bp_error** error) {
  const bp_failure failure = {sizeof failure, class_name, message, backtrace};
  return bp_job_fail(job, &failure, error);
}

namespace {

bp_queue_options QueueOptions(uint32_t capacity, uint64_t max_message, uint64_t max_bytes) {
  bp_queue_options options;
  bp_queue_options_init(&options, sizeof options);
  options.capacity = capacity;
  options.max_message = max_message;
  options.max_bytes = max_bytes;
  return options;
}

}  // namespace

bp_status bpi_queue_create(uint32_t capacity, uint64_t max_message, uint64_t max_bytes,
                           bp_queue** out, bp_error** error) {
  const bp_queue_options options = QueueOptions(capacity, max_message, max_bytes);
  return bp_queue_create(&options, out, error);
}

bp_status bpi_queue_open(const char* name, uint32_t capacity, uint64_t max_message,
                         uint64_t max_bytes, bp_queue** out, bp_error** error) {
  const bp_queue_options options = QueueOptions(capacity, max_message, max_bytes);
  return bp_queue_open(name, &options, out, error);
}

bpi_names* bpi_names_new(void) { return new bpi_names; }

void bpi_names_add(bpi_names* names, const char* name) { names->names.push_back(name); }

void bpi_names_free(bpi_names* names) { delete names; }

bp_status bpi_worker_ready(bp_worker* worker, const bpi_names* names, bp_error** error) {
  std::vector<const char*> pointers;
  for (const std::string& name : names->names) pointers.push_back(name.c_str());
  return bp_worker_ready(worker, pointers.data(), pointers.size(), error);
}

bp_status bpi_snapshot_take(bp_pool* pool, bpi_snapshot** out, bp_error** error) {
  *out = nullptr;
  auto snapshot = std::make_unique<bpi_snapshot>();
  snapshot->stats.size = sizeof snapshot->stats;
  if (const bp_status status = bp_pool_get_stats(pool, &snapshot->stats, error); status < 0) {
    return status;
  }
  snapshot->workers.resize(snapshot->stats.workers);
  size_t count = 0;
  if (const bp_status status =
          bp_pool_get_workers(pool, snapshot->workers.data(), snapshot->workers.size(),
                              sizeof(bp_worker_info), &count, error);
      status < 0) {
    return status;
  }
  snapshot->workers.resize(count);
  *out = snapshot.release();
  return BP_OK;
}

const bp_pool_stats* bpi_snapshot_stats(const bpi_snapshot* snapshot) { return &snapshot->stats; }

const bp_worker_info* bpi_snapshot_worker(const bpi_snapshot* snapshot, int32_t index) {
  const bool exists = index >= 0 && static_cast<size_t>(index) < snapshot->workers.size();
  return exists ? &snapshot->workers[index] : nullptr;
}

int32_t bpi_snapshot_worker_count(const bpi_snapshot* snapshot) {
  return static_cast<int32_t>(snapshot->workers.size());
}

void bpi_snapshot_free(bpi_snapshot* snapshot) { delete snapshot; }
