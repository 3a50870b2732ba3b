#include "tests/c_api/conformance/tasks.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "billiard/bp.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/pool_tasks.h"
#include "tests/c_api/conformance/task_calls.h"
#include "tests/c_api/conformance/values.h"

static int echo(bp_job* job, void* context) {
  (void)context;
  msgpack_unpacked call;
  encoder value;
  int wrong = arguments_of(job, &call, 1);
  encoder_begin(&value);
  if (wrong == 0) msgpack_pack_object(&value.packer, *argument(&call, 0));
  int result =
      wrong != 0 ? wrong : answer(job, value.bytes.data, value.bytes.size, BP_FORMAT_MSGPACK);
  encoder_end(&value);
  msgpack_unpacked_destroy(&call);
  return result;
}

static int add(bp_job* job, void* context) {
  (void)context;
  msgpack_unpacked call;
  encoder value;
  int wrong = arguments_of(job, &call, 2);
  if (wrong != 0) return wrong;
  encoder_begin(&value);
  msgpack_pack_int64(&value.packer, argument(&call, 0)->via.i64 + argument(&call, 1)->via.i64);
  msgpack_unpacked_destroy(&call);
  return answer_value(job, &value);
}

static int count_arguments(bp_job* job, void* context) {
  (void)context;
  bp_view payload = bp_job_payload(job);
  msgpack_unpacked call;
  encoder value;
  size_t offset = 0;
  msgpack_unpacked_init(&call);
  if (msgpack_unpack_next(&call, payload.data, payload.size, &offset) != MSGPACK_UNPACK_SUCCESS) {
    return 2;
  }
  encoder_begin(&value);
  msgpack_pack_uint32(&value.packer, call.data.via.array.size);
  msgpack_unpacked_destroy(&call);
  return answer_value(job, &value);
}

static int reverse(bp_job* job, void* context) {
  (void)context;
  bp_view payload = bp_job_payload(job);
  const unsigned char* from = payload.data;
  unsigned char* bytes = malloc(payload.size + 1);
  if (bytes == NULL) return 3;
  for (size_t i = 0; i < payload.size; ++i) bytes[i] = from[payload.size - 1 - i];
  int result = answer(job, bytes, payload.size, BP_FORMAT_RAW);
  free(bytes);
  return result;
}

static int fail(bp_job* job, void* context) {
  (void)context;
  char* message = text_argument(job);
  int result = fail_with(job, message);
  free(message);
  return result;
}

static int take(bp_job* job, void* context) {
  (void)context;
  char* name = text_argument(job);
  bp_queue* queue = NULL;
  bp_buffer message = {.data = NULL};
  bool taken = bp_queue_open(name, NULL, &queue, NULL) == BP_OK &&
               bp_queue_get(queue, BP_FOREVER, NULL, &message, NULL) == BP_OK;
  bp_queue_release(queue); /* before the answer: once the host has that, it may end this process */
  int result = taken ? answer(job, message.data, message.size, message.format) : 4;
  bp_buffer_free(&message);
  free(name);
  return result;
}

static int put_value(const msgpack_object* name, const msgpack_object* object) {
  char* text = strndup(name->via.str.ptr, name->via.str.size);
  bp_queue* queue = NULL;
  encoder value;
  encoder_begin(&value);
  msgpack_pack_object(&value.packer, *object);
  int result = 4;
  if (bp_queue_open(text, NULL, &queue, NULL) == BP_OK &&
      bp_queue_put(queue, value.bytes.data, value.bytes.size, BP_FORMAT_MSGPACK, BP_FOREVER, NULL,
                   NULL) == BP_OK) {
    result = 0;
  }
  bp_queue_release(queue);
  encoder_end(&value);
  free(text);
  return result;
}

static int put(bp_job* job, void* context) {
  (void)context;
  msgpack_unpacked call;
  encoder nothing;
  int result = arguments_of(job, &call, 2);
  if (result == 0) result = put_value(argument(&call, 0), argument(&call, 1));
  msgpack_unpacked_destroy(&call);
  if (result != 0) return result;
  encoder_begin(&nothing);
  msgpack_pack_nil(&nothing.packer);
  return answer_value(job, &nothing);
}

static int exit_process(bp_job* job, void* context) {
  (void)context;
  msgpack_unpacked call;
  int wrong = arguments_of(job, &call, 1);
  _exit(wrong != 0 ? 99 : (int)argument(&call, 0)->via.i64);
}

static int make_bytes(bp_job* job, void* context) {
  (void)context;
  msgpack_unpacked call;
  encoder value;
  int wrong = arguments_of(job, &call, 1);
  if (wrong != 0) return wrong;
  size_t size = (size_t)argument(&call, 0)->via.u64;
  msgpack_unpacked_destroy(&call);
  char* bytes = malloc(size);
  if (bytes == NULL) return 3;
  memset(bytes, 'x', size);
  encoder_begin(&value);
  pack_bytes(&value, bytes, size);
  free(bytes);
  return answer_value(job, &value);
}

void register_tasks(void) {
  static const struct {
    const char* name;
    bp_task_fn function;
  } kTasks[] = {{"echo", echo},
                {"add", add},
                {"count_arguments", count_arguments},
                {"reverse", reverse},
                {"fail", fail},
                {"take", take},
                {"put", put},
                {"exit_process", exit_process},
                {"make_bytes", make_bytes}};
  for (size_t i = 0; i < sizeof kTasks / sizeof kTasks[0]; ++i) {
    bp_error* error = NULL;
    must(bp_task_register(kTasks[i].name, kTasks[i].function, NULL, &error), error);
  }
  register_pool_tasks();
}
