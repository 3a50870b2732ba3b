/* Jobs that run too long or come too late, and jobs that are ended, tried again or put before others. */
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static const int64_t kMilliseconds = 1000000;

static bp_job_options job_options(void) {
  bp_job_options options;
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  return options;
}

/* Submits task(text), or task() for NULL. */
static bp_result* submit_with(bp_pool* pool, const char* task, const char* text,
                              const bp_job_options* options) {
  encoder arguments;
  bp_result* result = NULL;
  bp_error* error = NULL;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, text == NULL ? 0 : 1);
  if (text != NULL) pack_text(&arguments, text);
  must(bp_apply_async(pool, task, arguments.bytes.data, arguments.bytes.size, options, &result,
                      &error),
       error);
  encoder_end(&arguments);
  return result;
}

/* Adds "error STATUS" of a job that has no value. */
static void add_error(bp_result* result) {
  bp_view view;
  bp_status status = bp_result_get(result, BP_FOREVER, NULL, &view, NULL);
  if (status == BP_OK) unexpected("a value came instead of an error");
  outcome_add("error %s", short_status(status));
}

/* Submits take(Q), with which a worker is busy until "go" is put. */
static bp_result* submit_take(bp_pool* pool, const bp_job_options* options) {
  char name[200];
  queue_name("Q", name);
  return submit_with(pool, "take", name, options);
}

static void hard_limit(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_job_options options = job_options();
  options.time_limit_ns = 200 * kMilliseconds;
  bp_result* result = submit_take(pool, &options);
  add_error(result);
  bp_result_release(result);
  add_follow_up(pool);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static void soft_limit(void) {
  bp_pool* pool = pool_of(1);
  bp_job_options options = job_options();
  options.soft_time_limit_ns = 200 * kMilliseconds;
  bp_result* result = submit_with(pool, "wait_for_soft_limit", NULL, &options);
  add_text("", result);
  bp_result_release(result);
  bp_pool_release(pool);
}

static void terminate_job(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_job_options options = job_options();
  bp_error* error = NULL;
  bp_result* result = submit_take(pool, &options);
  wait_until_begun(pool, result);
  must(bp_result_terminate(result, 0, &error), error);
  add_error(result);
  bp_result_release(result);
  add_follow_up(pool);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static void expired_job(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_job_options options = job_options();
  bp_result* busy = submit_take(pool, &options);
  wait_until_begun(pool, busy);
  options.expires_ns = 100 * kMilliseconds;
  bp_result* late = submit_with(pool, "echo", "1", &options);
  add_error(late);
  put_text(queue, "go");
  value_of(busy);
  add_follow_up(pool);
  bp_result_release(late);
  bp_result_release(busy);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static void retried_job(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_job_options options = job_options();
  char name[200];
  queue_name("Q", name);
  put_text(queue, "first");
  options.max_retries = 1;
  bp_result* result = submit_with(pool, "killed_once", name, &options);
  add_text("", result);
  bp_result_release(result);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static bp_result* submit_put(bp_pool* pool, int number, int32_t priority) {
  encoder arguments;
  bp_result* result = NULL;
  bp_error* error = NULL;
  char name[200];
  bp_job_options options = job_options();
  options.priority = priority;
  queue_name("R", name);
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  pack_text(&arguments, name);
  msgpack_pack_int(&arguments.packer, number);
  must(bp_apply_async(pool, "put", arguments.bytes.data, arguments.bytes.size, &options, &result,
                      &error),
       error);
  encoder_end(&arguments);
  return result;
}

static void priorities(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_queue* order = open_queue("R");
  bp_job_options options = job_options();
  bp_result* busy = submit_take(pool, &options);
  wait_until_begun(pool, busy);
  bp_result* puts[3];
  for (int i = 0; i < 3; ++i) puts[i] = submit_put(pool, i + 1, i - 1);
  put_text(queue, "go");
  for (int i = 0; i < 3; ++i) {
    value_of(puts[i]);
    bp_result_release(puts[i]);
  }
  outcome_add("ok");
  for (int i = 0; i < 3; ++i) outcome_add(" %lld", (long long)get_integer(order));
  bp_result_release(busy);
  bp_queue_release(order);
  bp_queue_release(queue);
  bp_pool_release(pool);
}

const scenario kLimitScenarios[] = {{"hard_limit", hard_limit},
                                    {"soft_limit", soft_limit},
                                    {"terminate_job", terminate_job},
                                    {"expired_job", expired_job},
                                    {"retried_job", retried_job},
                                    {"priorities", priorities},
                                    {NULL, NULL}};
