/* Neutral helper for all bindings: builds a pool from single calls.
 *
 * bp_pool_options holds arrays of groups and of strings, which no language can fill through SWIG. A
 * builder collects them one by one, keeps its own copies, and calls bp_pool_create. It decides
 * nothing: what is not set stays the library's default.
 *
 * A builder belongs to one thread at a time. Groups are numbered 0, 1, ... in the order in which
 * they were added; a group number that does not exist is ignored. */
#ifndef BILLIARD_BINDINGS_INTERFACE_POOL_BUILDER_H_
#define BILLIARD_BINDINGS_INTERFACE_POOL_BUILDER_H_

#include "billiard/bp.h"

typedef struct bpi_pool_builder bpi_pool_builder;

BP_BEGIN_C

/* A builder with no group, or NULL when memory is out. Ended with bpi_pool_builder_free. */
bpi_pool_builder* bpi_pool_builder_new(void);

/* Frees a builder; NULL is ignored. Pools made from it stay. */
void bpi_pool_builder_free(bpi_pool_builder* builder);

/* The fields of bp_pool_options that concern the whole pool. */
void bpi_pool_builder_set_force_fork(bpi_pool_builder* builder, int32_t force_fork);
void bpi_pool_builder_set_max_boot_failures(bpi_pool_builder* builder, int32_t failures);
void bpi_pool_builder_set_max_jobs(bpi_pool_builder* builder, uint32_t max_jobs);
void bpi_pool_builder_set_max_payload(bpi_pool_builder* builder, uint64_t max_payload);
void bpi_pool_builder_set_start_timeout(bpi_pool_builder* builder, int64_t start_timeout_ns);
void bpi_pool_builder_set_boot_timeout(bpi_pool_builder* builder, int64_t boot_timeout_ns);
void bpi_pool_builder_set_events(bpi_pool_builder* builder, uint32_t events);
void bpi_pool_builder_set_event_loop(bpi_pool_builder* builder, int32_t event_loop);
void bpi_pool_builder_set_max_workers(bpi_pool_builder* builder, int32_t max_workers);
void bpi_pool_builder_set_max_restarts(bpi_pool_builder* builder, int32_t max_restarts);
void bpi_pool_builder_set_restart_window(bpi_pool_builder* builder, int64_t restart_window_ns);
void bpi_pool_builder_set_time_limit(bpi_pool_builder* builder, int64_t time_limit_ns);
void bpi_pool_builder_set_soft_time_limit(bpi_pool_builder* builder, int64_t soft_time_limit_ns);
void bpi_pool_builder_set_terminate_grace(bpi_pool_builder* builder, int64_t terminate_grace_ns);
void bpi_pool_builder_set_max_jobs_per_worker(bpi_pool_builder* builder, uint64_t max_jobs);
void bpi_pool_builder_set_max_memory_per_worker(bpi_pool_builder* builder, int64_t max_memory_kib);
void bpi_pool_builder_set_slots(bpi_pool_builder* builder, int32_t slots);
void bpi_pool_builder_set_wait_for_slot(bpi_pool_builder* builder, int32_t wait_for_slot);
void bpi_pool_builder_set_synack(bpi_pool_builder* builder, int32_t synack);
void bpi_pool_builder_set_synack_timeout(bpi_pool_builder* builder, int64_t synack_timeout_ns);
void bpi_pool_builder_set_name(bpi_pool_builder* builder, const char* name);
void bpi_pool_builder_set_lost_worker_timeout(bpi_pool_builder* builder,
                                              int64_t lost_worker_timeout_ns);
void bpi_pool_builder_set_template_path(bpi_pool_builder* builder, const char* template_path);
void bpi_pool_builder_set_fork_process(bpi_pool_builder* builder, bp_fork_fn fork_process,
                                       void* context);

/* Adds a group and returns its number. `name` may be NULL: a pool whose only group has no name is
 * built from the pool's own fields, so that errors speak of "options.workers". */
int32_t bpi_pool_builder_add_group(bpi_pool_builder* builder, const char* name, int32_t workers,
                                   int32_t start_method);

/* Appends one word to the group's command, one "NAME=value" to its environment, one task name. */
void bpi_pool_builder_add_command_word(bpi_pool_builder* builder, int32_t group, const char* word);
void bpi_pool_builder_add_environment(bpi_pool_builder* builder, int32_t group,
                                      const char* setting);
void bpi_pool_builder_add_task(bpi_pool_builder* builder, int32_t group, const char* task);

/* What the group's forked workers run. */
void bpi_pool_builder_set_worker_main(bpi_pool_builder* builder, int32_t group,
                                      bp_worker_main_fn worker_main, void* context);

/* bp_pool_create with what was collected; see there. The builder can be used again. */
bp_status bpi_pool_builder_create(const bpi_pool_builder* builder, bp_pool** out, bp_error** error);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_POOL_BUILDER_H_ */
