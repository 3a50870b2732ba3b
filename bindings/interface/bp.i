/* What the bindings see of the C ABI, listed once for every language.
 *
 * A language's module file names its module and includes this file:
 *
 *   %module "billiard::native"
 *   %include "bindings/interface/bp.i"
 *
 * "language_typemaps.i" is found by the include path: it holds what one language does its own way
 * (how bytes, errors and out-parameters cross, how a blocking call waits). Nothing here knows a
 * language.
 *
 * Closed by default: a name that is not opened below is not wrapped. What was opened and does not
 * exist is found by the bindings' tests, which use every name. */

%{
#include "billiard/bp.h"
#include "bindings/interface/calls.h"
#include "bindings/interface/job_options.h"
#include "bindings/interface/maps.h"
#include "bindings/interface/pool_builder.h"
%}

%include <stdint.i>

%ignore "";
%rename("%s", %$isenum) "";
%rename("%s", %$isenumitem) "";
%ignore BP_STATUS_LAST_;

%define BPI_OPEN(name)
%rename("%s") name;
%enddef

/* common.h, version.h, status.h */
BPI_OPEN(BP_VERSION)
BPI_OPEN(bp_version)
BPI_OPEN(bp_cpus_available)
BPI_OPEN(bp_status_name)
BPI_OPEN(bp_status_text)
BPI_OPEN(bp_exit_status_text)

/* error.h */
BPI_OPEN(bp_error_status)
BPI_OPEN(bp_error_message)
BPI_OPEN(bp_error_errno)
BPI_OPEN(bp_error_class)
BPI_OPEN(bp_error_backtrace)
BPI_OPEN(bp_error_job)
BPI_OPEN(bp_error_pid)
BPI_OPEN(bp_error_exit_status)
BPI_OPEN(bp_error_out_of_memory)
BPI_OPEN(bp_error_release)

/* log.h */
BPI_OPEN(bp_log_to_stderr)
BPI_OPEN(bp_log_to_file)
BPI_OPEN(bp_log_to_fd)
BPI_OPEN(bp_log_stop)
BPI_OPEN(bp_log_set_level)
BPI_OPEN(bp_log_get_level)
BPI_OPEN(bp_log_enabled)
BPI_OPEN(bp_log_write)
BPI_OPEN(bp_log_set_format)
BPI_OPEN(bp_log_set_name)
BPI_OPEN(BP_LOG_FORMAT_JSON)
BPI_OPEN(bp_log_process_name)
BPI_OPEN(bp_log_set_process_name)

/* interrupt.h */
BPI_OPEN(bp_interrupt_create)
BPI_OPEN(bp_interrupt_raise)
BPI_OPEN(bp_interrupt_reset)
BPI_OPEN(bp_interrupt_is_raised)
BPI_OPEN(bp_interrupt_release)

/* result.h */
BPI_OPEN(bp_result_job)
BPI_OPEN(bp_result_ready)
BPI_OPEN(bp_result_wait)
BPI_OPEN(bp_result_get)
BPI_OPEN(bp_result_pid)
BPI_OPEN(bp_result_cancel)
BPI_OPEN(bp_result_terminate)
BPI_OPEN(bp_result_release)

/* worker.h */
BPI_OPEN(bp_worker_requested)
BPI_OPEN(bp_worker_attach)
BPI_OPEN(bp_worker_failed)
BPI_OPEN(bp_worker_next)
BPI_OPEN(bp_worker_wait)
BPI_OPEN(bp_worker_exit_status)
BPI_OPEN(bp_worker_index)
BPI_OPEN(bp_worker_group)
BPI_OPEN(bp_worker_name)
BPI_OPEN(bp_worker_release)
BPI_OPEN(bp_job_id)
BPI_OPEN(bp_job_task)
BPI_OPEN(bp_job_payload)
BPI_OPEN(bp_job_soft_limit_reached)
BPI_OPEN(bp_job_reply)

/* pool.h */
BPI_OPEN(bp_pool_wait_ready)
BPI_OPEN(bp_pool_close)
BPI_OPEN(bp_pool_terminate)
BPI_OPEN(bp_pool_terminate_job)
BPI_OPEN(bp_pool_get_slots)
BPI_OPEN(bp_pool_answer_job)
BPI_OPEN(bp_pool_join)
BPI_OPEN(bp_pool_release)

/* pool_events.h */
BPI_OPEN(BP_EVENTS_WORKERS)
BPI_OPEN(BP_EVENTS_LIMITS)
BPI_OPEN(bp_pool_fd)
BPI_OPEN(bp_pool_read_events)
BPI_OPEN(bp_pool_step)

/* pool_workers.h */
BPI_OPEN(bp_pool_grow)
BPI_OPEN(bp_pool_shrink)
BPI_OPEN(bp_pool_restart)
BPI_OPEN(bp_pool_refork)
BPI_OPEN(bp_pool_did_start_ok)
BPI_OPEN(bp_pool_maintain)

/* pool_watch.h; what a look finds is a snapshot of calls.h */
BPI_OPEN(bp_pool_watch_open)
BPI_OPEN(bp_pool_watch_release)

/* queue.h */
BPI_OPEN(bp_queue_put)
BPI_OPEN(bp_queue_get)
BPI_OPEN(bp_queue_wait_get)
BPI_OPEN(bp_queue_wait_put)
BPI_OPEN(bp_queue_size)
BPI_OPEN(bp_queue_capacity)
BPI_OPEN(bp_queue_lost)
BPI_OPEN(bp_queue_close)
BPI_OPEN(bp_queue_close_all)
BPI_OPEN(bp_queue_release)
BPI_OPEN(bp_queue_commit)
BPI_OPEN(bp_reservation_release)
BPI_OPEN(bp_queue_take)
BPI_OPEN(bp_message_payload)
BPI_OPEN(bp_message_redelivered)
BPI_OPEN(bp_message_ack)
BPI_OPEN(bp_message_return)
BPI_OPEN(bp_message_release)
BPI_OPEN(bp_queue_task_done)
BPI_OPEN(bp_queue_join)
BPI_OPEN(bp_queue_unfinished)
BPI_OPEN(bp_queue_held_by_dead)
BPI_OPEN(bp_queue_delivery)
BPI_OPEN(bp_queue_joinable)
BPI_OPEN(bp_queue_close_fd)
BPI_OPEN(bp_queue_segment_fd)
BPI_OPEN(bp_queue_attach_fd)

/* calls.h: option and result structs taken apart */
BPI_OPEN(bpi_apply_async)
BPI_OPEN(bpi_job_fail)
BPI_OPEN(bpi_queue_create)
BPI_OPEN(bpi_queue_open)
BPI_OPEN(bpi_queue_create_special)
BPI_OPEN(bpi_queue_open_special)
BPI_OPEN(bpi_queue_fd)
BPI_OPEN(bpi_queue_reserve_copy)
BPI_OPEN(bpi_batch_new)
BPI_OPEN(bpi_batch_add)
BPI_OPEN(bpi_batch_count)
BPI_OPEN(bpi_batch_message)
BPI_OPEN(bpi_batch_done)
BPI_OPEN(bpi_batch_free)
BPI_OPEN(bpi_queue_put_batch)
BPI_OPEN(bpi_queue_get_batch)
BPI_OPEN(bpi_names_new)
BPI_OPEN(bpi_names_add)
BPI_OPEN(bpi_names_free)
BPI_OPEN(bpi_worker_ready)
BPI_OPEN(bpi_worker_ready_with)
BPI_OPEN(bpi_pool_worker_sentinel)
BPI_OPEN(bpi_snapshot_take)
BPI_OPEN(bpi_snapshot_watch)
BPI_OPEN(bpi_snapshot_group)
BPI_OPEN(bpi_snapshot_stats)
BPI_OPEN(bpi_snapshot_worker)
BPI_OPEN(bpi_snapshot_worker_count)
BPI_OPEN(bpi_snapshot_free)

/* job_options.h */
BPI_OPEN(bpi_job_options_new)
BPI_OPEN(bpi_job_options_free)
BPI_OPEN(bpi_job_options_set_format)
BPI_OPEN(bpi_job_options_set_group)
BPI_OPEN(bpi_job_options_set_notify)
BPI_OPEN(bpi_job_options_set_time_limit)
BPI_OPEN(bpi_job_options_set_soft_time_limit)
BPI_OPEN(bpi_job_options_set_expiry)
BPI_OPEN(bpi_job_options_set_max_retries)
BPI_OPEN(bpi_job_options_set_priority)
BPI_OPEN(bpi_job_options_set_wait_for_slot)
BPI_OPEN(bpi_job_options_set_notify_accepted)
BPI_OPEN(bpi_apply_with)

/* map.h, imap.h; maps.h has what is taken apart */
BPI_OPEN(bp_map_result_id)
BPI_OPEN(bp_map_result_ready)
BPI_OPEN(bp_map_result_accepted)
BPI_OPEN(bp_map_result_wait)
BPI_OPEN(bp_map_result_get)
BPI_OPEN(bp_map_result_count)
BPI_OPEN(bp_map_result_item)
BPI_OPEN(bp_map_result_release)
BPI_OPEN(bp_imap_id)
BPI_OPEN(bp_imap_room)
BPI_OPEN(bp_imap_put)
BPI_OPEN(bp_imap_end)
BPI_OPEN(bp_imap_wait)
BPI_OPEN(bp_imap_next)
BPI_OPEN(bp_imap_release)
BPI_OPEN(bpi_map_async)
BPI_OPEN(bpi_map_result_pid)
BPI_OPEN(bpi_imap)
BPI_OPEN(bpi_imap_fail)

/* The two structs that a snapshot shows, read only. */
%immutable;
%nodefaultctor;
%nodefaultdtor;
%rename(PoolStats) bp_pool_stats;
BPI_OPEN(bp_pool_stats::submitted)
BPI_OPEN(bp_pool_stats::queued)
BPI_OPEN(bp_pool_stats::running)
BPI_OPEN(bp_pool_stats::succeeded)
BPI_OPEN(bp_pool_stats::failed)
BPI_OPEN(bp_pool_stats::lost)
BPI_OPEN(bp_pool_stats::terminated)
BPI_OPEN(bp_pool_stats::restarts)
BPI_OPEN(bp_pool_stats::workers)
BPI_OPEN(bp_pool_stats::ready)
BPI_OPEN(bp_pool_stats::template_pid)
BPI_OPEN(bp_pool_stats::timed_out)
BPI_OPEN(bp_pool_stats::over_memory)
BPI_OPEN(bp_pool_stats::expired)
BPI_OPEN(bp_pool_stats::restarts_lost)
BPI_OPEN(bp_pool_stats::restarts_recycled)
BPI_OPEN(bp_pool_stats::restarts_boot)
BPI_OPEN(bp_pool_stats::restarts_asked)
%rename(WorkerInfo) bp_worker_info;
BPI_OPEN(bp_worker_info::index)
BPI_OPEN(bp_worker_info::pid)
BPI_OPEN(bp_worker_info::state)
BPI_OPEN(bp_worker_info::group)
BPI_OPEN(bp_worker_info::job)
BPI_OPEN(bp_worker_info::since_ns)
BPI_OPEN(bp_worker_info::jobs_done)
BPI_OPEN(bp_worker_info::starts)
BPI_OPEN(bp_worker_info::memory_kib)

/* pool_builder.h: pool options, one call at a time. Function pointers (fork_process, worker_main)
 * are set by each language's own C code. */
BPI_OPEN(bpi_pool_builder_new)
BPI_OPEN(bpi_pool_builder_free)
BPI_OPEN(bpi_pool_builder_set_force_fork)
BPI_OPEN(bpi_pool_builder_set_max_boot_failures)
BPI_OPEN(bpi_pool_builder_set_max_jobs)
BPI_OPEN(bpi_pool_builder_set_max_payload)
BPI_OPEN(bpi_pool_builder_set_start_timeout)
BPI_OPEN(bpi_pool_builder_set_boot_timeout)
BPI_OPEN(bpi_pool_builder_set_events)
BPI_OPEN(bpi_pool_builder_set_event_loop)
BPI_OPEN(bpi_pool_builder_set_max_workers)
BPI_OPEN(bpi_pool_builder_set_max_restarts)
BPI_OPEN(bpi_pool_builder_set_restart_window)
BPI_OPEN(bpi_pool_builder_set_time_limit)
BPI_OPEN(bpi_pool_builder_set_soft_time_limit)
BPI_OPEN(bpi_pool_builder_set_terminate_grace)
BPI_OPEN(bpi_pool_builder_set_max_jobs_per_worker)
BPI_OPEN(bpi_pool_builder_set_max_memory_per_worker)
BPI_OPEN(bpi_pool_builder_set_slots)
BPI_OPEN(bpi_pool_builder_set_wait_for_slot)
BPI_OPEN(bpi_pool_builder_set_synack)
BPI_OPEN(bpi_pool_builder_set_synack_timeout)
BPI_OPEN(bpi_pool_builder_set_name)
BPI_OPEN(bpi_pool_builder_set_lost_worker_timeout)
BPI_OPEN(bpi_pool_builder_set_template_path)
BPI_OPEN(bpi_pool_builder_add_group)
BPI_OPEN(bpi_pool_builder_add_command_word)
BPI_OPEN(bpi_pool_builder_add_environment)
BPI_OPEN(bpi_pool_builder_add_task)
BPI_OPEN(bpi_pool_builder_create)

%include "language_typemaps.i"

/* Macros whose values SWIG can not read from the headers. */
BPI_OPEN(BP_FOREVER)
BPI_OPEN(BP_NO_JOB)
BPI_OPEN(BP_EXIT_UNKNOWN)
%constant int64_t BP_FOREVER = BP_FOREVER;
%constant uint64_t BP_NO_JOB = BP_NO_JOB;
%constant int32_t BP_EXIT_UNKNOWN = BP_EXIT_UNKNOWN;

%include "billiard/common.h"
%include "billiard/version.h"
%include "billiard/status.h"
%include "billiard/error.h"
%include "billiard/log.h"
%include "billiard/interrupt.h"
%include "billiard/result.h"
%include "billiard/task.h"
%include "billiard/worker.h"
%include "billiard/pool_events.h"
%include "billiard/pool.h"
%include "billiard/pool_workers.h"
%include "billiard/pool_watch.h"
%include "billiard/map.h"
%include "billiard/imap.h"
%include "billiard/queue.h"
%include "bindings/interface/calls.h"
%include "bindings/interface/job_options.h"
%include "bindings/interface/maps.h"
%include "bindings/interface/pool_builder.h"
