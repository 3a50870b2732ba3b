/* Calls whose value comes back. */
#include <stdlib.h>
#include <string.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static void apply_value(void) {
  bp_pool* pool = pool_of(2);
  encoder arguments;
  bp_result* result = NULL;
  bp_error* error = NULL;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  msgpack_pack_int(&arguments.packer, 40);
  msgpack_pack_int(&arguments.packer, 2);
  must(try_submit(pool, "add", &arguments, &result, &error), error);
  outcome_add("ok %lld", (long long)integer_value(result));
  encoder_end(&arguments);
  bp_result_release(result);
  bp_pool_release(pool);
}

/* bp_apply, the call that submits and waits in one. */
static void apply_nonce(void) {
  bp_pool* pool = pool_of(2);
  bp_job_options options;
  bp_buffer out;
  bp_error* error = NULL;
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  pack_text(&arguments, run_nonce());
  bp_job_options_init(&options, sizeof options);
  options.format = BP_FORMAT_MSGPACK;
  must(bp_apply(pool, "echo", arguments.bytes.data, arguments.bytes.size, &options, BP_FOREVER,
                NULL, &out, &error),
       error);
  /* One MessagePack text: the bytes of the nonce are its end. */
  size_t size = strlen(run_nonce());
  if (out.size < size) unexpected("the value is shorter than the nonce");
  outcome_add("ok %.*s", (int)size, (const char*)out.data + out.size - size);
  bp_buffer_free(&out);
  encoder_end(&arguments);
  bp_pool_release(pool);
}

static void no_arguments(void) {
  bp_pool* pool = pool_of(2);
  encoder arguments;
  bp_result* result = NULL;
  bp_error* error = NULL;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 0);
  must(try_submit(pool, "count_arguments", &arguments, &result, &error), error);
  outcome_add("ok %lld", (long long)integer_value(result));
  encoder_end(&arguments);
  bp_result_release(result);
  bp_pool_release(pool);
}

static void empty_raw_payload(void) {
  bp_pool* pool = pool_of(2);
  bp_result* result = submit_raw(pool, "reverse", NULL, 0);
  bp_view view = value_of(result);
  if (view.format != BP_FORMAT_RAW) unexpected("the answer is not raw");
  outcome_add("ok %zu", view.size);
  bp_result_release(result);
  bp_pool_release(pool);
}

static void reverse_bytes(size_t size, unsigned factor, unsigned offset) {
  bp_pool* pool = pool_of(2);
  unsigned char* bytes = malloc(size);
  if (bytes == NULL) unexpected("no memory");
  for (size_t i = 0; i < size; ++i) bytes[i] = (unsigned char)(i * factor + offset);
  bp_result* result = submit_raw(pool, "reverse", bytes, size);
  bp_view view = value_of(result);
  bool equal = view.size == size && view.format == BP_FORMAT_RAW;
  for (size_t i = 0; equal && i < size; ++i) {
    equal = ((const unsigned char*)view.data)[i] == bytes[size - 1 - i];
  }
  outcome_add("ok %zu %s", view.size, equal ? "equal" : "different");
  bp_result_release(result);
  free(bytes);
  bp_pool_release(pool);
}

static void raw_bytes(void) { reverse_bytes(512, 1, 0); }
static void large_payload(void) { reverse_bytes(1024 * 1024, 31, 7); }

static void add_echo(bp_pool* pool, encoder* arguments) {
  bp_result* result = NULL;
  bp_error* error = NULL;
  must(try_submit(pool, "echo", arguments, &result, &error), error);
  encoder_end(arguments);
  bp_view view = value_of(result);
  outcome_add(" ");
  add_notation(view.data, view.size);
  bp_result_release(result);
}

static void value_nil(void) {
  bp_pool* pool = pool_of(2);
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  msgpack_pack_nil(&arguments.packer);
  outcome_add("ok");
  add_echo(pool, &arguments);
  bp_pool_release(pool);
}

static void value_kinds(void) {
  bp_pool* pool = pool_of(2);
  outcome_add("ok");
  for (int i = 0; i < kPeerValues; ++i) {
    encoder arguments;
    encoder_begin(&arguments);
    msgpack_pack_array(&arguments.packer, 1);
    pack_peer_value(&arguments, i);
    add_echo(pool, &arguments);
  }
  bp_pool_release(pool);
}

static void many_jobs(void) {
  enum { kJobs = 1000 };
  static bp_result* results[kJobs];
  bp_pool* pool = pool_of(2);
  long long right = 0;
  long long sum = 0;
  for (int i = 0; i < kJobs; ++i) results[i] = submit_integer(pool, "echo", i);
  for (int i = 0; i < kJobs; ++i) {
    int64_t value = integer_value(results[i]);
    right += value == i;
    sum += value;
    bp_result_release(results[i]);
  }
  outcome_add("ok %lld %lld", right, sum);
  bp_pool_release(pool);
}

const scenario kCallScenarios[] = {
    {"apply_value", apply_value},   {"apply_nonce", apply_nonce},
    {"no_arguments", no_arguments}, {"empty_raw_payload", empty_raw_payload},
    {"raw_bytes", raw_bytes},       {"large_payload", large_payload},
    {"value_nil", value_nil},       {"value_kinds", value_kinds},
    {"many_jobs", many_jobs},       {NULL, NULL}};
