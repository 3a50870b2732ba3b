/* Tasks of C and C++ programs: functions with a name (design D7).
 *
 * A pool job names its task; the worker finds the function in its own registry. Workers that are
 * forked from the host know what the host had registered when the pool was created; workers that are
 * started as commands register their own before bp_worker_run. Other languages keep their registry
 * themselves and use bp_worker_next instead (worker.h). */
#ifndef BILLIARD_TASK_H_
#define BILLIARD_TASK_H_

#include "billiard/error.h"

/* A job in the worker that runs it; valid inside the task function (worker.h has its functions). */
typedef struct bp_job bp_job;

/* A task: reads the job's payload, then calls bp_job_reply or bp_job_fail once. Returning without
 * either answers with no bytes when the return value is 0, and else fails the job with
 * "task returned N"; a reply that was refused (BP_TOO_LARGE) fails it with the refusal's words.
 * `context` is what was given at registration. */
typedef int (*bp_task_fn)(bp_job* job, void* context);

/* The function that a task module exports under the name `bp_module_init`: it registers its tasks
 * and returns BP_OK, or the status with which loading is to fail. */
typedef bp_status (*bp_module_init_fn)(bp_error** error);

BP_BEGIN_C

/* Registers a task under `name` (1 to 255 bytes, no NUL) in this process.
 * Owner: the name is copied; `context` must outlive the registration. Threads: any.
 * Fork: a forked child inherits the registry. Blocks: never.
 * Errors: BP_INVALID (name, function), BP_EXISTS (the name has another function). */
BP_API bp_status bp_task_register(const char* name, bp_task_fn function, void* context,
                                  bp_error** error);

/* Loads a shared object and lets its bp_module_init register tasks. The module stays loaded; loading
 * it twice is harmless.
 * Owner: the path is copied. Threads: any. Fork: a forked child has it loaded. Blocks: for disk.
 * Errors: BP_INVALID (path), BP_NOT_FOUND (no such module, or it has no bp_module_init; the message
 * has the loader's words), or what bp_module_init returned. */
BP_API bp_status bp_task_load_module(const char* path, bp_error** error);

BP_END_C

#endif /* BILLIARD_TASK_H_ */
