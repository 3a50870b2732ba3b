/* Named queues: within one process, and between two languages. */
#include <stdio.h>
#include <string.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static bp_queue* open_limited(uint32_t capacity, uint64_t max_message) {
  char name[200];
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  bp_queue_options options;
  queue_name("Q", name);
  bp_queue_options_init(&options, sizeof options);
  options.capacity = capacity;
  options.max_message = max_message;
  must(bp_queue_open(name, &options, &queue, &error), error);
  return queue;
}

static const char* put_status(bp_queue* queue, unsigned char number, int64_t timeout_ns) {
  bp_status status = bp_queue_put(queue, &number, 1, BP_FORMAT_MSGPACK, timeout_ns, NULL, NULL);
  return short_status(status);
}

static const char* get_status(bp_queue* queue, int64_t timeout_ns) {
  bp_buffer message = {.data = NULL};
  bp_status status = bp_queue_get(queue, timeout_ns, NULL, &message, NULL);
  bp_buffer_free(&message);
  return short_status(status);
}

static void queue_order(void) {
  bp_queue* queue = open_limited(10, 0);
  for (int i = 1; i <= 5; ++i) put_integer(queue, i);
  outcome_add("ok");
  for (int i = 1; i <= 5; ++i) outcome_add(" %lld", (long long)get_integer(queue));
  bp_queue_release(queue);
}

static void queue_full(void) {
  bp_queue* queue = open_limited(2, 0);
  put_integer(queue, 1);
  put_integer(queue, 2);
  outcome_add("%s", put_status(queue, 3, 0));
  outcome_add(" %s", put_status(queue, 3, 50 * 1000 * 1000));
  outcome_add(" size=%llu", (unsigned long long)bp_queue_size(queue));
  bp_queue_release(queue);
}

static void queue_empty(void) {
  bp_queue* queue = open_limited(0, 0);
  outcome_add("%s", get_status(queue, 0));
  outcome_add(" %s", get_status(queue, 50 * 1000 * 1000));
  bp_queue_release(queue);
}

static void queue_closed(void) {
  bp_queue* queue = open_limited(0, 0);
  put_integer(queue, 1);
  bp_queue_close(queue);
  outcome_add("%s", put_status(queue, 2, BP_FOREVER));
  outcome_add(" %s", get_status(queue, BP_FOREVER));
  bp_queue_release(queue);
}

static void queue_closed_for_all(void) {
  bp_queue* first = open_limited(0, 0);
  bp_queue* second = open_limited(0, 0);
  bp_error* error = NULL;
  put_integer(first, 1);
  must(bp_queue_close_all(first, &error), error);
  outcome_add("%s", put_status(second, 2, BP_FOREVER));
  outcome_add(" %lld", (long long)get_integer(second));
  outcome_add(" %s", get_status(second, BP_FOREVER));
  bp_queue_release(second);
  bp_queue_release(first);
}

static void queue_too_large(void) {
  static const char kBytes[2000];
  bp_queue* queue = open_limited(0, 1000);
  bp_error* error = NULL;
  bp_status status = bp_queue_put(queue, kBytes, sizeof kBytes, BP_FORMAT_RAW, 0, NULL, &error);
  if (status == BP_OK) unexpected("2000 bytes went into a queue of at most 1000");
  add_error_naming(status, error, "2000");
  put_integer(queue, 7);
  outcome_add("; then ok %lld", (long long)get_integer(queue));
  bp_queue_release(queue);
}

static bp_queue* open_peer_queue(const char* name, const char* suffix) {
  char full_name[300];
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  snprintf(full_name, sizeof full_name, "%s%s", name, suffix);
  must(bp_queue_open(full_name, NULL, &queue, &error), error);
  return queue;
}

static bp_buffer get_message(bp_queue* queue) {
  bp_buffer message;
  bp_error* error = NULL;
  must(bp_queue_get(queue, BP_FOREVER, NULL, &message, &error), error);
  return message;
}

void put_to_peer(const char* name) {
  bp_queue* done = open_peer_queue(name, "-done");
  bp_queue* queue = open_peer_queue(name, "");
  bp_error* error = NULL;
  for (int i = 0; i < kPeerValues; ++i) {
    encoder value;
    encoder_begin(&value);
    pack_peer_value(&value, i);
    must(bp_queue_put(queue, value.bytes.data, value.bytes.size, BP_FORMAT_MSGPACK, BP_FOREVER,
                      NULL, &error),
         error);
    encoder_end(&value);
  }
  must(bp_queue_put(queue, "\0\1\2\3", 4, BP_FORMAT_RAW, BP_FOREVER, NULL, &error), error);
  bp_buffer answer = get_message(done);
  outcome_add("ok put %lld", (long long)integer_of(answer.data, answer.size));
  bp_buffer_free(&answer);
  bp_queue_release(queue);
  bp_queue_release(done);
}

static void add_message(const bp_buffer* message) {
  if (message->format == BP_FORMAT_MSGPACK) {
    add_notation(message->data, message->size);
    return;
  }
  outcome_add("raw:");
  for (size_t i = 0; i < message->size; ++i) {
    outcome_add("%02x", ((const unsigned char*)message->data)[i]);
  }
}

void get_from_peer(const char* name) {
  bp_queue* done = open_peer_queue(name, "-done");
  bp_queue* queue = open_peer_queue(name, "");
  outcome_add("ok");
  for (int i = 0; i < kPeerValues + 1; ++i) {
    bp_buffer message = get_message(queue);
    outcome_add(" ");
    add_message(&message);
    bp_buffer_free(&message);
  }
  put_integer(done, kPeerValues + 1);
  bp_queue_release(queue);
  bp_queue_release(done);
}

const scenario kQueueScenarios[] = {{"queue_order", queue_order},
                                    {"queue_full", queue_full},
                                    {"queue_empty", queue_empty},
                                    {"queue_closed", queue_closed},
                                    {"queue_closed_for_all", queue_closed_for_all},
                                    {"queue_too_large", queue_too_large},
                                    {NULL, NULL}};
