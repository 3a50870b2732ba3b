/* Waits for results that end early, and what the pool shows meanwhile. All have a worker that waits
 * for a message in the scenario's queue, so nothing depends on time. */
#include <pthread.h>
#include <time.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

/* A pool of one worker, or two, whose one job waits for a message. */
typedef struct waiting_job {
  bp_pool* pool;
  bp_queue* queue;
  bp_result* result;
} waiting_job;

static waiting_job begin(int32_t workers) {
  char name[200];
  waiting_job job = {.pool = pool_of(workers), .queue = open_queue("Q")};
  queue_name("Q", name);
  job.result = submit_text(job.pool, "take", name);
  return job;
}

static void end(waiting_job* job) {
  release_and_add(job->queue, job->result);
  bp_result_release(job->result);
  bp_queue_release(job->queue);
  bp_pool_release(job->pool);
}

static void add_early_end(waiting_job* job, int64_t timeout_ns, bp_interrupt* interrupt) {
  bp_view view;
  bp_status status = bp_result_get(job->result, timeout_ns, interrupt, &view, NULL);
  if (status == BP_INTERRUPTED) {
    outcome_add("interrupted");
  } else {
    outcome_add("error %s", short_status(status));
  }
}

static void timeout_then_value(void) {
  waiting_job job = begin(1);
  add_early_end(&job, 50 * 1000 * 1000, NULL);
  end(&job);
}

static void timeout_zero_polls(void) {
  waiting_job job = begin(1);
  wait_until_begun(job.pool, job.result);
  add_early_end(&job, 0, NULL);
  end(&job);
}

static void* raise_soon(void* interrupt) {
  static const struct timespec kPause = {.tv_nsec = 50 * 1000 * 1000};
  nanosleep(&kPause, NULL);
  bp_interrupt_raise(interrupt);
  return NULL;
}

static void interrupt_ends_wait(void) {
  waiting_job job = begin(1);
  bp_interrupt* interrupt = NULL;
  bp_error* error = NULL;
  pthread_t thread;
  must(bp_interrupt_create(&interrupt, &error), error);
  if (pthread_create(&thread, NULL, raise_soon, interrupt) != 0) unexpected("no thread");
  add_early_end(&job, BP_FOREVER, interrupt);
  pthread_join(thread, NULL);
  bp_interrupt_release(interrupt);
  end(&job);
}

static void stats_busy_worker(void) {
  waiting_job job = begin(2);
  bp_worker_info workers[16];
  size_t count = 0;
  int busy = 0;
  bp_error* error = NULL;
  bp_worker_info worker = wait_until_begun(job.pool, job.result);
  must(bp_pool_get_workers(job.pool, workers, 16, sizeof workers[0], &count, &error), error);
  for (size_t i = 0; i < count; ++i) busy += workers[i].state == BP_WORKER_BUSY;
  outcome_add("busy=%d job=%s pid=%s", busy,
              worker.job == bp_result_job(job.result) ? "same" : "other",
              worker.pid == bp_result_pid(job.result) ? "same" : "other");
  end(&job);
}

static void fifo_order(void) {
  enum { kJobs = 20 };
  char order_name[200];
  bp_result* results[kJobs];
  queue_name("R", order_name);
  bp_queue* order = open_queue("R");
  waiting_job job = begin(1);
  wait_until_begun(job.pool, job.result);
  for (int i = 0; i < kJobs; ++i) {
    encoder arguments;
    bp_error* error = NULL;
    encoder_begin(&arguments);
    msgpack_pack_array(&arguments.packer, 2);
    pack_text(&arguments, order_name);
    msgpack_pack_int(&arguments.packer, i);
    must(try_submit(job.pool, "put", &arguments, &results[i], &error), error);
    encoder_end(&arguments);
  }
  put_text(job.queue, "go");
  value_of(job.result);
  for (int i = 0; i < kJobs; ++i) value_of(results[i]);
  outcome_add("ok");
  for (int i = 0; i < kJobs; ++i) outcome_add(" %lld", (long long)get_integer(order));
  for (int i = 0; i < kJobs; ++i) bp_result_release(results[i]);
  bp_result_release(job.result);
  bp_queue_release(order);
  bp_queue_release(job.queue);
  bp_pool_release(job.pool);
}

const scenario kWaitScenarios[] = {{"timeout_then_value", timeout_then_value},
                                   {"timeout_zero_polls", timeout_zero_polls},
                                   {"interrupt_ends_wait", interrupt_ends_wait},
                                   {"stats_busy_worker", stats_busy_worker},
                                   {"fifo_order", fifo_order},
                                   {NULL, NULL}};
