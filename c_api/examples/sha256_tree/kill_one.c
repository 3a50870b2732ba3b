#include "kill_one.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "library.h"
#include "progress.h"

enum { kMaxWorkers = 4096, kBatch = 64, kMaxBatches = 1000 };

/* Copies the first busy worker with this job, or with any job when `job` is BP_NO_JOB. */
static bool find_busy_worker(run* job_run, uint64_t job, bp_worker_info* out) {
  static bp_worker_info workers[kMaxWorkers];
  size_t count = 0;
  if (bp_pool_get_workers(job_run->pool, workers, kMaxWorkers, sizeof workers[0], &count, NULL) !=
      BP_OK) {
    return false;
  }
  for (size_t i = 0; i < count; ++i) {
    if (workers[i].state != BP_WORKER_BUSY || workers[i].pid <= 0) continue;
    if (job != BP_NO_JOB && workers[i].job != job) continue;
    *out = workers[i];
    return true;
  }
  return false;
}

static void say_between_jobs(pid_t pid) {
  clear_progress();
  printf("c killed worker=%d between jobs; taking another\n", (int)pid);
  fflush(stdout);
}

/* Index of the file whose job this is; files->count when it has been collected already. */
static size_t file_of_job(const run* job_run, uint64_t job) {
  for (size_t i = job_run->collected; i < job_run->submitted; ++i) {
    const bp_result* result = job_run->window[i % kWindow];
    if (result != NULL && bp_result_job(result) == job) return i;
  }
  return job_run->files->count;
}

bool kill_a_busy_worker(run* job_run) {
  bp_worker_info worker;
  if (!find_busy_worker(job_run, BP_NO_JOB, &worker)) return true;
  size_t file = file_of_job(job_run, worker.job);
  if (file == job_run->files->count) return true;
  size_t lost_before = job_run->lost;
  kill((pid_t)worker.pid, SIGKILL);
  bool fine = settle(job_run, &job_run->files->entries[file], &job_run->window[file % kWindow]);
  if (fine && job_run->lost == lost_before) say_between_jobs((pid_t)worker.pid);
  return fine;
}

/* Settles the jobs one by one; until one was lost, first kills the worker that is seen busy with it. */
static bool kill_during_batch(run* job_run, file_entry* file, bp_result* batch[kBatch]) {
  for (int next = 0; next < kBatch; ++next) {
    bp_worker_info worker = {.pid = 0};
    while (job_run->lost == 0 && !bp_result_ready(batch[next])) {
      if (!find_busy_worker(job_run, bp_result_job(batch[next]), &worker)) continue;
      kill((pid_t)worker.pid, SIGKILL);
      break;
    }
    if (!settle(job_run, file, &batch[next])) return false;
    if (worker.pid > 0 && job_run->lost == 0) say_between_jobs((pid_t)worker.pid);
  }
  return true;
}

/* Submits `file` several times more, so that workers are found inside a job even where jobs are
 * short, and settles all of that. */
static bool try_batch(run* job_run, file_entry* file) {
  bp_result* batch[kBatch];
  for (int i = 0; i < kBatch; ++i) {
    if (!submit_file(job_run, file, &batch[i])) return false;
  }
  return kill_during_batch(job_run, file, batch);
}

bool lose_a_spare_job(run* job_run) {
  if (job_run->files->count == 0) {
    fprintf(stderr, "c kill-one: no file to hash\n");
    return false;
  }
  file_entry* file = &job_run->files->entries[largest_file(job_run->files)];
  const file_entry first = *file;
  for (int batch = 0; batch < kMaxBatches && job_run->lost == 0; ++batch) {
    if (!try_batch(job_run, file)) return false;
    if (file->hashed != first.hashed ||
        memcmp(&file->digest, &first.digest, sizeof first.digest) != 0) {
      fprintf(stderr, "c kill-one: the same file has another digest now\n");
      return false;
    }
  }
  if (job_run->lost == 0) fprintf(stderr, "c kill-one: no worker could be killed inside a job\n");
  return job_run->lost > 0;
}
