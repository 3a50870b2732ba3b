/* Workers that are replaced, added and taken away. */
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

const scenario kSupervisionScenarios[] = {{"recycled_workers", recycled_workers},
                                          {"grow_and_shrink", grow_and_shrink},
                                          {"restart_idle", restart_idle},
                                          {NULL, NULL}};
