/* Where the program gets Billiard from.
 *
 * Built as usual it is linked against libbilliard. Built with BILLIARD_DLOPEN it has no link-time
 * dependency: open_library() loads libbilliard.so.0 and looks up the functions below, and the macros
 * make the same source call them. */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_LIBRARY_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_LIBRARY_H_

#include <stdbool.h>

#include "billiard/bp.h"

/* False: standard error says what is missing. Always true when linked. */
bool open_library(void);

#ifdef BILLIARD_DLOPEN

/* X(name without bp_, type of the result, parameters) */
#define BILLIARD_FUNCTIONS(X)                                                                      \
  X(error_exit_status, int32_t, (const bp_error*))                                                 \
  X(error_job, uint64_t, (const bp_error*))                                                        \
  X(error_message, const char*, (const bp_error*))                                                 \
  X(error_pid, int32_t, (const bp_error*))                                                         \
  X(error_release, void, (bp_error*))                                                              \
  X(pool_options_init, void, (bp_pool_options*, size_t))                                           \
  X(pool_create, bp_status, (const bp_pool_options*, bp_pool**, bp_error**))                       \
  X(pool_wait_ready, bp_status, (bp_pool*, int64_t, bp_interrupt*, bp_error**))                    \
  X(pool_get_workers, bp_status, (bp_pool*, bp_worker_info*, size_t, size_t, size_t*, bp_error**)) \
  X(pool_close, bp_status, (bp_pool*, bp_error**))                                                 \
  X(pool_join, bp_status, (bp_pool*, int64_t, bp_interrupt*, bp_error**))                          \
  X(pool_release, void, (bp_pool*))                                                                \
  X(apply_async, bp_status,                                                                        \
    (bp_pool*, const char*, const void*, size_t, const bp_job_options*, bp_result**, bp_error**))  \
  X(result_job, uint64_t, (const bp_result*))                                                      \
  X(result_ready, int, (const bp_result*))                                                         \
  X(result_get, bp_status, (bp_result*, int64_t, bp_interrupt*, bp_view*, bp_error**))             \
  X(result_release, void, (bp_result*))                                                            \
  X(task_register, bp_status, (const char*, bp_task_fn, void*, bp_error**))                        \
  X(job_payload, bp_view, (const bp_job*))                                                         \
  X(job_reply, bp_status, (bp_job*, const void*, size_t, uint32_t, bp_error**))                    \
  X(job_fail, bp_status, (bp_job*, const bp_failure*, bp_error**))

struct billiard_library {
#define BILLIARD_MEMBER_(name, result, parameters) result(*name) parameters;
  BILLIARD_FUNCTIONS(BILLIARD_MEMBER_)
#undef BILLIARD_MEMBER_
};

extern struct billiard_library billiard;

#define bp_error_exit_status billiard.error_exit_status
#define bp_error_job billiard.error_job
#define bp_error_message billiard.error_message
#define bp_error_pid billiard.error_pid
#define bp_error_release billiard.error_release
#define bp_pool_options_init billiard.pool_options_init
#define bp_pool_create billiard.pool_create
#define bp_pool_wait_ready billiard.pool_wait_ready
#define bp_pool_get_workers billiard.pool_get_workers
#define bp_pool_close billiard.pool_close
#define bp_pool_join billiard.pool_join
#define bp_pool_release billiard.pool_release
#define bp_apply_async billiard.apply_async
#define bp_result_job billiard.result_job
#define bp_result_ready billiard.result_ready
#define bp_result_get billiard.result_get
#define bp_result_release billiard.result_release
#define bp_task_register billiard.task_register
#define bp_job_payload billiard.job_payload
#define bp_job_reply billiard.job_reply
#define bp_job_fail billiard.job_fail

#endif /* BILLIARD_DLOPEN */

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_LIBRARY_H_ */
