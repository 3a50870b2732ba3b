/* Neutral helper for all bindings: map.h and imap.h with their structs taken apart into single
 * arguments. The contract of each is that of the function that it names. */
#ifndef BILLIARD_BINDINGS_INTERFACE_MAPS_H_
#define BILLIARD_BINDINGS_INTERFACE_MAPS_H_

#include "billiard/bp.h"
#include "bindings/interface/calls.h"
#include "bindings/interface/job_options.h"

BP_BEGIN_C

/* bp_map_async over the messages that were added to `items`; 0 in chunk_size means its default.
 * `interrupt` ends the wait for places among max_jobs. */
bp_status bpi_map_async(bp_pool* pool, const char* task, const bpi_batch* items,
                        uint64_t chunk_size, const bpi_job_options* options,
                        int64_t submit_timeout_ns, bp_interrupt* interrupt, bp_map_result** out,
                        bp_error** error);

/* bp_map_result_pids, one by one: the process id of the worker `index`, 0 behind the last. */
int32_t bpi_map_result_pid(const bp_map_result* result, size_t index);

/* bp_imap when `ordered` is 1, else bp_imap_unordered, without a feed function; 0 in chunk_size and
 * look_ahead means their defaults. */
bp_status bpi_imap(bp_pool* pool, const char* task, int32_t ordered, uint64_t chunk_size,
                   uint64_t look_ahead, const bpi_job_options* options, int64_t submit_timeout_ns,
                   bp_interrupt* interrupt, bp_imap_iterator** out, bp_error** error);

/* bp_imap_fail. Each text may be NULL. */
bp_status bpi_imap_fail(bp_imap_iterator* iterator, const char* class_name, const char* message,
                        const char* backtrace, bp_error** error);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_MAPS_H_ */
