#include "bindings/interface/calls.h"

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

struct bpi_names {
  std::deque<std::string> names;
};

struct bpi_batch {
  bpi_batch() = default;
  bpi_batch(const bpi_batch&) = delete;
  bpi_batch& operator=(const bpi_batch&) = delete;
  ~bpi_batch() {
    for (bp_buffer& buffer : taken) bp_buffer_free(&buffer);
  }

  std::deque<std::string> kept;  // what was added
  std::vector<bp_buffer> taken;  // what was got
  std::vector<bp_view> views;    // of either
  size_t done = 0;
};

struct bpi_snapshot {
  bp_pool_stats stats = {};
  std::vector<bp_worker_info> workers;
  std::vector<std::string> groups;  // of a watched pool
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

bp_queue_options QueueOptions(uint32_t capacity, uint64_t max_message, uint64_t max_bytes,
                              uint32_t delivery = BP_AT_MOST_ONCE, uint32_t joinable = 0) {
  bp_queue_options options;
  bp_queue_options_init(&options, sizeof options);
  options.capacity = capacity;
  options.max_message = max_message;
  options.max_bytes = max_bytes;
  options.delivery = delivery;
  options.joinable = joinable;
  return options;
}

}  // namespace

std::vector<const char*> Pointers(const bpi_names* names) {
  std::vector<const char*> pointers;
  for (const std::string& name : names->names) pointers.push_back(name.c_str());
  return pointers;
}

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

bp_status bpi_queue_create_special(uint32_t capacity, uint64_t max_message, uint64_t max_bytes,
                                   uint32_t delivery, uint32_t joinable, bp_queue** out,
                                   bp_error** error) {
  const bp_queue_options options =
      QueueOptions(capacity, max_message, max_bytes, delivery, joinable);
  return bp_queue_create(&options, out, error);
}

bp_status bpi_queue_open_special(const char* name, uint32_t capacity, uint64_t max_message,
                                 uint64_t max_bytes, uint32_t delivery, uint32_t joinable,
                                 bp_queue** out, bp_error** error) {
  const bp_queue_options options =
      QueueOptions(capacity, max_message, max_bytes, delivery, joinable);
  return bp_queue_open(name, &options, out, error);
}

int bpi_queue_fd(bp_queue* queue) {
  int fd = -1;
  return bp_queue_fd(queue, &fd, nullptr) == BP_OK ? fd : -1;
}

bpi_batch* bpi_batch_new(void) { return new bpi_batch; }

void bpi_batch_add(bpi_batch* batch, const void* data, size_t size, uint32_t format) {
  const std::string& kept = batch->kept.emplace_back(static_cast<const char*>(data), size);
  batch->views.push_back({kept.data(), size, format});
}

size_t bpi_batch_count(const bpi_batch* batch) { return batch->views.size(); }

bp_view bpi_batch_message(const bpi_batch* batch, size_t index) {
  return index < batch->views.size() ? batch->views[index] : bp_view{"", 0, BP_FORMAT_RAW};
}

void bpi_batch_free(bpi_batch* batch) { delete batch; }

bp_status bpi_queue_put_batch(bp_queue* queue, bpi_batch* batch, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_error** error) {
  return bp_queue_put_batch(queue, batch->views.data(), batch->views.size(), timeout_ns, interrupt,
                            &batch->done, error);
}

size_t bpi_batch_done(const bpi_batch* batch) { return batch->done; }

bp_status bpi_queue_get_batch(bp_queue* queue, bpi_batch* batch, size_t capacity,
                              int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  batch->taken.resize(capacity);
  size_t count = 0;
  const bp_status status = bp_queue_get_batch(queue, timeout_ns, interrupt, batch->taken.data(),
                                              capacity, &count, error);
  batch->taken.resize(count);
  for (const bp_buffer& taken : batch->taken) {
    batch->views.push_back({taken.data == nullptr ? "" : taken.data, taken.size, taken.format});
  }
  return status;
}

bp_status bpi_queue_reserve_copy(bp_queue* queue, const void* data, size_t size,
                                 bp_reservation** out, bp_error** error) {
  void* room = nullptr;
  const bp_status status = bp_queue_reserve(queue, size, out, &room, error);
  if (status == BP_OK && size > 0) memcpy(room, data, size);
  return status;
}

bpi_names* bpi_names_new(void) { return new bpi_names; }

void bpi_names_add(bpi_names* names, const char* name) { names->names.push_back(name); }

void bpi_names_free(bpi_names* names) { delete names; }

bp_status bpi_worker_ready(bp_worker* worker, const bpi_names* names, bp_error** error) {
  const std::vector<const char*> pointers = Pointers(names);
  return bp_worker_ready(worker, pointers.data(), pointers.size(), error);
}

bp_status bpi_worker_ready_with(bp_worker* worker, const bpi_names* names, int32_t soft_signal,
                                bp_interrupt* interrupt, bp_error** error) {
  bp_ready_options options;
  bp_ready_options_init(&options, sizeof options);
  options.soft_signal = soft_signal;
  options.interrupt = interrupt;
  const std::vector<const char*> pointers = Pointers(names);
  return bp_worker_ready_with(worker, pointers.data(), pointers.size(), &options, error);
}

bp_status bpi_pool_worker_sentinel(bp_pool* pool, int32_t pid, int32_t* fd, bp_error** error) {
  int made = -1;
  const bp_status status = bp_pool_worker_sentinel(pool, pid, &made, error);
  *fd = made;
  return status;
}

namespace {

// One look by two calls: get_stats(stats) and get_workers(workers, capacity, count).
template <typename GetStats, typename GetWorkers>
bp_status TakeSnapshot(GetStats get_stats, GetWorkers get_workers, bpi_snapshot* snapshot) {
  snapshot->stats.size = sizeof snapshot->stats;
  if (const bp_status status = get_stats(&snapshot->stats); status < 0) return status;
  snapshot->workers.resize(snapshot->stats.workers);
  size_t count = 0;
  const bp_status status = get_workers(snapshot->workers.data(), snapshot->workers.size(), &count);
  snapshot->workers.resize(status < 0 ? 0 : count);
  return status;
}

bp_status NameGroups(bp_pool_watch* watch, bpi_snapshot* snapshot, bp_error** error) {
  for (const bp_worker_info& worker : snapshot->workers) {
    while (static_cast<int32_t>(snapshot->groups.size()) <= worker.group) {
      char name[256];
      const bp_status status = bp_pool_watch_group_name(
          watch, static_cast<int32_t>(snapshot->groups.size()), name, sizeof name, error);
      if (status < 0) return status;
      snapshot->groups.push_back(name);
    }
  }
  return BP_OK;
}

}  // namespace

bp_status bpi_snapshot_take(bp_pool* pool, bpi_snapshot** out, bp_error** error) {
  *out = nullptr;
  auto snapshot = std::make_unique<bpi_snapshot>();
  const bp_status status = TakeSnapshot(
      [&](bp_pool_stats* stats) { return bp_pool_get_stats(pool, stats, error); },
      [&](bp_worker_info* workers, size_t capacity, size_t* count) {
        return bp_pool_get_workers(pool, workers, capacity, sizeof *workers, count, error);
      },
      snapshot.get());
  if (status >= 0) *out = snapshot.release();
  return status;
}

bp_status bpi_snapshot_watch(bp_pool_watch* watch, bpi_snapshot** out, bp_error** error) {
  *out = nullptr;
  auto snapshot = std::make_unique<bpi_snapshot>();
  bp_status status = TakeSnapshot(
      [&](bp_pool_stats* stats) { return bp_pool_watch_get_stats(watch, stats, error); },
      [&](bp_worker_info* workers, size_t capacity, size_t* count) {
        return bp_pool_watch_get_workers(watch, workers, capacity, sizeof *workers, count, error);
      },
      snapshot.get());
  if (status >= 0) status = NameGroups(watch, snapshot.get(), error);
  if (status >= 0) *out = snapshot.release();
  return status;
}

const char* bpi_snapshot_group(const bpi_snapshot* snapshot, int32_t index) {
  const bool known = index >= 0 && static_cast<size_t>(index) < snapshot->groups.size();
  return known ? snapshot->groups[index].c_str() : "";
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
