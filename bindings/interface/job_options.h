/* Neutral helper for all bindings: the options of a job, set one by one, and calls that take them.
 *
 * bp_job_options holds texts and a token, which no language can fill through SWIG. An options object
 * keeps its own copies. It decides nothing: what is not set stays the library's default. It belongs to
 * one thread at a time, and may be used for any number of jobs. */
#ifndef BILLIARD_BINDINGS_INTERFACE_JOB_OPTIONS_H_
#define BILLIARD_BINDINGS_INTERFACE_JOB_OPTIONS_H_

#include "billiard/bp.h"

typedef struct bpi_job_options bpi_job_options;

BP_BEGIN_C

/* All defaults, or NULL when memory is out. Ended with bpi_job_options_free. */
bpi_job_options* bpi_job_options_new(void);
void bpi_job_options_free(bpi_job_options* options);

/* The fields of bp_job_options. `group` may be NULL. */
void bpi_job_options_set_format(bpi_job_options* options, uint32_t format);
void bpi_job_options_set_group(bpi_job_options* options, const char* group);
void bpi_job_options_set_notify(bpi_job_options* options, int32_t notify);
void bpi_job_options_set_time_limit(bpi_job_options* options, int64_t time_limit_ns);
void bpi_job_options_set_soft_time_limit(bpi_job_options* options, int64_t soft_time_limit_ns);
void bpi_job_options_set_expiry(bpi_job_options* options, int64_t expires_ns);
void bpi_job_options_set_max_retries(bpi_job_options* options, int32_t max_retries);
void bpi_job_options_set_priority(bpi_job_options* options, int32_t priority);
void bpi_job_options_set_wait_for_slot(bpi_job_options* options, int32_t wait_for_slot);
void bpi_job_options_set_notify_accepted(bpi_job_options* options, int32_t notify_accepted);

/* bp_apply_async with these options; `interrupt` ends the wait for one of max_jobs places. */
bp_status bpi_apply_with(bp_pool* pool, const char* task, const void* data, size_t size,
                         const bpi_job_options* options, int64_t submit_timeout_ns,
                         bp_interrupt* interrupt, bp_result** out, bp_error** error);

BP_END_C

/* For the other helpers: the struct of the library, complete for one call. It shows texts of `options`. */
bp_job_options bpi_job_options_for_call(const bpi_job_options* options, int64_t submit_timeout_ns,
                                        bp_interrupt* interrupt);

#endif /* BILLIARD_BINDINGS_INTERFACE_JOB_OPTIONS_H_ */
