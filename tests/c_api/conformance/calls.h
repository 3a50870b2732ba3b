/* Pools and calls as most scenarios need them; every failure here is unexpected. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_CALLS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_CALLS_H_

#include <stddef.h>
#include <stdint.h>

#include "billiard/bp.h"
#include "tests/c_api/conformance/values.h"

/* A pool of forks of this program, so with the tasks of tasks.h. */
bp_pool* pool_of(int32_t workers);

/* The same with an own limit of payloads. */
bp_pool* pool_with_max_payload(int32_t workers, uint64_t max_payload);

/* Submits; may fail as the library says. */
bp_status try_submit(bp_pool* pool, const char* task, const encoder* arguments, bp_result** out,
                     bp_error** error);

/* Submits task(numbers ...), task(text), task(bytes as they are). */
bp_result* submit_integer(bp_pool* pool, const char* task, int64_t number);
bp_result* submit_text(bp_pool* pool, const char* task, const char* text);
bp_result* submit_raw(bp_pool* pool, const char* task, const void* data, size_t size);

/* Waits without limit for a value. */
bp_view value_of(bp_result* result);
int64_t integer_value(bp_result* result);

/* Waits until a worker is busy with this result's job, and returns what the pool says of it. */
bp_worker_info wait_until_begun(bp_pool* pool, bp_result* result);

/* Adds "; then ok 42", if add(40, 2) gives that. */
void add_follow_up(bp_pool* pool);

/* Opens the scenario's queue of this suffix, with defaults. */
bp_queue* open_queue(const char* suffix);
void put_text(bp_queue* queue, const char* text);
void put_integer(bp_queue* queue, int64_t number);
/* timeout 0 */
int64_t get_integer(bp_queue* queue);

/* Adds LEAD "ok VALUE" with the text that the job returns. */
void add_text(const char* lead, bp_result* result);

/* Adds "; then ok VALUE" with the text that the job returns, after the queue got "go". */
void release_and_add(bp_queue* queue, bp_result* result);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_CALLS_H_ */
