/* Billiard from a plain C program that is not linked against it: the library is loaded when the
 * program runs, and each function is looked up by name.
 *
 *   cc -std=c11 dlopen_quickstart.c -I<prefix>/include -ldl
 *   ./a.out <prefix>/lib/libbilliard.so.0
 *
 * Ten jobs go to two worker processes, which are forks of this program and so know its tasks. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "billiard/bp.h"

enum { kJobs = 10 };

static struct {
  const char* (*error_message)(const bp_error*);
  bp_status (*task_register)(const char*, bp_task_fn, void*, bp_error**);
  bp_view (*job_payload)(const bp_job*);
  bp_status (*job_reply)(bp_job*, const void*, size_t, uint32_t, bp_error**);
  void (*pool_options_init)(bp_pool_options*, size_t);
  bp_status (*pool_create)(const bp_pool_options*, bp_pool**, bp_error**);
  void (*pool_release)(bp_pool*);
  bp_status (*apply_async)(bp_pool*, const char*, const void*, size_t, const bp_job_options*,
                           bp_result**, bp_error**);
  bp_status (*result_get)(bp_result*, int64_t, bp_interrupt*, bp_view*, bp_error**);
  void (*result_release)(bp_result*);
} bp;

/* POSIX lets a void* hold a pointer to a function; ISO C has no cast for it, so its bytes are
 * copied. */
static void find(void* library, const char* name, void* function) {
  void* address = dlsym(library, name);
  if (address == NULL) {
    fprintf(stderr, "the library has no %s\n", name);
    exit(EXIT_FAILURE);
  }
  memcpy(function, &address, sizeof address);
}

static void load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(EXIT_FAILURE);
  }
  find(library, "bp_error_message", &bp.error_message);
  find(library, "bp_task_register", &bp.task_register);
  find(library, "bp_job_payload", &bp.job_payload);
  find(library, "bp_job_reply", &bp.job_reply);
  find(library, "bp_pool_options_init", &bp.pool_options_init);
  find(library, "bp_pool_create", &bp.pool_create);
  find(library, "bp_pool_release", &bp.pool_release);
  find(library, "bp_apply_async", &bp.apply_async);
  find(library, "bp_result_get", &bp.result_get);
  find(library, "bp_result_release", &bp.result_release);
}

/* Gives up when the call fails. The call's last argument is &error. */
#define CHECK(call)                     \
  do {                                  \
    bp_error* error = NULL;             \
    bp_status status = (call);          \
    if (status < BP_OK) give_up(error); \
  } while (0)

static void give_up(const bp_error* error) {
  fprintf(stderr, "%s\n", bp.error_message(error));
  exit(EXIT_FAILURE);
}

/* The task: runs in a worker process. */
static int square(bp_job* job, void* context) {
  (void)context;
  int number;
  memcpy(&number, bp.job_payload(job).data, sizeof number);
  number *= number;
  return bp.job_reply(job, &number, sizeof number, BP_FORMAT_RAW, NULL) == BP_OK ? 0 : 1;
}

static int sum_of_squares(bp_pool* pool) {
  bp_result* results[kJobs];
  for (int i = 0; i < kJobs; ++i) {
    CHECK(bp.apply_async(pool, "square", &i, sizeof i, NULL, &results[i], &error));
  }
  int sum = 0;
  for (int i = 0; i < kJobs; ++i) {
    bp_view view;
    int number;
    CHECK(bp.result_get(results[i], BP_FOREVER, NULL, &view, &error));
    memcpy(&number, view.data, sizeof number);
    sum += number;
    bp.result_release(results[i]);
  }
  return sum;
}

int main(int argc, char** argv) {
  load(argc > 1 ? argv[1] : "libbilliard.so.0");
  CHECK(bp.task_register("square", square, NULL, &error));
  bp_pool_options options;
  bp.pool_options_init(&options, sizeof options);
  options.workers = 2;
  bp_pool* pool = NULL;
  CHECK(bp.pool_create(&options, &pool, &error));
  int sum = sum_of_squares(pool);
  bp.pool_release(pool);
  printf("the sum of ten squares is %d\n", sum);
  return sum == 285 ? EXIT_SUCCESS : EXIT_FAILURE;
}
