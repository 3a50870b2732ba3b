/* Locks and semaphores. */
#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static void unlock(bp_lock* lock) {
  bp_error* error = NULL;
  must(bp_lock_unlock(lock, &error), error);
}

static const char* try_lock(bp_lock* lock) { return taken(bp_lock_acquire(lock, 0, NULL, NULL)); }

static void lock_try(void) {
  bp_lock* lock = open_lock(NULL);
  outcome_add("ok %s", taken(bp_lock_acquire(lock, BP_FOREVER, NULL, NULL)));
  outcome_add(" %s", try_lock(lock));
  unlock(lock);
  outcome_add(" %s", try_lock(lock));
  bp_lock_release(lock);
}

static void lock_release_free(void) {
  bp_lock* lock = open_lock(NULL);
  bp_error* error = NULL;
  bp_status status = bp_lock_unlock(lock, &error);
  add_error_naming(status, error, "too many times");
  outcome_add("; then ok %s", taken(bp_lock_acquire(lock, BP_FOREVER, NULL, NULL)));
  bp_lock_release(lock);
}

/* "recovered" stands for BP_OWNER_DIED, "clean" for an acquire that is BP_OK. */
static void lock_owner_died(void) {
  char name[kMaxName];
  object_name(name);
  bp_lock* lock = open_lock(name);
  assistant holder = start_assistant("hold_lock", name, NULL);
  await_line(&holder, "held");
  outcome_add("ok %s", try_lock(lock));
  kill_assistant(&holder);
  bp_status first = bp_lock_acquire(lock, BP_FOREVER, NULL, NULL);
  outcome_add(" %s", first == BP_OWNER_DIED ? "true recovered" : short_status(first));
  unlock(lock);
  bp_status second = bp_lock_acquire(lock, 0, NULL, NULL);
  outcome_add(" %s", second == BP_OK ? "true clean" : short_status(second));
  bp_lock_release(lock);
}

static void lock_bad_name(void) {
  bp_object_options options = options_of("a/b");
  bp_lock* lock = NULL;
  bp_error* error = NULL;
  bp_status status = bp_lock_create(&options, &lock, &error);
  add_error_naming(status, error, "name");
  bp_lock_release(lock);
}

static void rlock_depth(void) {
  bp_object_options options = options_of(NULL);
  bp_rlock* rlock = NULL;
  bp_error* error = NULL;
  must(bp_rlock_create(&options, &rlock, &error), error);
  outcome_add("ok");
  for (int i = 0; i < 3; ++i) {
    outcome_add(" %s", taken(bp_rlock_acquire(rlock, 0, BP_FOREVER, NULL, NULL)));
  }
  for (int i = 0; i < 3; ++i) must(bp_rlock_unlock(rlock, 0, &error), error);
  outcome_add("; then ");
  bp_status status = bp_rlock_unlock(rlock, 0, &error);
  add_error_naming(status, error, "not owned");
  bp_rlock_release(rlock);
}

static void semaphore_counts(void) {
  bp_semaphore* semaphore = NULL;
  bp_error* error = NULL;
  must(bp_semaphore_create(2, NULL, &semaphore, &error), error);
  outcome_add("ok");
  for (int i = 0; i < 3; ++i) {
    outcome_add(" %s", taken(bp_semaphore_acquire(semaphore, 0, NULL, NULL)));
  }
  outcome_add(" %lld", (long long)bp_semaphore_value(semaphore));
  must(bp_semaphore_post(semaphore, 1, &error), error);
  outcome_add(" %lld", (long long)bp_semaphore_value(semaphore));
  bp_semaphore_release(semaphore);
}

static void semaphore_bounds(void) {
  bp_semaphore* bounded = NULL;
  bp_semaphore* negative = NULL;
  bp_error* error = NULL;
  must(bp_bounded_semaphore_create(1, NULL, &bounded, &error), error);
  bp_status posted = bp_semaphore_post(bounded, 1, &error);
  add_error_naming(posted, error, "too many times");
  outcome_add("; then ok %lld; then ", (long long)bp_semaphore_value(bounded));
  bp_status made = bp_semaphore_create(-1, NULL, &negative, &error);
  add_error_naming(made, error, "value");
  bp_semaphore_release(negative);
  bp_semaphore_release(bounded);
}

static void tracked_semaphore(void) {
  char name[kMaxName];
  object_name(name);
  bp_semaphore* semaphore = open_tracked_semaphore(name, 1);
  assistant holder = start_assistant("hold_unit", name, NULL);
  await_line(&holder, "held");
  outcome_add("ok %s", taken(bp_semaphore_acquire(semaphore, 0, NULL, NULL)));
  kill_assistant(&holder);
  outcome_add(" %s", taken(bp_semaphore_acquire(semaphore, BP_FOREVER, NULL, NULL)));
  outcome_add(" returned=%llu", (unsigned long long)bp_semaphore_returned(semaphore));
  bp_semaphore_release(semaphore);
}

const scenario kLockScenarios[] = {{"lock_try", lock_try},
                                   {"lock_release_free", lock_release_free},
                                   {"lock_owner_died", lock_owner_died},
                                   {"lock_bad_name", lock_bad_name},
                                   {"rlock_depth", rlock_depth},
                                   {"semaphore_counts", semaphore_counts},
                                   {"semaphore_bounds", semaphore_bounds},
                                   {"tracked_semaphore", tracked_semaphore},
                                   {NULL, NULL}};
