/* A worker program in C for pools of any host: `command` of a worker group (bp_group_options).
 *
 * Hosts in other languages call its tasks with MessagePack, one array of arguments:
 *   c_sum(numbers...)      the sum of integers
 *   c_sleep_ms(n)          sleeps, and returns n
 *   c_take(queue)          takes one message from a named queue, waiting for it, and returns it
 *   c_pid()                the worker's process id */
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "billiard/bp.h"

static int fail(bp_job* job, const char* class_name, const char* message) {
  bp_failure failure = {.size = sizeof failure, .class_name = class_name, .message = message};
  return bp_job_fail(job, &failure, NULL) == BP_OK ? 0 : 1;
}

static int reply_integer(bp_job* job, int64_t number) {
  msgpack_sbuffer buffer;
  msgpack_packer packer;
  msgpack_sbuffer_init(&buffer);
  msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
  msgpack_pack_int64(&packer, number);
  bp_status status = bp_job_reply(job, buffer.data, buffer.size, BP_FORMAT_MSGPACK, NULL);
  msgpack_sbuffer_destroy(&buffer);
  return status == BP_OK ? 0 : 1;
}

/* A task's own part: it gets the call's arguments. */
typedef int (*body_fn)(bp_job* job, const msgpack_object_array* arguments);

typedef struct c_task {
  const char* name;
  body_fn body;
} c_task;

/* The bp_task_fn of all tasks: decodes the arguments, then runs the body. */
static int run_body(bp_job* job, void* context) {
  const c_task* task = context;
  bp_view payload = bp_job_payload(job);
  msgpack_unpacked call;
  msgpack_unpacked_init(&call);
  size_t offset = 0;
  int status;
  if (msgpack_unpack_next(&call, payload.data, payload.size, &offset) == MSGPACK_UNPACK_SUCCESS &&
      call.data.type == MSGPACK_OBJECT_ARRAY) {
    status = task->body(job, &call.data.via.array);
  } else {
    status = fail(job, "ArgumentError", "the payload is no MessagePack array of arguments");
  }
  msgpack_unpacked_destroy(&call);
  return status;
}

static bool integer_of(const msgpack_object* object, int64_t* out) {
  if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER &&
      object->type != MSGPACK_OBJECT_NEGATIVE_INTEGER) {
    return false;
  }
  *out = object->via.i64;
  return true;
}

static int sum(bp_job* job, const msgpack_object_array* arguments) {
  int64_t total = 0;
  for (uint32_t i = 0; i < arguments->size; ++i) {
    int64_t number;
    if (!integer_of(&arguments->ptr[i], &number)) {
      return fail(job, "TypeError", "c_sum: every argument must be an integer");
    }
    total = (int64_t)((uint64_t)total + (uint64_t)number);
  }
  return reply_integer(job, total);
}

static int sleep_ms(bp_job* job, const msgpack_object_array* arguments) {
  int64_t milliseconds;
  if (arguments->size != 1 || !integer_of(&arguments->ptr[0], &milliseconds) || milliseconds < 0) {
    return fail(job, "ArgumentError", "c_sleep_ms: the argument must be a number of milliseconds");
  }
  struct timespec rest = {.tv_sec = milliseconds / 1000,
                          .tv_nsec = (milliseconds % 1000) * 1000000};
  while (nanosleep(&rest, &rest) != 0) continue;
  return reply_integer(job, milliseconds);
}

static int pid(bp_job* job, const msgpack_object_array* arguments) {
  if (arguments->size != 0) return fail(job, "ArgumentError", "c_pid: takes no argument");
  return reply_integer(job, getpid());
}

static int take_from(bp_job* job, const char* name) {
  bp_error* error = NULL;
  bp_queue* queue = NULL;
  bp_buffer message = {.data = NULL};
  bp_status status = bp_queue_open(name, NULL, &queue, &error);
  if (status == BP_OK) status = bp_queue_get(queue, BP_FOREVER, NULL, &message, &error);
  bp_queue_release(queue); /* before the answer: once the host has that, it may end this process */
  int result = status == BP_OK
                   ? bp_job_reply(job, message.data, message.size, message.format, NULL) != BP_OK
                   : fail(job, "QueueError", bp_error_message(error));
  bp_buffer_free(&message);
  bp_error_release(error);
  return result;
}

static int take(bp_job* job, const msgpack_object_array* arguments) {
  if (arguments->size != 1 || arguments->ptr[0].type != MSGPACK_OBJECT_STR) {
    return fail(job, "ArgumentError", "c_take: the argument must be a queue's name");
  }
  const msgpack_object_str* text = &arguments->ptr[0].via.str;
  char* name = strndup(text->ptr, text->size);
  if (name == NULL) return fail(job, "MemoryError", "out of memory");
  int result = take_from(job, name);
  free(name);
  return result;
}

static c_task tasks[] = {
    {"c_sum", sum}, {"c_sleep_ms", sleep_ms}, {"c_take", take}, {"c_pid", pid}};

static int stop(const char* what, bp_error* error) {
  fprintf(stderr, "worker_c: %s: %s\n", what, bp_error_message(error));
  bp_error_release(error);
  return EXIT_FAILURE;
}

int main(void) {
  bp_error* error = NULL;
  bp_worker* worker = NULL;
  for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; ++i) {
    if (bp_task_register(tasks[i].name, run_body, &tasks[i], &error) != BP_OK) {
      return stop("register", error);
    }
  }
  if (bp_worker_attach(&worker, &error) != BP_OK) return stop("attach", error);
  if (bp_worker_run(worker, NULL, &error) != BP_OK) return stop("run", error);
  const int status = bp_worker_exit_status(worker);
  bp_worker_release(worker);
  return status;
}
