/* Objects in shared memory as most scenarios need them; every failure here is unexpected. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_OBJECTS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_OBJECTS_H_

#include <stdint.h>

#include "billiard/bp.h"

enum { kMaxName = 201 };

/* The name of the scenario's object, which its assistant opens too. */
void object_name(char name[kMaxName]);

/* Options of the object `name`; NULL: anonymous. */
bp_object_options options_of(const char* name);

/* NULL as name: an anonymous one. */
bp_lock* open_lock(const char* name);
bp_condition* open_condition(const char* name);
bp_event* open_event(const char* name);
bp_barrier* open_barrier(const char* name, int64_t parties);
/* A value of type q. */
bp_value* open_number(const char* name);
/* Delivers at least once. */
bp_queue* open_reliable_queue(const char* name);
/* Of `value` units that note who took them. */
bp_semaphore* open_tracked_semaphore(const char* name, int64_t value);

/* The outcome of an acquire or a wait: "true", "false" when its time was over, "true recovered" when
 * the last holder had died. */
const char* taken(bp_status status);

/* "true" or "false". */
const char* truth(int value);

/* Pauses for a millisecond, in loops that wait for something that can only be looked at. */
void pause_a_moment(void);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_OBJECTS_H_ */
