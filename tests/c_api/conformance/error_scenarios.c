/* Calls and pools that fail, and how the pool goes on. */
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

/* Waits for an error; a value is unexpected. */
static bp_status error_of(bp_result* result, bp_error** error) {
  bp_view view;
  bp_status status = bp_result_get(result, BP_FOREVER, NULL, &view, error);
  if (status == BP_OK) unexpected("a value came instead of an error");
  return status;
}

static void task_error(void) {
  bp_pool* pool = pool_of(2);
  bp_result* result = submit_text(pool, "fail", "boom 7");
  bp_error* error = NULL;
  bp_status status = error_of(result, &error);
  add_task_error(status, error);
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static void unknown_task(void) {
  bp_pool* pool = pool_of(2);
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_status status = bp_apply_async(pool, "no_such_task", "\x91\x01", 2, NULL, &result, &error);
  if (status == BP_OK) status = error_of(result, &error);
  add_error_naming(status, error, "no_such_task");
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static bp_status create_pool(int32_t workers, const char* command, bp_pool** pool,
                             bp_error** error) {
  const char* const argv[] = {command, NULL};
  bp_pool_options options;
  bp_pool_options_init(&options, sizeof options);
  options.workers = workers;
  if (command != NULL) options.command = argv;
  return bp_pool_create(&options, pool, error);
}

static void workers_zero(void) {
  bp_pool* pool = pool_of(0);
  bp_pool_stats stats = {.size = sizeof stats};
  bp_error* error = NULL;
  must(bp_pool_get_stats(pool, &stats, &error), error);
  outcome_add("ok %s", stats.workers == bp_cpus_available() ? "default" : "other");
  bp_pool_release(pool);
}

static void workers_negative(void) {
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_status status = create_pool(-3, NULL, &pool, &error);
  if (status == BP_OK) unexpected("a pool of -3 workers was made");
  add_error_naming(status, error, "workers");
}

static void missing_command(void) {
  static const char kCommand[] = "/nonexistent/worker-program";
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_status status = create_pool(1, kCommand, &pool, &error);
  if (status == BP_OK) status = bp_pool_wait_ready(pool, BP_FOREVER, NULL, &error);
  add_error_naming(status, error, kCommand);
  bp_pool_release(pool);
}

static void worker_never_ready(void) {
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_result* result = NULL;
  must(create_pool(1, "/bin/false", &pool, &error), error);
  bp_status status = bp_apply_async(pool, "echo", "\x91\x01", 2, NULL, &result, &error);
  if (status == BP_OK) status = error_of(result, &error);
  add_error_naming(status, error, "exitcode 1");
  bp_result_release(result);
  bp_pool_release(pool);
}

static void worker_killed(void) {
  bp_pool* pool = pool_of(1);
  char name[200];
  queue_name("Q", name);
  bp_queue* queue = open_queue("Q");
  bp_result* result = submit_text(pool, "take", name);
  bp_worker_info worker = wait_until_begun(pool, result);
  kill((pid_t)worker.pid, SIGKILL);
  bp_error* error = NULL;
  bp_status status = error_of(result, &error);
  outcome_add("error %s pid=%s signal=%d", short_status(status),
              bp_error_pid(error) == worker.pid ? "same" : "other",
              -(int)bp_error_exit_status(error));
  bp_error_release(error);
  bp_result_release(result);
  add_follow_up(pool);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static void worker_exits(void) {
  bp_pool* pool = pool_of(1);
  bp_result* result = submit_integer(pool, "exit_process", 3);
  bp_error* error = NULL;
  bp_status status = error_of(result, &error);
  outcome_add("error %s exitcode=%d", short_status(status), (int)bp_error_exit_status(error));
  bp_error_release(error);
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static void payload_too_large(void) {
  static const char kBytes[2000];
  bp_pool* pool = pool_with_max_payload(1, 1000);
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_status status = bp_apply_async(pool, "reverse", kBytes, sizeof kBytes, NULL, &result, &error);
  if (status == BP_OK) status = error_of(result, &error);
  add_error_naming(status, error, "2000");
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static void result_too_large(void) {
  bp_pool* pool = pool_with_max_payload(1, 1000);
  bp_result* result = submit_integer(pool, "make_bytes", 2000);
  bp_error* error = NULL;
  bp_status status = error_of(result, &error);
  add_error_naming(status, error, "2003");
  bp_result_release(result);
  add_follow_up(pool);
  bp_pool_release(pool);
}

static void wrong_type_task(void) {
  bp_pool* pool = pool_of(1);
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_status status = bp_apply_async(pool, NULL, "", 0, NULL, &result, &error);
  if (status == BP_OK) unexpected("a job without a task was accepted");
  add_error_naming(status, error, "task");
  bp_pool_release(pool);
}

static void wrong_type_value(void) {
  bp_pool* pool = pool_of(1);
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_status status = bp_apply_async(pool, "echo", NULL, 5, NULL, &result, &error);
  if (status == BP_OK) unexpected("five bytes at NULL were accepted");
  add_error_naming(status, error, "data");
  add_follow_up(pool);
  bp_pool_release(pool);
}

const scenario kErrorScenarios[] = {{"task_error", task_error},
                                    {"unknown_task", unknown_task},
                                    {"workers_zero", workers_zero},
                                    {"workers_negative", workers_negative},
                                    {"missing_command", missing_command},
                                    {"worker_never_ready", worker_never_ready},
                                    {"worker_killed", worker_killed},
                                    {"worker_exits", worker_exits},
                                    {"payload_too_large", payload_too_large},
                                    {"result_too_large", result_too_large},
                                    {"wrong_type_task", wrong_type_task},
                                    {"wrong_type_value", wrong_type_value},
                                    {NULL, NULL}};
