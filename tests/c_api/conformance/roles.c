/* The roles of assistants. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/connections.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/tasks.h"

static const int64_t kPatience = 30 * INT64_C(1000000000);

static void hold_lock(char** arguments) {
  bp_lock* lock = open_lock(arguments[0]);
  bp_error* error = NULL;
  must(bp_lock_acquire(lock, BP_FOREVER, NULL, &error), error);
  say("held");
  await_end_of_input();
  must(bp_lock_unlock(lock, &error), error);
  bp_lock_release(lock);
}

static void hold_unit(char** arguments) {
  bp_semaphore* semaphore = open_tracked_semaphore(arguments[0], 1);
  bp_error* error = NULL;
  must(bp_semaphore_acquire(semaphore, BP_FOREVER, NULL, &error), error);
  say("held");
  await_end_of_input();
  must(bp_semaphore_post(semaphore, 1, &error), error);
  bp_semaphore_release(semaphore);
}

static void wait_event(char** arguments) {
  bp_event* event = open_event(arguments[0]);
  say("ready");
  say(taken(bp_event_wait(event, kPatience, NULL, NULL)));
  bp_event_release(event);
}

static void set_event(char** arguments) {
  bp_event* event = open_event(arguments[0]);
  bp_error* error = NULL;
  must(bp_event_set(event, &error), error);
  say("done");
  bp_event_release(event);
}

static void wait_condition(char** arguments) {
  bp_condition* condition = open_condition(arguments[0]);
  bp_error* error = NULL;
  must(bp_condition_acquire(condition, 0, BP_FOREVER, NULL, &error), error);
  say("ready");
  bp_status status = bp_condition_wait(condition, 0, kPatience, NULL, NULL, NULL);
  must(bp_condition_unlock(condition, 0, &error), error);
  say(taken(status));
  bp_condition_release(condition);
}

static void wait_barrier(char** arguments) {
  bp_barrier* barrier = open_barrier(arguments[0], 2);
  bp_error* error = NULL;
  uint32_t index = 0;
  char line[20];
  say("ready");
  bp_status status = bp_barrier_wait(barrier, NULL, NULL, kPatience, NULL, &index, &error);
  if (status == BP_BROKEN) {
    bp_error_release(error);
    say("BROKEN");
  } else {
    expect_ok(status, error);
    snprintf(line, sizeof line, "%u", index);
    say(line);
  }
  bp_barrier_release(barrier);
}

static void add(char** arguments) {
  bp_value* value = open_number(arguments[0]);
  long count = strtol(arguments[1], NULL, 10);
  for (long i = 0; i < count; ++i) {
    bp_error* error = NULL;
    must(bp_value_fetch_add(value, 0, 1, NULL, &error), error);
  }
  say("done");
  bp_value_release(value);
}

static void take(char** arguments) {
  bp_queue* queue = open_reliable_queue(arguments[0]);
  bp_message* message = NULL;
  bp_error* error = NULL;
  must(bp_queue_take(queue, BP_FOREVER, NULL, &message, &error), error);
  say("held");
  await_end_of_input();
  must(bp_message_ack(message, &error), error);
  bp_message_release(message);
  bp_queue_release(queue);
}

static void host_pool(char** arguments) {
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  register_tasks();
  must(bp_queue_open(arguments[0], NULL, &queue, &error), error);
  bp_pool* pool = pool_of(1);
  bp_result* held = submit_text(pool, "take", arguments[0]);
  wait_until_begun(pool, held);
  bp_result* queued = submit_integer(pool, "echo", 1);
  say("busy");
  await_end_of_input();
  bp_pool_release(pool);
  bp_result_release(queued);
  bp_result_release(held);
  bp_queue_release(queue);
}

static const struct {
  const char* name;
  int arguments;
  void (*play)(char** arguments);
} kRoles[] = {
    {"hold_lock", 1, hold_lock},
    {"hold_unit", 1, hold_unit},
    {"wait_event", 1, wait_event},
    {"set_event", 1, set_event},
    {"wait_condition", 1, wait_condition},
    {"wait_barrier", 1, wait_barrier},
    {"add", 2, add},
    {"take", 1, take},
    {"host_pool", 1, host_pool},
    {"echo_client", 2, play_echo_client},
    {"together", 4, play_together},
    {"hold_together", 2, play_hold_together},
};

int play_role(const char* role, int count, char** arguments) {
  for (size_t i = 0; i < sizeof kRoles / sizeof kRoles[0]; ++i) {
    if (strcmp(kRoles[i].name, role) != 0) continue;
    if (kRoles[i].arguments != count) break;
    kRoles[i].play(arguments);
    return EXIT_SUCCESS;
  }
  fprintf(stderr, "no role %s of %d arguments\n", role, count);
  return EXIT_FAILURE;
}
