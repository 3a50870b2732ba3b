/* What a host is told of its jobs, how its own loop drives a pool, and what another process sees of it. */
#include <poll.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

/* add(40, 2) with callbacks. */
static bp_result* submit_add(bp_pool* pool, bp_job_callbacks* callbacks) {
  encoder arguments;
  bp_job_options options;
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  options.callbacks = callbacks;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  msgpack_pack_int(&arguments.packer, 40);
  msgpack_pack_int(&arguments.packer, 2);
  must(bp_apply_async(pool, "add", arguments.bytes.data, arguments.bytes.size, &options, &result,
                      &error),
       error);
  encoder_end(&arguments);
  return result;
}

static void pump_until(bp_pool* pool, const bool* done) {
  bp_error* error = NULL;
  while (!*done) {
    size_t calls = 0;
    must(bp_pool_pump(pool, BP_FOREVER, NULL, &calls, &error), error);
  }
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
  bool done = false;
  bp_job_callbacks callbacks = {
      .size = sizeof callbacks, .context = &done, .accepted = on_accepted, .done = on_done};
  bp_result* result = submit_add(pool, &callbacks);
  pump_until(pool, &done);
  bp_result_release(result);
  bp_pool_release(pool);
}

static int refuse(void* context, uint64_t job, int32_t pid, int64_t time_ns) {
  (void)job, (void)pid, (void)time_ns;
  *(bool*)context = true;
  return 1;
}

/* Submits add(40, 2) with an acceptance that fails, and pumps until that has been asked. */
static bp_result* submit_and_refuse(bp_pool* pool) {
  bool asked = false;
  bp_job_callbacks callbacks = {.size = sizeof callbacks, .context = &asked, .accepted = refuse};
  bp_result* result = submit_add(pool, &callbacks);
  pump_until(pool, &asked);
  return result;
}

static void failing_acceptance(void) {
  bp_pool* pool = pool_of(1);
  bp_result* result = submit_and_refuse(pool);
  outcome_add("ok %lld", (long long)integer_value(result));
  bp_result_release(result);
  bp_pool_release(pool);
}

static void refused_acceptance(void) {
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_view view;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 1;
  options.synack = 1;
  must(bp_pool_create(&options, &pool, &error), error);
  bp_result* result = submit_and_refuse(pool);
  outcome_add("error %s", short_status(bp_result_get(result, BP_FOREVER, NULL, &view, NULL)));
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static void failing_callback(void) {
  /* bp_job_callbacks.done returns nothing, and C has no exceptions. */
  outcome_add("not possible: a callback of C can not fail");
}

/* Does what there is to do, and returns how many jobs have ended. */
static int serve(bp_pool* pool) {
  bp_pool_event events[8];
  bp_error* error = NULL;
  size_t count = 0;
  int ended = 0;
  must(bp_pool_step(pool, &error), error);
  do {
    must(bp_pool_read_events(pool, events, 8, sizeof events[0], &count, &error), error);
    for (size_t i = 0; i < count; ++i) ended += events[i].kind == BP_EVENT_JOB_DONE;
  } while (count == 8);
  return ended;
}

static bp_result* submit_announced(bp_pool* pool, int number) {
  encoder arguments;
  bp_job_options options;
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  options.notify = 1;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  msgpack_pack_int(&arguments.packer, number);
  must(bp_apply_async(pool, "echo", arguments.bytes.data, arguments.bytes.size, &options, &result,
                      &error),
       error);
  encoder_end(&arguments);
  return result;
}

static void event_loop(void) {
  enum { kJobs = 3 };
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_result* results[kJobs];
  long long sum = 0;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 1;
  options.event_loop = 1;
  must(bp_pool_create(&options, &pool, &error), error);
  for (int i = 0; i < kJobs; ++i) results[i] = submit_announced(pool, i + 1);
  for (int ended = 0; ended < kJobs;) {
    struct pollfd entry = {bp_pool_fd(pool), POLLIN, 0};
    if (poll(&entry, 1, -1) == 1) ended += serve(pool);
  }
  for (int i = 0; i < kJobs; ++i) {
    sum += integer_value(results[i]);
    bp_result_release(results[i]);
  }
  outcome_add("ok %lld", sum);
  bp_pool_release(pool);
}

static void watched_pool(void) {
  char name[kMaxName];
  char group[256];
  bp_pool_watch* watch = NULL;
  bp_error* error = NULL;
  bp_worker_info worker;
  size_t count = 0;
  bp_pool_stats stats = {.size = sizeof stats};
  object_name(name);
  assistant host = start_assistant("host_pool", name, NULL);
  await_line(&host, "busy");
  must(bp_pool_watch_open(host.pid, 0, &watch, &error), error);
  must(bp_pool_watch_get_stats(watch, &stats, &error), error);
  must(bp_pool_watch_get_workers(watch, &worker, 1, sizeof worker, &count, &error), error);
  must(bp_pool_watch_group_name(watch, worker.group, group, sizeof group, &error), error);
  outcome_add("ok running=%d queued=%d workers=%d %s %s", (int)stats.running, (int)stats.queued,
              stats.workers, worker.state == BP_WORKER_BUSY ? "busy" : "not busy", group);
  kill_assistant(&host);
  outcome_add("; then error %s", short_status(bp_pool_watch_get_stats(watch, &stats, NULL)));
  bp_pool_watch_release(watch);
}

const scenario kHostScenarios[] = {{"callbacks_order", callbacks_order},
                                   {"failing_acceptance", failing_acceptance},
                                   {"refused_acceptance", refused_acceptance},
                                   {"failing_callback", failing_callback},
                                   {"event_loop", event_loop},
                                   {"watched_pool", watched_pool},
                                   {NULL, NULL}};
