/* One run of the main job: files become jobs, jobs become digests. */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_RUN_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_RUN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "billiard/bp.h"
#include "file_list.h"

enum {
  kWindow = 1024, /* jobs submitted and not collected, at most */
  kMaxTries = 10  /* of a job whose worker is lost each time */
};

typedef struct run {
  bp_pool* pool;
  file_list* files;
  bp_result* window[kWindow]; /* of file i: window[i % kWindow]; NULL once it is settled */
  size_t submitted;
  size_t collected;
  int64_t began_ns;
  size_t lost; /* jobs whose worker died, each of them retried */
} run;

/* Monotonic time. */
int64_t now_ns(void);

/* Submits one job for a file. False: standard error says why. */
bool submit_file(run* job_run, const file_entry* file, bp_result** out);

/* Waits for the outcome of *result, a job for `file`, retrying it while its worker is lost; stores the
 * outcome in `file`, and ends *result. False when the pool can not go on. */
bool settle(run* job_run, file_entry* file, bp_result** result);

/* Hashes all files; with `kill_one` loses a worker on the way. */
bool hash_files(run* job_run, bool kill_one);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_RUN_H_ */
