/* What went wrong in one call, in detail. Errors are values: nothing is kept per thread.
 *
 * Every call that can fail in more than one way takes a last argument `bp_error** error`. It may be
 * NULL (no detail wanted). Otherwise *error is set to NULL on entry and, when the call returns a
 * negative status, to a new error that the caller ends with bp_error_release.
 *
 * Where a call gives a handle, *out is NULL when it fails; a bp_buffer or bp_view is empty then. */
#ifndef BILLIARD_ERROR_H_
#define BILLIARD_ERROR_H_

#include "billiard/status.h"

/* "The process has not ended or its end is unknown": never an exit code or signal. */
#define BP_EXIT_UNKNOWN INT32_MIN

typedef struct bp_error bp_error;

BP_BEGIN_C

/* The status that the failed call returned. NULL gives BP_OK.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API bp_status bp_error_status(const bp_error* error);

/* One readable line that names the argument or object concerned. NULL gives "".
 * Owner: the text lives as long as the error. Threads: any. Fork: safe. Blocks: never.
 * Errors: none. */
BP_API const char* bp_error_message(const bp_error* error);

/* errno of the system call that failed (BP_OS, BP_START_FAILED), else 0.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API int bp_error_errno(const bp_error* error);

/* Class of the task's failure in its own language ("ArgumentError"; BP_TASK_FAILED), else "".
 * Owner: the text lives as long as the error. Threads: any. Fork: safe. Blocks: never.
 * Errors: none. */
BP_API const char* bp_error_class(const bp_error* error);

/* Backtrace written by the worker's language, one frame a line (BP_TASK_FAILED), else "".
 * Owner: the text lives as long as the error. Threads: any. Fork: safe. Blocks: never.
 * Errors: none. */
BP_API const char* bp_error_backtrace(const bp_error* error);

/* The job concerned (BP_TASK_FAILED, BP_WORKER_LOST, BP_TERMINATED ...), else BP_NO_JOB.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API uint64_t bp_error_job(const bp_error* error);

/* The worker concerned (BP_WORKER_LOST, BP_TASK_FAILED), else 0.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API int32_t bp_error_pid(const bp_error* error);

/* How that worker ended: exit code, minus the signal's number, or BP_EXIT_UNKNOWN.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API int32_t bp_error_exit_status(const bp_error* error);

/* 1 when that worker got SIGKILL from nobody the pool knows of (BP_WORKER_LOST), while the kernel's
 * out-of-memory killer struck in the pool's control group (of version 2 or 1; without one: in the system).
 * The kernel only counts its victims; this is as certain as that. Else 0 (USR-4).
 * Owner: borrows. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API int bp_error_out_of_memory(const bp_error* error);

/* Frees an error. NULL is ignored.
 * Owner: takes the error. Threads: one at a time. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_error_release(bp_error* error);

BP_END_C

#endif /* BILLIARD_ERROR_H_ */
