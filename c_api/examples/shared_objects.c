/* Four processes count to 4,000 together, with a lock, a value and an event that they share, and a
 * fifth dies holding the lock. */
#include <billiard/bp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kChildren = 4, kRounds = 1000 };

static void must(bp_status status) {
  if (status >= BP_OK) return;
  fprintf(stderr, "%s\n", bp_status_text(status));
  exit(EXIT_FAILURE);
}

/* Runs in each child: waits for the start, then counts; the lock makes two steps one. */
static void count(bp_lock* lock, bp_value* sum, bp_event* start) {
  must(bp_event_wait(start, BP_FOREVER, NULL, NULL));
  for (int i = 0; i < kRounds; ++i) {
    int64_t number = 0;
    must(bp_lock_acquire(lock, BP_FOREVER, NULL, NULL));
    must(bp_value_get_int(sum, 0, &number, NULL));
    must(bp_value_set_int(sum, 0, number + 1, NULL));
    must(bp_lock_unlock(lock, NULL));
  }
}

/* Runs in a child that dies in the middle of its work. */
static void die_holding(bp_lock* lock) { must(bp_lock_acquire(lock, BP_FOREVER, NULL, NULL)); }

static pid_t child(void) {
  pid_t pid = fork();
  if (pid < 0) exit(EXIT_FAILURE);
  return pid;
}

int main(void) {
  bp_lock* lock = NULL;
  bp_value* sum = NULL;
  bp_event* start = NULL;
  int64_t number = 0;
  must(bp_lock_create(NULL, &lock, NULL));
  must(bp_value_create("i", NULL, 0, NULL, &sum, NULL));
  must(bp_event_create(NULL, &start, NULL));
  for (int i = 0; i < kChildren; ++i) {
    if (child() == 0) {
      count(lock, sum, start);
      _exit(EXIT_SUCCESS);
    }
  }
  if (child() == 0) {
    die_holding(lock);
    _exit(EXIT_SUCCESS);
  }
  must(bp_event_set(start, NULL));
  int failures = 0;
  for (int i = 0; i < kChildren + 1; ++i) {
    int status = 0;
    wait(&status);
    failures += status != 0;
  }
  must(bp_value_get_int(sum, 0, &number, NULL));
  printf("%lld\n", (long long)number); /* 4000 */
  bp_event_release(start);
  bp_value_release(sum);
  bp_lock_release(lock);
  return failures == 0 && number == kChildren * kRounds ? EXIT_SUCCESS : EXIT_FAILURE;
}
