/* What queues do besides put and get: batches, messages in place, redelivery, descriptors, joins. */
#include <poll.h>
#include <string.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static bp_queue* open_plain_queue(void) { return open_queue("Q"); }

static void add_batch(bp_queue* queue, size_t most) {
  bp_buffer messages[10];
  size_t count = 0;
  bp_error* error = NULL;
  must(bp_queue_get_batch(queue, 0, NULL, messages, most, &count, &error), error);
  for (size_t i = 0; i < count; ++i) {
    outcome_add(" %lld", (long long)integer_of(messages[i].data, messages[i].size));
    bp_buffer_free(&messages[i]);
  }
}

static void queue_batch(void) {
  static const unsigned char kNumbers[] = {1, 2, 3, 4, 5}; /* as MessagePack has them */
  bp_queue* queue = open_plain_queue();
  bp_view messages[5];
  bp_error* error = NULL;
  size_t done = 0;
  for (int i = 0; i < 5; ++i) {
    messages[i] = (bp_view){.data = &kNumbers[i], .size = 1, .format = BP_FORMAT_MSGPACK};
  }
  must(bp_queue_put_batch(queue, messages, 5, BP_FOREVER, NULL, &done, &error), error);
  if (done != 5) unexpected("not all messages are in");
  outcome_add("ok");
  add_batch(queue, 3);
  outcome_add("; then ok");
  add_batch(queue, 10);
  bp_queue_release(queue);
}

static void queue_in_place(void) {
  enum { kSize = 512 };
  bp_queue* queue = open_plain_queue();
  bp_reservation* reservation = NULL;
  bp_message* message = NULL;
  void* data = NULL;
  bp_error* error = NULL;
  unsigned char pattern[kSize];
  for (int i = 0; i < kSize; ++i) pattern[i] = (unsigned char)i;
  must(bp_queue_reserve(queue, kSize, &reservation, &data, &error), error);
  memcpy(data, pattern, kSize);
  must(bp_queue_commit(reservation, kSize, BP_FORMAT_RAW, BP_FOREVER, NULL, &error), error);
  bp_reservation_release(reservation);
  must(bp_queue_take(queue, BP_FOREVER, NULL, &message, &error), error);
  bp_view view = bp_message_payload(message);
  int equal = view.size == kSize && memcmp(view.data, pattern, kSize) == 0;
  outcome_add("ok %zu %s", view.size, equal ? "equal" : "different");
  must(bp_message_ack(message, &error), error);
  bp_message_release(message);
  outcome_add(" size=%llu", (unsigned long long)bp_queue_size(queue));
  bp_queue_release(queue);
}

static void queue_redelivery(void) {
  char name[kMaxName];
  object_name(name);
  bp_queue* queue = open_reliable_queue(name);
  bp_message* message = NULL;
  bp_error* error = NULL;
  put_integer(queue, 7);
  assistant taker = start_assistant("take", name, NULL);
  await_line(&taker, "held");
  kill_assistant(&taker);
  must(bp_queue_take(queue, BP_FOREVER, NULL, &message, &error), error);
  bp_view view = bp_message_payload(message);
  outcome_add("ok %lld redelivered=%u", (long long)integer_of(view.data, view.size),
              bp_message_redelivered(message));
  must(bp_message_ack(message, &error), error);
  bp_message_release(message);
  bp_queue_release(queue);
}

static int is_readable(int fd, int timeout_ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  int count = poll(&one, 1, timeout_ms);
  if (count < 0) unexpected("poll failed");
  return count == 1;
}

static void queue_fd(void) {
  bp_queue* queue = open_plain_queue();
  bp_buffer nothing;
  bp_error* error = NULL;
  int fd = -1;
  must(bp_queue_fd(queue, &fd, &error), error);
  outcome_add("ok %s", truth(is_readable(fd, 0)));
  put_integer(queue, 1);
  outcome_add(" %s", truth(is_readable(fd, -1)));
  get_integer(queue);
  bp_status empty = bp_queue_get(queue, 0, NULL, &nothing, NULL);
  if (empty != BP_EMPTY) unexpected(bp_status_name(empty));
  outcome_add(" %s", truth(is_readable(fd, 0)));
  bp_queue_release(queue);
}

static const char* try_join(bp_queue* queue) { return taken(bp_queue_join(queue, 0, NULL, NULL)); }

static void joinable_queue(void) {
  bp_queue_options options;
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  bp_queue_options_init(&options, sizeof options);
  options.joinable = 1;
  must(bp_queue_create(&options, &queue, &error), error);
  put_integer(queue, 1);
  put_integer(queue, 2);
  outcome_add("ok %s", try_join(queue));
  for (int i = 0; i < 2; ++i) {
    get_integer(queue);
    must(bp_queue_task_done(queue, &error), error);
  }
  outcome_add(" %s; then ", try_join(queue));
  bp_status status = bp_queue_task_done(queue, &error);
  add_error_naming(status, error, "too many times");
  bp_queue_release(queue);
}

/* In C every queue is as simple as that. */
static void simple_queue(void) {
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  must(bp_queue_create(NULL, &queue, &error), error);
  outcome_add("ok %s", truth(bp_queue_size(queue) == 0));
  put_integer(queue, 1);
  outcome_add(" %s", truth(bp_queue_size(queue) == 0));
  outcome_add(" %lld", (long long)get_integer(queue));
  bp_queue_close(queue);
  bp_status status = bp_queue_put(queue, "\2", 1, BP_FORMAT_MSGPACK, BP_FOREVER, NULL, NULL);
  outcome_add(" %s", short_status(status));
  bp_queue_release(queue);
}

const scenario kDeliveryScenarios[] = {{"queue_batch", queue_batch},
                                       {"queue_in_place", queue_in_place},
                                       {"queue_redelivery", queue_redelivery},
                                       {"queue_fd", queue_fd},
                                       {"joinable_queue", joinable_queue},
                                       {"simple_queue", simple_queue},
                                       {NULL, NULL}};
