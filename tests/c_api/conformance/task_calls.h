/* How a task of the runner reads its arguments and answers. Each gives what the task returns: 0, or how it
 * failed. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_TASK_CALLS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_TASK_CALLS_H_

#include <stddef.h>
#include <stdint.h>

#include "billiard/bp.h"
#include "tests/c_api/conformance/values.h"

int answer(bp_job* job, const void* data, size_t size, uint32_t format);

/* Answers with the value, and ends the encoder. */
int answer_value(bp_job* job, encoder* value);

/* Fails with the class that every runner's own failures have. */
int fail_with(bp_job* job, const char* message);

/* The arguments of the job; a status other than 0 when there are not `count` of them. */
int arguments_of(bp_job* job, msgpack_unpacked* call, uint32_t count);
const msgpack_object* argument(const msgpack_unpacked* call, uint32_t index);

/* The text argument of the call, to be freed. */
char* text_argument(bp_job* job);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_TASK_CALLS_H_ */
