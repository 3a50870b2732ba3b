/* How pools end, and pools in forked children. */
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static void close_and_join(bp_pool* pool) {
  bp_error* error = NULL;
  must(bp_pool_close(pool, &error), error);
  must(bp_pool_join(pool, BP_FOREVER, NULL, &error), error);
}

/* The status of submitting echo(1). */
static bp_status submit_status(bp_pool* pool) {
  bp_result* result = NULL;
  bp_status status = bp_apply_async(pool, "echo", "\x91\x01", 2, NULL, &result, NULL);
  bp_result_release(result);
  return status;
}

static void submit_after_close(void) {
  bp_pool* pool = pool_of(1);
  bp_error* error = NULL;
  must(bp_pool_close(pool, &error), error);
  outcome_add("error %s", short_status(submit_status(pool)));
  bp_pool_release(pool);
}

static void close_completes(void) {
  enum { kJobs = 50 };
  bp_pool* pool = pool_of(2);
  bp_result* results[kJobs];
  long long sum = 0;
  for (int i = 0; i < kJobs; ++i) results[i] = submit_integer(pool, "echo", i);
  close_and_join(pool);
  for (int i = 0; i < kJobs; ++i) {
    bp_view view;
    bp_error* error = NULL;
    must(bp_result_get(results[i], 0, NULL, &view, &error), error);
    sum += integer_of(view.data, view.size);
    bp_result_release(results[i]);
  }
  outcome_add("ok %lld", sum);
  bp_pool_release(pool);
}

static void terminate_resolves(void) {
  bp_pool* pool = pool_of(1);
  bp_queue* queue = open_queue("Q");
  bp_result* results[4];
  bp_error* error = NULL;
  char name[200];
  queue_name("Q", name);
  results[0] = submit_text(pool, "take", name);
  wait_until_begun(pool, results[0]);
  for (int i = 1; i < 4; ++i) results[i] = submit_integer(pool, "echo", i);
  must(bp_pool_terminate(pool, &error), error);
  must(bp_pool_join(pool, BP_FOREVER, NULL, &error), error);
  for (int i = 0; i < 4; ++i) {
    bp_view view;
    bp_status status = bp_result_get(results[i], 0, NULL, &view, NULL);
    outcome_add("%s%s", i == 0 ? "" : " ", short_status(status));
    bp_result_release(results[i]);
  }
  bp_queue_release(queue);
  bp_pool_release(pool);
}

static void join_before_close(void) {
  bp_pool* pool = pool_of(1);
  outcome_add("error %s", short_status(bp_pool_join(pool, BP_FOREVER, NULL, NULL)));
  bp_pool_release(pool);
}

static void pool_in_forked_child(void) {
  bp_pool* pool = pool_of(1);
  pid_t child = fork();
  if (child < 0) unexpected("fork failed");
  if (child == 0) _exit(-(int)submit_status(pool)); /* statuses of failure are small and negative */
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) unexpected("the child died");
  outcome_add("error %s", short_status((bp_status)-WEXITSTATUS(status)));
  add_follow_up(pool);
  bp_pool_release(pool);
}

const scenario kLifecycleScenarios[] = {
    {"submit_after_close", submit_after_close},     {"close_completes", close_completes},
    {"terminate_resolves", terminate_resolves},     {"join_before_close", join_before_close},
    {"pool_in_forked_child", pool_in_forked_child}, {NULL, NULL}};
