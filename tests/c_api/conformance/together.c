/* The roles of the test in which one process per language uses the same objects at once. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/values.h"

typedef struct meeting {
  bp_lock* lock;
  bp_event* event;
  bp_barrier* start;
} meeting;

static const char* name_of(const char* base, const char* suffix) {
  static char name[kMaxName];
  snprintf(name, sizeof name, "%s-%s", base, suffix);
  return name;
}

static meeting open_meeting(char** arguments) {
  return (meeting){.lock = open_lock(name_of(arguments[0], "lock")),
                   .event = open_event(name_of(arguments[0], "event")),
                   .start = open_barrier(name_of(arguments[0], "start"), atoi(arguments[1]))};
}

static void close_meeting(const meeting* one) {
  bp_lock_release(one->lock);
  bp_event_release(one->event);
  bp_barrier_release(one->start);
}

static void await_event(const meeting* one) {
  bp_error* error = NULL;
  say("ready");
  must(bp_event_wait(one->event, BP_FOREVER, NULL, &error), error);
}

static void meet(bp_barrier* barrier) {
  bp_error* error = NULL;
  must(bp_barrier_wait(barrier, NULL, NULL, BP_FOREVER, NULL, NULL, &error), error);
}

/* True when the last holder had died. */
static bool lock(const meeting* one) {
  bp_error* error = NULL;
  bp_status status = bp_lock_acquire(one->lock, BP_FOREVER, NULL, &error);
  expect_ok(status, error);
  return status == BP_OWNER_DIED;
}

static void unlock(const meeting* one) {
  bp_error* error = NULL;
  must(bp_lock_unlock(one->lock, &error), error);
}

static int64_t element(bp_array* array, int64_t index) {
  bp_error* error = NULL;
  int64_t number = 0;
  must(bp_array_get_int(array, index, 0, &number, &error), error);
  return number;
}

/* Not atomic: only a lock keeps others out between the two steps. */
static void add_to_element(bp_array* array, int64_t index, int64_t number) {
  bp_error* error = NULL;
  must(bp_array_set_int(array, index, 0, element(array, index) + number, &error), error);
}

static bp_array* open_numbers(const char* name, int64_t length) {
  bp_object_options options = options_of(name);
  bp_array* array = NULL;
  bp_error* error = NULL;
  must(bp_array_create("q", length, NULL, 0, &options, &array, &error), error);
  return array;
}

static bp_queue* open_plain_queue(const char* name) {
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  must(bp_queue_open(name, NULL, &queue, &error), error);
  return queue;
}

static int64_t await_integer(bp_queue* queue) {
  bp_buffer message;
  bp_error* error = NULL;
  must(bp_queue_get(queue, BP_FOREVER, NULL, &message, &error), error);
  int64_t number = integer_of(message.data, message.size);
  bp_buffer_free(&message);
  return number;
}

void play_together(char** arguments) {
  const meeting one = open_meeting(arguments);
  bp_barrier* end = open_barrier(name_of(arguments[0], "end"), atoi(arguments[2]));
  bp_queue* queue = open_plain_queue(name_of(arguments[0], "queue"));
  bp_value* value = open_number(name_of(arguments[0], "value"));
  bp_array* array = open_numbers(name_of(arguments[0], "array"), 3);
  const int64_t rounds = atoi(arguments[3]);
  int64_t sum = 0;
  int recovered = 0;
  bp_error* error = NULL;

  await_event(&one);
  meet(one.start);
  for (int64_t round = 1; round <= rounds; ++round) {
    put_integer(queue, round);
    recovered += lock(&one);
    add_to_element(array, 0, 1);
    unlock(&one);
    must(bp_array_acquire(array, 0, BP_FOREVER, NULL, &error), error);
    add_to_element(array, 1, 1);
    must(bp_array_unlock(array, 0, &error), error);
    must(bp_value_fetch_add(value, 0, 1, NULL, &error), error);
    sum += await_integer(queue);
  }
  recovered += lock(&one);
  add_to_element(array, 2, sum);
  unlock(&one);
  meet(end);

  int64_t total = 0;
  must(bp_value_get_int(value, 0, &total, &error), error);
  printf("%lld %lld %lld %lld size=%llu recovered=%d\n", (long long)element(array, 0),
         (long long)element(array, 1), (long long)total, (long long)element(array, 2),
         (unsigned long long)bp_queue_size(queue), recovered);
  fflush(stdout);
  await_end_of_input();
  bp_array_release(array);
  bp_value_release(value);
  bp_queue_release(queue);
  bp_barrier_release(end);
  close_meeting(&one);
}

void play_hold_together(char** arguments) {
  const meeting one = open_meeting(arguments);
  await_event(&one);
  lock(&one);
  meet(one.start);
  say("held");
  await_end_of_input();
  unlock(&one);
  close_meeting(&one);
}
