#include "tests/c_api/conformance/task_calls.h"

#include <stdlib.h>
#include <string.h>

int answer(bp_job* job, const void* data, size_t size, uint32_t format) {
  bp_error* error = NULL;
  int result = 0;
  if (bp_job_reply(job, data, size, format, &error) != BP_OK) {
    bp_failure failure = {
        .size = sizeof failure, .class_name = "EncodingError", .message = bp_error_message(error)};
    result = bp_job_fail(job, &failure, NULL) == BP_OK ? 0 : 1;
  }
  bp_error_release(error);
  return result;
}

int answer_value(bp_job* job, encoder* value) {
  int result = answer(job, value->bytes.data, value->bytes.size, BP_FORMAT_MSGPACK);
  encoder_end(value);
  return result;
}

/* The arguments of the job; a status other than 0 when there are not `count` of them. */
int arguments_of(bp_job* job, msgpack_unpacked* call, uint32_t count) {
  bp_view payload = bp_job_payload(job);
  size_t offset = 0;
  msgpack_unpacked_init(call);
  bool fine =
      msgpack_unpack_next(call, payload.data, payload.size, &offset) == MSGPACK_UNPACK_SUCCESS &&
      call->data.type == MSGPACK_OBJECT_ARRAY && call->data.via.array.size == count;
  return fine ? 0 : 2;
}

const msgpack_object* argument(const msgpack_unpacked* call, uint32_t index) {
  return &call->data.via.array.ptr[index];
}

/* The text argument of the call, to be freed. */
char* text_argument(bp_job* job) {
  msgpack_unpacked call;
  char* text = NULL;
  if (arguments_of(job, &call, 1) == 0 && argument(&call, 0)->type == MSGPACK_OBJECT_STR) {
    text = strndup(argument(&call, 0)->via.str.ptr, argument(&call, 0)->via.str.size);
  }
  msgpack_unpacked_destroy(&call);
  return text;
}

int fail_with(bp_job* job, const char* message) {
  bp_failure failure = {
      .size = sizeof failure, .class_name = "ConformanceFailure", .message = message};
  return bp_job_fail(job, &failure, NULL) == BP_OK ? 0 : 1;
}
