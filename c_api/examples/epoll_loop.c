/* A pool inside an event loop of epoll, without a thread of the library: one descriptor, and one function that
 * does what is to do. The same loop serves a timer of its own. Ten jobs square numbers, and one kills its
 * worker, which the loop replaces. */
#include <billiard/bp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { kJobs = 11, kKiller = 5, kBatch = 16 };

typedef struct loop {
  bp_pool* pool;
  bp_result* jobs[kJobs];
  int ended;
  int ticks;
} loop;

static void must(bp_status status) {
  if (status >= BP_OK) return;
  fprintf(stderr, "%s\n", bp_status_text(status));
  exit(EXIT_FAILURE);
}

/* Runs in a worker. */
static int square(bp_job* job, void* context) {
  (void)context;
  int n = *(const int*)bp_job_payload(job).data;
  if (n == kKiller) raise(SIGKILL);
  n *= n;
  return bp_job_reply(job, &n, sizeof n, BP_FORMAT_RAW, NULL) != BP_OK;
}

static void watch(int epoll, int fd) {
  struct epoll_event interest = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) != 0) must(BP_OS);
}

static void serve_pool(loop* self) {
  bp_pool_event events[kBatch];
  size_t count;
  must(bp_pool_step(self->pool, NULL));
  do {
    must(bp_pool_read_events(self->pool, events, kBatch, sizeof events[0], &count, NULL));
    for (size_t i = 0; i < count; ++i) self->ended += events[i].kind == BP_EVENT_JOB_DONE;
  } while (count == kBatch);
}

static void serve_timer(loop* self, int timer) {
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) > 0) ++self->ticks;
}

static int start_timer(void) {
  const struct itimerspec each_millisecond = {{0, 1000000}, {0, 1000000}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0 || timerfd_settime(timer, 0, &each_millisecond, NULL) != 0) must(BP_OS);
  return timer;
}

static void run(loop* self) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int timer = start_timer();
  watch(epoll, bp_pool_fd(self->pool));
  watch(epoll, timer);
  while (self->ended < kJobs || self->ticks == 0) {
    struct epoll_event ready[2];
    int count = epoll_wait(epoll, ready, 2, -1);
    for (int i = 0; i < count; ++i) {
      if (ready[i].data.fd == timer) {
        serve_timer(self, timer);
      } else {
        serve_pool(self);
      }
    }
  }
  close(timer);
  close(epoll);
}

/* Nothing waits here: all jobs have ended. */
static void report(loop* self) {
  int sum = 0, lost = 0;
  for (int i = 0; i < kJobs; ++i) {
    bp_view value;
    bp_status status = bp_result_get(self->jobs[i], 0, NULL, &value, NULL);
    if (status == BP_WORKER_LOST) {
      ++lost;
    } else {
      must(status);
      sum += *(const int*)value.data;
    }
    bp_result_release(self->jobs[i]);
  }
  printf("sum %d, %d job lost with its worker\n", sum, lost);
}

int main(void) {
  loop self = {0};
  bp_pool_options options;
  bp_job_options announced;
  bp_pool_options_init(&options, sizeof options);
  bp_job_options_init(&announced, sizeof announced);
  options.workers = 2;
  options.event_loop = 1;
  announced.notify = 1; /* its end is an event */
  must(bp_task_register("square", square, NULL, NULL));
  must(bp_pool_create(&options, &self.pool, NULL));
  for (int n = 0; n < kJobs; ++n) {
    must(bp_apply_async(self.pool, "square", &n, sizeof n, &announced, &self.jobs[n], NULL));
  }
  run(&self);
  report(&self);
  bp_pool_release(self.pool);
  return 0;
}
