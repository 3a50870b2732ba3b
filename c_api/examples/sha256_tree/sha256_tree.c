/* The main job in C: the SHA-256 of every file under a directory, on a pool of worker processes.
 * docs/main-job.md says exactly what it prints. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest_task.h"
#include "file_list.h"
#include "library.h"
#include "options.h"
#include "run.h"

enum { kExitFine = 0, kExitTrouble = 1, kExitUsage = 2 };

static bool report_error(bp_error* error) {
  fprintf(stderr, "c: %s\n", bp_error_message(error));
  bp_error_release(error);
  return false;
}

/* The workers are forks of this program: they know its tasks and share its working directory. */
static bool start_pool(int32_t workers, bp_pool** pool) {
  bp_error* error = NULL;
  if (bp_task_register("digest", digest_task, NULL, &error) != BP_OK) return report_error(error);
  bp_pool_options options;
  bp_pool_options_init(&options, sizeof options);
  options.workers = workers;
  if (bp_pool_create(&options, pool, &error) != BP_OK) return report_error(error);
  if (bp_pool_wait_ready(*pool, BP_FOREVER, NULL, &error) != BP_OK) return report_error(error);
  return true;
}

static bool print_workers(bp_pool* pool) {
  static bp_worker_info workers[4096];
  size_t count = 0;
  bp_error* error = NULL;
  if (bp_pool_get_workers(pool, workers, sizeof workers / sizeof workers[0], sizeof workers[0],
                          &count, &error) != BP_OK) {
    return report_error(error);
  }
  printf("c workers=%zu pids=", count);
  for (size_t i = 0; i < count; ++i) printf("%s%d", i == 0 ? "" : ",", (int)workers[i].pid);
  printf("\n");
  fflush(stdout);
  return true;
}

static bool print_summary(file_list* files, int64_t elapsed_ns) {
  char digest[65];
  size_t hashed = 0;
  unsigned long long bytes = 0;
  for (size_t i = 0; i < files->count; ++i) {
    if (!files->entries[i].hashed) continue;
    ++hashed;
    bytes += files->entries[i].digest.bytes;
  }
  if (!tree_digest(files, digest)) return false;
  double seconds = (double)(elapsed_ns > 0 ? elapsed_ns : 1) / 1e9;
  printf("c files=%zu bytes=%llu files_per_s=%.1f digest=%s", hashed, bytes,
         (double)hashed / seconds, digest);
  if (files->unreadable > 0) printf(" unreadable=%zu", files->unreadable);
  printf("\n");
  return true;
}

static bool close_pool(bp_pool* pool) {
  bp_error* error = NULL;
  if (bp_pool_close(pool, &error) != BP_OK) return report_error(error);
  if (bp_pool_join(pool, BP_FOREVER, NULL, &error) != BP_OK) return report_error(error);
  return true;
}

static bool work(bp_pool* pool, file_list* files, bool kill_one) {
  static run job_run; /* its window is too large for comfort on the stack */
  job_run.pool = pool;
  job_run.files = files;
  if (!print_workers(pool)) return false;
  bool fine = hash_files(&job_run, kill_one);
  int64_t elapsed_ns = now_ns() - job_run.began_ns;
  return print_summary(files, elapsed_ns) && fine && close_pool(pool);
}

int main(int argc, char** argv) {
  job_options options;
  if (!parse_options(argc, argv, &options)) return kExitUsage;
  if (!open_library()) return kExitTrouble;
  if (chdir(options.directory) != 0) {
    fprintf(stderr, "c: DIR %s: %s\n", options.directory, strerror(errno));
    return kExitUsage;
  }
  file_list files;
  if (!list_files(&files)) {
    fprintf(stderr, "c: the tree can not be listed: %s\n", strerror(errno));
    return kExitTrouble;
  }
  bp_pool* pool = NULL;
  bool fine = start_pool(options.workers, &pool) && work(pool, &files, options.kill_one);
  bp_pool_release(pool);
  fine = fine && files.unreadable == 0;
  free_files(&files);
  return fine ? kExitFine : kExitTrouble;
}
