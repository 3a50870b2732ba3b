/* Neutral helper for all bindings: options and statistics of objects in shared memory, taken apart into
 * single arguments. */
#ifndef BILLIARD_BINDINGS_INTERFACE_OBJECTS_H_
#define BILLIARD_BINDINGS_INTERFACE_OBJECTS_H_

#include "billiard/bp.h"

BP_BEGIN_C

/* Options for the bp_X_create calls of one kind of object or another; all but flags may be NULL. The
 * name is copied; the others must outlive the options, which are ended with bpi_object_options_free. */
typedef struct bpi_object_options bpi_object_options;
bpi_object_options* bpi_object_options_new(bp_segment* segment, const char* name, uint32_t flags,
                                           bp_lock* lock, bp_rlock* rlock);
void bpi_object_options_free(bpi_object_options* options);

/* What the calls take; lives as long as the options. */
const bp_object_options* bpi_object_options_get(const bpi_object_options* options);

/* bp_segment_create and bp_segment_open; 0 means the default. */
bp_status bpi_segment_create(uint64_t max_bytes, bp_segment** out, bp_error** error);
bp_status bpi_segment_open(const char* name, uint64_t max_bytes, bp_segment** out,
                           bp_error** error);

/* bp_segment_get_stats. */
bp_status bpi_segment_stats(const bp_segment* segment, uint64_t* max_bytes, uint64_t* objects,
                            uint64_t* bytes_in_use, uint64_t* bytes_committed, uint32_t* processes,
                            bp_error** error);

/* The held_by and the pid of bp_lock_holder and bp_rlock_holder, each alone. */
int32_t bpi_lock_holder_pid(const bp_lock* lock);
int32_t bpi_rlock_holder_pid(const bp_rlock* rlock);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_OBJECTS_H_ */
