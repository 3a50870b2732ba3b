/* Neutral helper for all bindings: calls of the library with their option and result structs taken
 * apart into single arguments. They decide nothing; the contract of each is that of the function
 * that it names. */
#ifndef BILLIARD_BINDINGS_INTERFACE_CALLS_H_
#define BILLIARD_BINDINGS_INTERFACE_CALLS_H_

#include "billiard/bp.h"

BP_BEGIN_C

/* bp_apply_async. `group` may be NULL; `interrupt` ends the wait for one of max_jobs places. */
bp_status bpi_apply_async(bp_pool* pool, const char* task, const void* data, size_t size,
                          uint32_t format, const char* group, int32_t notify,
                          int64_t submit_timeout_ns, bp_interrupt* interrupt, bp_result** out,
                          bp_error** error);

/* bp_job_fail. Each text may be NULL. */
bp_status bpi_job_fail(bp_job* job, const char* class_name, const char* message,
                       const char* backtrace, bp_error** error);

/* bp_queue_create and bp_queue_open; 0 in a limit means its default. */
bp_status bpi_queue_create(uint32_t capacity, uint64_t max_message, uint64_t max_bytes,
                           bp_queue** out, bp_error** error);
bp_status bpi_queue_open(const char* name, uint32_t capacity, uint64_t max_message,
                         uint64_t max_bytes, bp_queue** out, bp_error** error);

/* The same for a queue that delivers in its own way (a bp_delivery), or is joinable (1, else 0). */
bp_status bpi_queue_create_special(uint32_t capacity, uint64_t max_message, uint64_t max_bytes,
                                   uint32_t delivery, uint32_t joinable, bp_queue** out,
                                   bp_error** error);
bp_status bpi_queue_open_special(const char* name, uint32_t capacity, uint64_t max_message,
                                 uint64_t max_bytes, uint32_t delivery, uint32_t joinable,
                                 bp_queue** out, bp_error** error);

/* bp_queue_fd; -1 when there is none. */
int bpi_queue_fd(bp_queue* queue);

/* Messages on their way in or out of a queue together. Added bytes are copied; shown ones live until
 * the batch is freed. */
typedef struct bpi_batch bpi_batch;
bpi_batch* bpi_batch_new(void);
void bpi_batch_add(bpi_batch* batch, const void* data, size_t size, uint32_t format);
size_t bpi_batch_count(const bpi_batch* batch);
bp_view bpi_batch_message(const bpi_batch* batch, size_t index);
void bpi_batch_free(bpi_batch* batch);

/* bp_queue_put_batch; bpi_batch_done says how many are in, also after a failure. */
bp_status bpi_queue_put_batch(bp_queue* queue, bpi_batch* batch, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_error** error);
size_t bpi_batch_done(const bpi_batch* batch);

/* bp_queue_get_batch, into an empty batch. */
bp_status bpi_queue_get_batch(bp_queue* queue, bpi_batch* batch, size_t capacity,
                              int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* bp_queue_put by way of bp_queue_reserve and bp_queue_commit: the bytes are copied once, before the
 * wait, so that a runtime may move them afterwards. */
bp_status bpi_queue_reserve_copy(bp_queue* queue, const void* data, size_t size,
                                 bp_reservation** out, bp_error** error);

/* Texts that were added one by one, as the names of a worker's tasks. */
typedef struct bpi_names bpi_names;
bpi_names* bpi_names_new(void);
void bpi_names_add(bpi_names* names, const char* name);
void bpi_names_free(bpi_names* names);

/* bp_worker_ready with the collected names. */
bp_status bpi_worker_ready(bp_worker* worker, const bpi_names* names, bp_error** error);

/* bp_worker_ready_with: `soft_signal` is a bp_soft_signal, `interrupt` may be NULL. */
bp_status bpi_worker_ready_with(bp_worker* worker, const bpi_names* names, int32_t soft_signal,
                                bp_interrupt* interrupt, bp_error** error);

/* bp_pool_worker_sentinel. */
bp_status bpi_pool_worker_sentinel(bp_pool* pool, int32_t pid, int32_t* fd, bp_error** error);

/* One look at a pool: bp_pool_get_stats and bp_pool_get_workers together. */
typedef struct bpi_snapshot bpi_snapshot;

/* *out is the caller's, ended with bpi_snapshot_free. */
bp_status bpi_snapshot_take(bp_pool* pool, bpi_snapshot** out, bp_error** error);

/* The same of another process's pool, with the names of its groups. */
bp_status bpi_snapshot_watch(bp_pool_watch* watch, bpi_snapshot** out, bp_error** error);

/* The name of a group of a watched pool; "" when that is not known. */
const char* bpi_snapshot_group(const bpi_snapshot* snapshot, int32_t index);

/* Both live as long as the snapshot; NULL for an index that does not exist. */
const bp_pool_stats* bpi_snapshot_stats(const bpi_snapshot* snapshot);
const bp_worker_info* bpi_snapshot_worker(const bpi_snapshot* snapshot, int32_t index);
int32_t bpi_snapshot_worker_count(const bpi_snapshot* snapshot);
void bpi_snapshot_free(bpi_snapshot* snapshot);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_CALLS_H_ */
