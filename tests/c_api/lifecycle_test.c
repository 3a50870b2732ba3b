/* A pool's whole life in one plain C program: made, used, closed, joined, ended. The names of the
 * passed steps go to standard output; the first step that fails ends the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "billiard/bp.h"

static const char* step = "start";

static void begin(const char* name) {
  step = name;
  alarm(60); /* watchdog: a step that hangs kills the program */
}

static void end(void) { printf("passed %s\n", step); }

static void expect(int fine, const char* what) {
  if (fine) return;
  fprintf(stderr, "failed %s: %s\n", step, what);
  exit(EXIT_FAILURE);
}

/* A macro, so that the error is read after the call that may fill it. */
#define expect_ok(call, error)    \
  do {                            \
    bp_status ok_status = (call); \
    check_ok(ok_status, error);   \
  } while (0)

static void check_ok(bp_status status, bp_error* error) {
  if (status == BP_OK) return;
  fprintf(stderr, "failed %s: %s: %s\n", step, bp_status_name(status), bp_error_message(error));
  exit(EXIT_FAILURE);
}

static int length(bp_job* job, void* context) {
  size_t size = bp_job_payload(job).size;
  (void)context;
  return bp_job_reply(job, &size, sizeof size, BP_FORMAT_RAW, NULL) == BP_OK ? 0 : 1;
}

static int silent(bp_job* job, void* context) {
  (void)job;
  return *(const int*)context;
}

static bp_pool* create(void) {
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 2;
  expect_ok(bp_pool_create(&options, &pool, &error), error);
  expect_ok(bp_pool_wait_ready(pool, BP_FOREVER, NULL, &error), error);
  return pool;
}

static void one_job(bp_pool* pool) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_view view;
  size_t size = 0;
  begin("a job's value comes back");
  expect_ok(bp_apply_async(pool, "length", "12345", 5, NULL, &result, &error), error);
  expect(bp_result_job(result) == 0, "the id of a process's first job");
  expect_ok(bp_result_wait(result, BP_FOREVER, NULL, &error), error);
  expect(bp_result_ready(result), "not ready after the wait");
  expect_ok(bp_result_get(result, 0, NULL, &view, &error), error);
  expect(view.size == sizeof size, "size of the value");
  memcpy(&size, view.data, sizeof size);
  expect(size == 5, "the value");
  expect(bp_result_pid(result) > 0, "the worker's pid");
  bp_result_release(result);
  end();
}

static void tasks_without_answer(bp_pool* pool) {
  bp_buffer value;
  bp_error* error = NULL;
  begin("returning 0 without an answer answers with no bytes");
  expect_ok(bp_apply(pool, "silent", NULL, 0, NULL, BP_FOREVER, NULL, &value, &error), error);
  expect(value.size == 0, "size of the value");
  bp_buffer_free(&value);
  end();
  begin("returning a number without an answer fails the job");
  bp_status status = bp_apply(pool, "grumbling", NULL, 0, NULL, BP_FOREVER, NULL, &value, &error);
  expect(status == BP_TASK_FAILED, "status");
  expect(strstr(bp_error_message(error), "task returned 7") != NULL, bp_error_message(error));
  bp_error_release(error);
  end();
}

static void results_may_be_dropped(bp_pool* pool) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  begin("results may be dropped before, and never asked for");
  expect_ok(bp_apply_async(pool, "length", "1", 1, NULL, &result, &error), error);
  bp_result_release(result);
  expect_ok(bp_apply_async(pool, "length", "1", 1, NULL, NULL, &error), error);
  end();
}

static void the_end(bp_pool* pool) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  bp_view view;
  begin("close and join complete what was submitted");
  expect(bp_pool_join(pool, 0, NULL, NULL) == BP_STATE, "join before close");
  expect_ok(bp_apply_async(pool, "length", "123", 3, NULL, &result, &error), error);
  expect_ok(bp_pool_close(pool, &error), error);
  expect_ok(bp_pool_close(pool, &error), error);
  expect_ok(bp_pool_join(pool, BP_FOREVER, NULL, &error), error);
  expect_ok(bp_pool_join(pool, BP_FOREVER, NULL, &error), error);
  expect_ok(bp_result_get(result, 0, NULL, &view, &error), error);
  expect(bp_apply_async(pool, "length", "1", 1, NULL, NULL, NULL) == BP_STATE,
         "submit after close");
  expect_ok(bp_pool_terminate(pool, &error), error);
  end();
  begin("a result outlives its pool");
  bp_pool_release(pool);
  expect_ok(bp_result_get(result, 0, NULL, &view, &error), error);
  expect(view.size == sizeof(size_t), "size of the value");
  bp_result_release(result);
  end();
}

int main(void) {
  static int nothing = 0;
  static int seven = 7;
  bp_error* error = NULL;
  begin("tasks are registered");
  expect_ok(bp_task_register("length", length, NULL, &error), error);
  expect_ok(bp_task_register("silent", silent, &nothing, &error), error);
  expect_ok(bp_task_register("grumbling", silent, &seven, &error), error);
  end();
  bp_pool* pool = create();
  one_job(pool);
  tasks_without_answer(pool);
  results_may_be_dropped(pool);
  the_end(pool);
  begin("a pool may be ended without any other call");
  bp_pool_release(create());
  end();
  return EXIT_SUCCESS;
}
