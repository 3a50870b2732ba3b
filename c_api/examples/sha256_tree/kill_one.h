/* --kill-one: a worker that has begun a job dies by SIGKILL (docs/main-job.md). */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_KILL_ONE_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_KILL_ONE_H_

#include <stdbool.h>

#include "run.h"

/* Kills a worker that the pool's live list shows busy with a job of the window, if there is one, and
 * settles that job. run->lost tells whether it was lost. False when the pool can not go on. */
bool kill_a_busy_worker(run* job_run);

/* Submits the largest file again until one of these jobs is lost. */
bool lose_a_spare_job(run* job_run);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_KILL_ONE_H_ */
