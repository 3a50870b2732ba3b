#include "run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kill_one.h"
#include "library.h"
#include "progress.h"

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool submit_file(run* job_run, const file_entry* file, bp_result** out) {
  bp_error* error = NULL;
  bp_status status =
      bp_apply_async(job_run->pool, "digest", file->path, strlen(file->path), NULL, out, &error);
  if (status != BP_OK) fprintf(stderr, "c: %s\n", bp_error_message(error));
  bp_error_release(error);
  return status == BP_OK;
}

static void report_lost(run* job_run, const file_entry* file, const bp_error* error,
                        const char* what_next) {
  ++job_run->lost;
  clear_progress();
  printf("c lost worker=%d signal=%d job=%llu file=", (int)bp_error_pid(error),
         -(int)bp_error_exit_status(error), (unsigned long long)bp_error_job(error));
  print_quoted(stdout, file->path);
  printf(" after_s=%.3f; %s\n", (double)(now_ns() - job_run->began_ns) / 1e9, what_next);
  fflush(stdout);
}

static void store(run* job_run, file_entry* file, const bp_view* value) {
  file->hashed = value->size == sizeof file->digest;
  if (file->hashed) {
    memcpy(&file->digest, value->data, sizeof file->digest);
  } else {
    report_unreadable(job_run->files, file->path, "the worker's answer has a wrong size");
  }
}

bool settle(run* job_run, file_entry* file, bp_result** result) {
  for (int tries = 1;; ++tries) {
    bp_view value;
    bp_error* error = NULL;
    bp_status status = bp_result_get(*result, BP_FOREVER, NULL, &value, &error);
    bool again = status == BP_WORKER_LOST && tries < kMaxTries;
    if (status == BP_OK) store(job_run, file, &value);
    if (status == BP_WORKER_LOST) report_lost(job_run, file, error, again ? "retried" : "given up");
    if (status != BP_OK && !again) {
      report_unreadable(job_run->files, file->path, bp_error_message(error));
    }
    bp_error_release(error);
    bp_result_release(*result);
    *result = NULL;
    if (!again) return status != BP_POOL_FAILED;
    if (!submit_file(job_run, file, result)) return false;
  }
}

static bool submit_window(run* job_run) {
  while (job_run->submitted < job_run->files->count &&
         job_run->submitted < job_run->collected + kWindow) {
    size_t next = job_run->submitted;
    if (!submit_file(job_run, &job_run->files->entries[next], &job_run->window[next % kWindow])) {
      return false;
    }
    ++job_run->submitted;
  }
  return true;
}

static bool collect_next(run* job_run) {
  size_t next = job_run->collected++;
  bp_result** result = &job_run->window[next % kWindow];
  return *result == NULL || settle(job_run, &job_run->files->entries[next], result);
}

bool hash_files(run* job_run, bool kill_one) {
  job_run->began_ns = now_ns();
  size_t half = job_run->files->count / 2;
  while (job_run->collected < job_run->files->count) {
    if (!submit_window(job_run)) return false;
    bool wanted = kill_one && job_run->lost == 0 && job_run->collected >= half;
    if (wanted && !kill_a_busy_worker(job_run)) return false;
    if (!collect_next(job_run)) return false;
    show_progress(job_run->collected, job_run->files->count);
  }
  clear_progress();
  return !kill_one || job_run->lost > 0 || lose_a_spare_job(job_run);
}
