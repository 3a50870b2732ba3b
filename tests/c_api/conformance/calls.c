#include "tests/c_api/conformance/calls.h"

#include <string.h>
#include <time.h>

#include "tests/c_api/conformance/outcome.h"

bp_pool* pool_with_max_payload(int32_t workers, uint64_t max_payload) {
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_pool_options_init(&options, sizeof options);
  options.workers = workers;
  options.max_payload = max_payload;
  must(bp_pool_create(&options, &pool, &error), error);
  return pool;
}

bp_pool* pool_of(int32_t workers) { return pool_with_max_payload(workers, 0); }

bp_status try_submit(bp_pool* pool, const char* task, const encoder* arguments, bp_result** out,
                     bp_error** error) {
  bp_job_options options;
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  return bp_apply_async(pool, task, arguments->bytes.data, arguments->bytes.size, &options, out,
                        error);
}

static bp_result* submit(bp_pool* pool, const char* task, encoder* arguments) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  must(try_submit(pool, task, arguments, &result, &error), error);
  encoder_end(arguments);
  return result;
}

bp_result* submit_integer(bp_pool* pool, const char* task, int64_t number) {
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  msgpack_pack_int64(&arguments.packer, number);
  return submit(pool, task, &arguments);
}

bp_result* submit_text(bp_pool* pool, const char* task, const char* text) {
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  pack_text(&arguments, text);
  return submit(pool, task, &arguments);
}

bp_result* submit_raw(bp_pool* pool, const char* task, const void* data, size_t size) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  must(bp_apply_async(pool, task, data, size, NULL, &result, &error), error);
  return result;
}

bp_view value_of(bp_result* result) {
  bp_view view;
  bp_error* error = NULL;
  must(bp_result_get(result, BP_FOREVER, NULL, &view, &error), error);
  return view;
}

int64_t integer_value(bp_result* result) {
  bp_view view = value_of(result);
  return integer_of(view.data, view.size);
}

bp_worker_info wait_until_begun(bp_pool* pool, bp_result* result) {
  static const struct timespec kPause = {.tv_nsec = 1000000};
  for (;; nanosleep(&kPause, NULL)) {
    bp_worker_info workers[16];
    size_t count = 0;
    bp_error* error = NULL;
    must(bp_pool_get_workers(pool, workers, 16, sizeof workers[0], &count, &error), error);
    for (size_t i = 0; i < count; ++i) {
      bool busy = workers[i].state == BP_WORKER_BUSY;
      if (busy && workers[i].job == bp_result_job(result)) return workers[i];
    }
  }
}

void add_follow_up(bp_pool* pool) {
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  msgpack_pack_int(&arguments.packer, 40);
  msgpack_pack_int(&arguments.packer, 2);
  bp_result* result = submit(pool, "add", &arguments);
  outcome_add("; then ok %lld", (long long)integer_value(result));
  bp_result_release(result);
}

bp_queue* open_queue(const char* suffix) {
  char name[200];
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  queue_name(suffix, name);
  must(bp_queue_open(name, NULL, &queue, &error), error);
  return queue;
}

static void put(bp_queue* queue, encoder* value) {
  bp_error* error = NULL;
  must(bp_queue_put(queue, value->bytes.data, value->bytes.size, BP_FORMAT_MSGPACK, BP_FOREVER,
                    NULL, &error),
       error);
  encoder_end(value);
}

void put_text(bp_queue* queue, const char* text) {
  encoder value;
  encoder_begin(&value);
  pack_text(&value, text);
  put(queue, &value);
}

void put_integer(bp_queue* queue, int64_t number) {
  encoder value;
  encoder_begin(&value);
  msgpack_pack_int64(&value.packer, number);
  put(queue, &value);
}

int64_t get_integer(bp_queue* queue) {
  bp_buffer message;
  bp_error* error = NULL;
  must(bp_queue_get(queue, 0, NULL, &message, &error), error);
  int64_t number = integer_of(message.data, message.size);
  bp_buffer_free(&message);
  return number;
}

void add_text(const char* lead, bp_result* result) {
  bp_view view = value_of(result);
  outcome_add("%sok ", lead);
  add_word(view.data, view.size);
}

void release_and_add(bp_queue* queue, bp_result* result) {
  put_text(queue, "go");
  add_text("; then ", result);
}
