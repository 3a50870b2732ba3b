/* Conditions, events and barriers: processes that wait for each other. */
#include <stdlib.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static const int64_t kShortTime = 50 * INT64_C(1000000);

static void acquire(bp_condition* condition) {
  bp_error* error = NULL;
  must(bp_condition_acquire(condition, 0, BP_FOREVER, NULL, &error), error);
}

static void condition_timeout(void) {
  bp_condition* condition = open_condition(NULL);
  acquire(condition);
  outcome_add("ok %s", taken(bp_condition_wait(condition, 0, kShortTime, NULL, NULL, NULL)));
  bp_status released = bp_condition_unlock(condition, 0, NULL);
  outcome_add(" %s", released == BP_OK ? "released" : short_status(released));
  bp_condition_release(condition);
}

static void condition_unowned(void) {
  bp_condition* condition = open_condition(NULL);
  bp_error* error = NULL;
  bp_status waited = bp_condition_wait(condition, 0, BP_FOREVER, NULL, NULL, &error);
  add_error_naming(waited, error, "must acquire");
  outcome_add("; then ");
  bp_status notified = bp_condition_notify(condition, 0, 1, &error);
  add_error_naming(notified, error, "not owned");
  bp_condition_release(condition);
}

static void condition_wakes(void) {
  char name[kMaxName];
  char answer[200];
  bp_error* error = NULL;
  object_name(name);
  bp_condition* condition = open_condition(name);
  assistant waiter = start_assistant("wait_condition", name, NULL);
  await_line(&waiter, "ready");
  acquire(condition);
  must(bp_condition_notify(condition, 0, 1, &error), error);
  must(bp_condition_unlock(condition, 0, &error), error);
  next_line(&waiter, answer);
  outcome_add("ok %s", answer);
  end_assistant(&waiter);
  bp_condition_release(condition);
}

static int is_not_zero(void* number) { return *(const int*)number != 0; }

static const char* wait_for(bp_condition* condition, int* number) {
  int32_t value = -1;
  bp_status status =
      bp_condition_wait_for(condition, 0, is_not_zero, number, kShortTime, NULL, &value, NULL);
  if ((status == BP_OK) != (value != 0)) unexpected("the answer and the status differ");
  return taken(status);
}

static void condition_wait_for(void) {
  bp_condition* condition = open_condition(NULL);
  int yes = 1;
  int no = 0;
  acquire(condition);
  outcome_add("ok %s", wait_for(condition, &yes));
  outcome_add(" %s", wait_for(condition, &no));
  bp_condition_release(condition);
}

static void event_basics(void) {
  bp_event* event = open_event(NULL);
  bp_error* error = NULL;
  outcome_add("ok %s", truth(bp_event_is_set(event)));
  outcome_add(" %s", taken(bp_event_wait(event, 0, NULL, NULL)));
  must(bp_event_set(event, &error), error);
  outcome_add(" %s", taken(bp_event_wait(event, BP_FOREVER, NULL, NULL)));
  must(bp_event_clear(event, &error), error);
  outcome_add(" %s", truth(bp_event_is_set(event)));
  bp_event_release(event);
}

static void event_wakes(void) {
  char name[kMaxName];
  char answer[200];
  bp_error* error = NULL;
  object_name(name);
  bp_event* event = open_event(name);
  assistant waiter = start_assistant("wait_event", name, NULL);
  await_line(&waiter, "ready");
  must(bp_event_set(event, &error), error);
  next_line(&waiter, answer);
  outcome_add("ok %s", answer);
  end_assistant(&waiter);
  bp_event_release(event);
}

static void barrier_meets(void) {
  char name[kMaxName];
  char answer[200];
  bp_error* error = NULL;
  uint32_t mine = 0;
  object_name(name);
  bp_barrier* barrier = open_barrier(name, 2);
  assistant other = start_assistant("wait_barrier", name, NULL);
  must(bp_barrier_wait(barrier, NULL, NULL, BP_FOREVER, NULL, &mine, &error), error);
  await_line(&other, "ready");
  next_line(&other, answer);
  char* end = answer;
  unsigned long theirs = strtoul(answer, &end, 10);
  if (end == answer || *end != '\0') unexpected(answer);
  outcome_add("ok %lu %lu", mine < theirs ? mine : theirs, mine < theirs ? theirs : mine);
  end_assistant(&other);
  bp_barrier_release(barrier);
}

static const char* wait_status(bp_barrier* barrier, int64_t timeout_ns) {
  return short_status(bp_barrier_wait(barrier, NULL, NULL, timeout_ns, NULL, NULL, NULL));
}

static void barrier_timeout(void) {
  bp_barrier* barrier = open_barrier(NULL, 2);
  bp_error* error = NULL;
  outcome_add("%s", wait_status(barrier, 0));
  outcome_add(" %s", truth(bp_barrier_broken(barrier)));
  outcome_add(" %s", wait_status(barrier, BP_FOREVER));
  must(bp_barrier_reset(barrier, &error), error);
  outcome_add(" %s", truth(bp_barrier_broken(barrier)));
  bp_barrier_release(barrier);
}

static int count(void* counter) {
  ++*(int*)counter;
  return 0;
}

static void barrier_action(void) {
  bp_barrier* barrier = open_barrier(NULL, 1);
  int counter = 0;
  outcome_add("ok");
  for (int i = 0; i < 2; ++i) {
    uint32_t index = 99;
    bp_error* error = NULL;
    must(bp_barrier_wait(barrier, count, &counter, BP_FOREVER, NULL, &index, &error), error);
    outcome_add(" %u", index);
  }
  outcome_add(" action=%d", counter);
  bp_barrier_release(barrier);
}

static void barrier_dead(void) {
  char name[kMaxName];
  object_name(name);
  bp_barrier* barrier = open_barrier(name, 2);
  assistant other = start_assistant("wait_barrier", name, NULL);
  while (bp_barrier_waiting(barrier) != 1) pause_a_moment();
  kill_assistant(&other);
  outcome_add("%s", wait_status(barrier, BP_FOREVER));
  bp_barrier_release(barrier);
}

static void barrier_parties(void) {
  bp_barrier* barrier = NULL;
  bp_error* error = NULL;
  bp_status status = bp_barrier_create(0, BP_FOREVER, NULL, &barrier, &error);
  add_error_naming(status, error, "parties");
  bp_barrier_release(barrier);
}

const scenario kMeetingScenarios[] = {
    {"condition_timeout", condition_timeout}, {"condition_unowned", condition_unowned},
    {"condition_wakes", condition_wakes},     {"condition_wait_for", condition_wait_for},
    {"event_basics", event_basics},           {"event_wakes", event_wakes},
    {"barrier_meets", barrier_meets},         {"barrier_timeout", barrier_timeout},
    {"barrier_action", barrier_action},       {"barrier_dead", barrier_dead},
    {"barrier_parties", barrier_parties},     {NULL, NULL}};
