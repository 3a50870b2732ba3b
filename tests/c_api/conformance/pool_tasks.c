#include "tests/c_api/conformance/pool_tasks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "billiard/bp.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/task_calls.h"

static int answer_integer(bp_job* job, int64_t number) {
  encoder value;
  encoder_begin(&value);
  msgpack_pack_int64(&value.packer, number);
  return answer_value(job, &value);
}

static int answer_text(bp_job* job, const char* text) {
  encoder value;
  encoder_begin(&value);
  pack_text(&value, text);
  return answer_value(job, &value);
}

/* The number that the call has as its only argument. */
static int number_of(bp_job* job, int64_t* number) {
  msgpack_unpacked call;
  int wrong = arguments_of(job, &call, 1);
  if (wrong == 0) *number = argument(&call, 0)->via.i64;
  msgpack_unpacked_destroy(&call);
  return wrong;
}

static int fail_odd(bp_job* job, void* context) {
  (void)context;
  int64_t number;
  char message[40];
  if (number_of(job, &number) != 0) return 2;
  if (number % 2 == 0) return answer_integer(job, number);
  snprintf(message, sizeof message, "odd %lld", (long long)number);
  return fail_with(job, message);
}

static int kill_at_two(bp_job* job, void* context) {
  (void)context;
  int64_t number;
  if (number_of(job, &number) != 0) return 2;
  if (number == 2) kill(getpid(), SIGKILL);
  return answer_integer(job, number);
}

static int own_pid(bp_job* job, void* context) {
  (void)context;
  return answer_integer(job, getpid());
}

static int wait_for_soft_limit(bp_job* job, void* context) {
  (void)context;
  static const struct timespec kStep = {.tv_nsec = 1000000};
  while (!bp_job_soft_limit_reached(job)) nanosleep(&kStep, NULL);
  return answer_text(job, "cleaned");
}

static int killed_once(bp_job* job, void* context) {
  (void)context;
  char* name = text_argument(job);
  bp_queue* queue = NULL;
  bp_buffer message;
  if (bp_queue_open(name, NULL, &queue, NULL) != BP_OK) return 4;
  bp_status taken = bp_queue_get(queue, 0, NULL, &message, NULL);
  if (taken == BP_OK) kill(getpid(), SIGKILL);
  bp_queue_release(queue);
  free(name);
  return taken == BP_EMPTY ? answer_text(job, "second") : 4;
}

void register_pool_tasks(void) {
  static const struct {
    const char* name;
    bp_task_fn function;
  } kTasks[] = {{"fail_odd", fail_odd},
                {"kill_at_two", kill_at_two},
                {"own_pid", own_pid},
                {"wait_for_soft_limit", wait_for_soft_limit},
                {"killed_once", killed_once}};
  for (size_t i = 0; i < sizeof kTasks / sizeof kTasks[0]; ++i) {
    bp_error* error = NULL;
    must(bp_task_register(kTasks[i].name, kTasks[i].function, NULL, &error), error);
  }
}
