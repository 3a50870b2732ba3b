/* Workers that are replaced, added and taken away, and what the host is told. */
#include <string.h>
#include <time.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

enum { kMostWorkers = 16 };

static size_t list_workers(bp_pool* pool, bp_worker_info workers[kMostWorkers]) {
  size_t count = 0;
  bp_error* error = NULL;
  must(bp_pool_get_workers(pool, workers, kMostWorkers, sizeof workers[0], &count, &error), error);
  return count;
}

static void pause_shortly(void) { nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); }

static void recycled_workers(void) {
  enum { kCalls = 6 };
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  int64_t pids[kCalls];
  int different = 0;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 1;
  options.max_jobs_per_worker = 2;
  must(bp_pool_create(&options, &pool, &error), error);
  for (int i = 0; i < kCalls; ++i) {
    encoder arguments;
    bp_result* result = NULL;
    encoder_begin(&arguments);
    msgpack_pack_array(&arguments.packer, 0);
    must(try_submit(pool, "own_pid", &arguments, &result, &error), error);
    encoder_end(&arguments);
    pids[i] = integer_value(result);
    bp_result_release(result);
    bool seen = false;
    for (int j = 0; j < i; ++j) seen = seen || pids[j] == pids[i];
    if (!seen) ++different;
  }
  outcome_add("ok %d", different);
  bp_pool_release(pool);
}

static void add_count_when_it_is(bp_pool* pool, size_t count) {
  bp_worker_info workers[kMostWorkers];
  while (list_workers(pool, workers) != count) pause_shortly();
  outcome_add("%zu ", count);
}

static void grow_and_shrink(void) {
  bp_pool* pool = pool_of(2);
  bp_error* error = NULL;
  must(bp_pool_wait_ready(pool, BP_FOREVER, NULL, &error), error);
  must(bp_pool_grow(pool, NULL, 2, &error), error);
  must(bp_pool_wait_ready(pool, BP_FOREVER, NULL, &error), error);
  add_count_when_it_is(pool, 4);
  must(bp_pool_shrink(pool, NULL, 3, 0, &error), error);
  add_count_when_it_is(pool, 1);
  must(bp_pool_shrink(pool, NULL, 0, 0, &error), error);
  add_count_when_it_is(pool, 1);
  outcome_add("error %s", short_status(bp_pool_shrink(pool, NULL, 5, 0, NULL)));
  bp_pool_release(pool);
}

static bool is_listed(const bp_worker_info* workers, size_t count, int32_t pid) {
  for (size_t i = 0; i < count; ++i) {
    if (workers[i].pid == pid) return true;
  }
  return false;
}

static void restart_idle(void) {
  bp_pool* pool = pool_of(2);
  bp_error* error = NULL;
  bp_worker_info before[kMostWorkers], after[kMostWorkers];
  must(bp_pool_wait_ready(pool, BP_FOREVER, NULL, &error), error);
  size_t count = list_workers(pool, before);
  must(bp_pool_restart(pool, &error), error);
  for (;; pause_shortly()) {
    bp_pool_stats stats = {.size = sizeof stats};
    must(bp_pool_get_stats(pool, &stats, &error), error);
    size_t now = list_workers(pool, after);
    bool old = false;
    for (size_t i = 0; i < count; ++i) old = old || is_listed(after, now, before[i].pid);
    if (!old && stats.ready == 2) break;
  }
  outcome_add("ok 2");
  bp_pool_release(pool);
}

static int on_accepted(void* context, uint64_t job, int32_t pid, int64_t time_ns) {
  (void)context, (void)job, (void)time_ns;
  if (pid > 0) outcome_add("accepted ");
  return 0;
}

static void on_done(void* context, uint64_t job, bp_result* result) {
  (void)job;
  outcome_add("done %lld", (long long)integer_value(result));
  *(bool*)context = true;
}

static void callbacks_order(void) {
  bp_pool* pool = pool_of(1);
  encoder arguments;
  bp_job_options options;
  bp_error* error = NULL;
  bool done = false;
  bp_job_callbacks callbacks = {
      .size = sizeof callbacks, .context = &done, .accepted = on_accepted, .done = on_done};
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  options.callbacks = &callbacks;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  msgpack_pack_int(&arguments.packer, 40);
  msgpack_pack_int(&arguments.packer, 2);
  must(bp_apply_async(pool, "add", arguments.bytes.data, arguments.bytes.size, &options, NULL,
                      &error),
       error);
  encoder_end(&arguments);
  while (!done) {
    size_t calls = 0;
    must(bp_pool_pump(pool, BP_FOREVER, NULL, &calls, &error), error);
  }
  bp_pool_release(pool);
}

const scenario kSupervisionScenarios[] = {{"recycled_workers", recycled_workers},
                                          {"grow_and_shrink", grow_and_shrink},
                                          {"restart_idle", restart_idle},
                                          {"callbacks_order", callbacks_order},
                                          {NULL, NULL}};
