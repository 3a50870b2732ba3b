#include "tests/c_api/conformance/objects.h"

#include <stdio.h>
#include <time.h>

#include "tests/c_api/conformance/outcome.h"

void object_name(char name[kMaxName]) {
  snprintf(name, kMaxName, "%s-%s", run_scenario(), run_nonce());
}

bp_object_options options_of(const char* name) {
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  options.name = name;
  return options;
}

bp_lock* open_lock(const char* name) {
  bp_object_options options = options_of(name);
  bp_lock* lock = NULL;
  bp_error* error = NULL;
  must(bp_lock_create(&options, &lock, &error), error);
  return lock;
}

bp_condition* open_condition(const char* name) {
  bp_object_options options = options_of(name);
  bp_condition* condition = NULL;
  bp_error* error = NULL;
  must(bp_condition_create(&options, &condition, &error), error);
  return condition;
}

bp_event* open_event(const char* name) {
  bp_object_options options = options_of(name);
  bp_event* event = NULL;
  bp_error* error = NULL;
  must(bp_event_create(&options, &event, &error), error);
  return event;
}

bp_barrier* open_barrier(const char* name, int64_t parties) {
  bp_object_options options = options_of(name);
  bp_barrier* barrier = NULL;
  bp_error* error = NULL;
  must(bp_barrier_create(parties, BP_FOREVER, &options, &barrier, &error), error);
  return barrier;
}

bp_value* open_number(const char* name) {
  bp_object_options options = options_of(name);
  bp_value* value = NULL;
  bp_error* error = NULL;
  must(bp_value_create("q", NULL, 0, &options, &value, &error), error);
  return value;
}

bp_queue* open_reliable_queue(const char* name) {
  bp_queue_options options;
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  bp_queue_options_init(&options, sizeof options);
  options.delivery = BP_AT_LEAST_ONCE;
  must(bp_queue_open(name, &options, &queue, &error), error);
  return queue;
}

bp_semaphore* open_tracked_semaphore(const char* name, int64_t value) {
  bp_object_options options = options_of(name);
  bp_semaphore* semaphore = NULL;
  bp_error* error = NULL;
  options.flags = BP_TRACKED;
  must(bp_semaphore_create(value, &options, &semaphore, &error), error);
  return semaphore;
}

const char* taken(bp_status status) {
  switch (status) {
    case BP_OK:
      return "true";
    case BP_OWNER_DIED:
      return "true recovered";
    case BP_TIMEOUT:
      return "false";
    default:
      unexpected(bp_status_name(status));
  }
}

const char* truth(int value) { return value != 0 ? "true" : "false"; }

void pause_a_moment(void) {
  static const struct timespec kMillisecond = {.tv_nsec = 1000000};
  nanosleep(&kMillisecond, NULL);
}
