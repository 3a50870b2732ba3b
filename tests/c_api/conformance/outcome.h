/* What a scenario reports: one line of text that it builds up, and helpers that end the program with
 * an "unexpected" outcome when something fails that may not fail. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_OUTCOME_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_OUTCOME_H_

#include <stddef.h>

#include "billiard/bp.h"

/* Starts the outcome of a scenario; `nonce` and `scenario` must outlive it. An assistant, which plays no
 * scenario, gives NULL: it reports failures on standard error. */
void outcome_begin(const char* nonce, const char* scenario);

/* Adds to the outcome, like printf. */
void outcome_add(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the line. */
void outcome_end(void);

/* The token of this run, the scenario, and a name for a queue of it. */
const char* run_nonce(void);
const char* run_scenario(void);
void queue_name(const char* suffix, char name[200]);

/* Ends the program unless the call gives BP_OK (or better). `error` is the variable that the call may
 * have filled: a macro, so that it is read after the call. */
#define must(call, error)           \
  do {                              \
    bp_status must_status = (call); \
    expect_ok(must_status, error);  \
  } while (0)
void expect_ok(bp_status status, bp_error* error);
_Noreturn void unexpected(const char* what);

/* "TIMEOUT" for BP_TIMEOUT. */
const char* short_status(bp_status status);

/* Adds "error STATUS class=CLASS message=TEXT" of a task's failure, "own" for the runners' class; releases
 * the error. */
void add_task_error(bp_status status, bp_error* error);

/* Adds "error STATUS naming TEXT", or the whole message when TEXT is not in it; releases the error. */
void add_error_naming(bp_status status, bp_error* error, const char* text);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_OUTCOME_H_ */
