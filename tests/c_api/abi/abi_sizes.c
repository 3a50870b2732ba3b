/* Prints the layout of every public struct, one line a field: struct, field, offset, size. Changes
 * here break programs that are compiled already; c_api/abi_baseline/layout.txt keeps what was. */
#include <stddef.h>
#include <stdio.h>

#include "billiard/bp.h"

#define SHOW_STRUCT(type) printf("%s %zu\n", #type, sizeof(type))
#define SHOW(type, field) \
  printf("%s.%s %zu %zu\n", #type, #field, offsetof(type, field), sizeof(((type*)0)->field))

static void show_bytes(void) {
  SHOW_STRUCT(bp_view);
  SHOW(bp_view, data);
  SHOW(bp_view, size);
  SHOW(bp_view, format);
  SHOW_STRUCT(bp_buffer);
  SHOW(bp_buffer, data);
  SHOW(bp_buffer, size);
  SHOW(bp_buffer, format);
}

static void show_pool_event(void) {
  SHOW_STRUCT(bp_pool_event);
  SHOW(bp_pool_event, job);
  SHOW(bp_pool_event, time_ns);
  SHOW(bp_pool_event, soft_ns);
  SHOW(bp_pool_event, hard_ns);
  SHOW(bp_pool_event, kind);
  SHOW(bp_pool_event, pid);
  SHOW(bp_pool_event, index);
  SHOW(bp_pool_event, group);
  SHOW(bp_pool_event, exit_status);
  SHOW(bp_pool_event, count);
}

static void show_pool_options(void) {
  SHOW_STRUCT(bp_pool_options);
  SHOW(bp_pool_options, size);
  SHOW(bp_pool_options, workers);
  SHOW(bp_pool_options, start_method);
  SHOW(bp_pool_options, command);
  SHOW(bp_pool_options, environment);
  SHOW(bp_pool_options, worker_main);
  SHOW(bp_pool_options, worker_main_context);
  SHOW(bp_pool_options, tasks);
  SHOW(bp_pool_options, groups);
  SHOW(bp_pool_options, group_count);
  SHOW(bp_pool_options, fork_process);
  SHOW(bp_pool_options, fork_context);
  SHOW(bp_pool_options, force_fork);
  SHOW(bp_pool_options, max_boot_failures);
  SHOW(bp_pool_options, max_jobs);
  SHOW(bp_pool_options, max_payload);
  SHOW(bp_pool_options, start_timeout_ns);
  SHOW(bp_pool_options, boot_timeout_ns);
  SHOW(bp_pool_options, template_path);
  SHOW(bp_pool_options, events);
  SHOW(bp_pool_options, event_loop);
  SHOW(bp_pool_options, on_event);
  SHOW(bp_pool_options, on_event_context);
  SHOW(bp_pool_options, max_workers);
  SHOW(bp_pool_options, max_restarts);
  SHOW(bp_pool_options, restart_window_ns);
  SHOW(bp_pool_options, time_limit_ns);
  SHOW(bp_pool_options, terminate_grace_ns);
  SHOW(bp_pool_options, soft_time_limit_ns);
  SHOW(bp_pool_options, max_jobs_per_worker);
  SHOW(bp_pool_options, max_memory_per_worker_kib);
  SHOW(bp_pool_options, hooks);
  SHOW(bp_pool_options, slots);
  SHOW(bp_pool_options, wait_for_slot);
  SHOW(bp_pool_options, synack);
  SHOW(bp_pool_options, synack_timeout_ns);
  SHOW(bp_pool_options, name);
  SHOW(bp_pool_options, lost_worker_timeout_ns);
}

static void show_group_options(void) {
  SHOW_STRUCT(bp_group_options);
  SHOW(bp_group_options, size);
  SHOW(bp_group_options, name);
  SHOW(bp_group_options, workers);
  SHOW(bp_group_options, start_method);
  SHOW(bp_group_options, command);
  SHOW(bp_group_options, environment);
  SHOW(bp_group_options, worker_main);
  SHOW(bp_group_options, worker_main_context);
  SHOW(bp_group_options, tasks);
  SHOW(bp_group_options, hooks);
}

static void show_worker_options(void) {
  SHOW_STRUCT(bp_ready_options);
  SHOW(bp_ready_options, size);
  SHOW(bp_ready_options, soft_signal);
  SHOW(bp_ready_options, interrupt);
  SHOW_STRUCT(bp_worker_hooks);
  SHOW(bp_worker_hooks, size);
  SHOW(bp_worker_hooks, context);
  SHOW(bp_worker_hooks, initializer);
  SHOW(bp_worker_hooks, on_loop_start);
  SHOW(bp_worker_hooks, on_loop_stop);
  SHOW(bp_worker_hooks, on_process_exit);
  SHOW(bp_worker_hooks, prepare_result);
}

static void show_imap_options(void) {
  SHOW_STRUCT(bp_imap_options);
  SHOW(bp_imap_options, size);
  SHOW(bp_imap_options, chunk_size);
  SHOW(bp_imap_options, look_ahead);
  SHOW(bp_imap_options, feed);
  SHOW(bp_imap_options, feed_context);
  SHOW(bp_imap_options, job);
}

static void show_map_options(void) {
  SHOW_STRUCT(bp_map_options);
  SHOW(bp_map_options, size);
  SHOW(bp_map_options, chunk_size);
  SHOW(bp_map_options, job);
}

static void show_job_options(void) {
  SHOW_STRUCT(bp_job_options);
  SHOW(bp_job_options, size);
  SHOW(bp_job_options, format);
  SHOW(bp_job_options, group);
  SHOW(bp_job_options, submit_timeout_ns);
  SHOW(bp_job_options, interrupt);
  SHOW(bp_job_options, notify);
  SHOW(bp_job_options, time_limit_ns);
  SHOW(bp_job_options, soft_time_limit_ns);
  SHOW(bp_job_options, expires_ns);
  SHOW(bp_job_options, max_retries);
  SHOW(bp_job_options, priority);
  SHOW(bp_job_options, wait_for_slot);
  SHOW(bp_job_options, notify_accepted);
  SHOW(bp_job_options, correlation_id);
  SHOW(bp_job_options, callbacks);
  SHOW_STRUCT(bp_job_callbacks);
  SHOW(bp_job_callbacks, size);
  SHOW(bp_job_callbacks, context);
  SHOW(bp_job_callbacks, accepted);
  SHOW(bp_job_callbacks, timeout);
  SHOW(bp_job_callbacks, done);
}

static void show_snapshots(void) {
  SHOW_STRUCT(bp_worker_info);
  SHOW(bp_worker_info, index);
  SHOW(bp_worker_info, pid);
  SHOW(bp_worker_info, state);
  SHOW(bp_worker_info, group);
  SHOW(bp_worker_info, job);
  SHOW(bp_worker_info, since_ns);
  SHOW(bp_worker_info, jobs_done);
  SHOW(bp_worker_info, starts);
  SHOW_STRUCT(bp_pool_stats);
  SHOW(bp_pool_stats, size);
  SHOW(bp_pool_stats, submitted);
  SHOW(bp_pool_stats, queued);
  SHOW(bp_pool_stats, running);
  SHOW(bp_pool_stats, succeeded);
  SHOW(bp_pool_stats, failed);
  SHOW(bp_pool_stats, lost);
  SHOW(bp_pool_stats, terminated);
  SHOW(bp_pool_stats, restarts);
  SHOW(bp_pool_stats, workers);
  SHOW(bp_pool_stats, ready);
  SHOW(bp_pool_stats, template_pid);
}

static void show_queue_and_failure(void) {
  SHOW_STRUCT(bp_queue_options);
  SHOW(bp_queue_options, size);
  SHOW(bp_queue_options, capacity);
  SHOW(bp_queue_options, max_message);
  SHOW(bp_queue_options, max_bytes);
  SHOW(bp_queue_options, delivery);
  SHOW(bp_queue_options, joinable);
  SHOW_STRUCT(bp_failure);
  SHOW(bp_failure, size);
  SHOW(bp_failure, class_name);
  SHOW(bp_failure, message);
  SHOW(bp_failure, backtrace);
}

static void show_objects(void) {
  SHOW_STRUCT(bp_segment_options);
  SHOW(bp_segment_options, size);
  SHOW(bp_segment_options, max_bytes);
  SHOW_STRUCT(bp_segment_stats);
  SHOW(bp_segment_stats, size);
  SHOW(bp_segment_stats, max_bytes);
  SHOW(bp_segment_stats, objects);
  SHOW(bp_segment_stats, bytes_in_use);
  SHOW(bp_segment_stats, bytes_committed);
  SHOW(bp_segment_stats, processes);
  SHOW_STRUCT(bp_object_options);
  SHOW(bp_object_options, size);
  SHOW(bp_object_options, segment);
  SHOW(bp_object_options, name);
  SHOW(bp_object_options, flags);
  SHOW(bp_object_options, lock);
  SHOW(bp_object_options, rlock);
}

static void show_connections(void) {
  SHOW_STRUCT(bp_pipe_options);
  SHOW(bp_pipe_options, size);
  SHOW(bp_pipe_options, one_way);
  SHOW(bp_pipe_options, first_nonblocking);
  SHOW(bp_pipe_options, second_nonblocking);
  SHOW(bp_pipe_options, max_message);
  SHOW_STRUCT(bp_connection_options);
  SHOW(bp_connection_options, size);
  SHOW(bp_connection_options, no_read);
  SHOW(bp_connection_options, no_write);
  SHOW(bp_connection_options, nonblocking);
  SHOW(bp_connection_options, max_message);
  SHOW_STRUCT(bp_listener_options);
  SHOW(bp_listener_options, size);
  SHOW(bp_listener_options, family);
  SHOW(bp_listener_options, backlog);
  SHOW(bp_listener_options, key);
  SHOW(bp_listener_options, key_size);
  SHOW(bp_listener_options, handshake_timeout_ns);
  SHOW(bp_listener_options, max_pending);
  SHOW(bp_listener_options, any_user);
  SHOW(bp_listener_options, max_message);
  SHOW_STRUCT(bp_client_options);
  SHOW(bp_client_options, size);
  SHOW(bp_client_options, family);
  SHOW(bp_client_options, any_user);
  SHOW(bp_client_options, key);
  SHOW(bp_client_options, key_size);
  SHOW(bp_client_options, time_limit_ns);
  SHOW(bp_client_options, max_message);
}

static void show_process_options(void) {
  SHOW_STRUCT(bp_process_options);
  SHOW(bp_process_options, size);
  SHOW(bp_process_options, name);
  SHOW(bp_process_options, context);
  SHOW(bp_process_options, daemon);
  SHOW(bp_process_options, force_fork);
  SHOW(bp_process_options, function);
  SHOW(bp_process_options, function_context);
  SHOW(bp_process_options, entry);
  SHOW(bp_process_options, command);
  SHOW(bp_process_options, environment);
  SHOW(bp_process_options, data);
  SHOW(bp_process_options, data_size);
  SHOW(bp_process_options, fds);
  SHOW(bp_process_options, fd_count);
  SHOW(bp_process_options, start_timeout_ns);
  SHOW(bp_process_options, fork_process);
  SHOW(bp_process_options, fork_context);
  SHOW_STRUCT(bp_finalizer_options);
  SHOW(bp_finalizer_options, size);
  SHOW(bp_finalizer_options, has_priority);
  SHOW(bp_finalizer_options, priority);
  SHOW(bp_finalizer_options, owned);
}

/* Enum values travel as numbers: a changed one is as bad as a moved field. */
static void show_enums(void) {
#define SHOW_STATUS(name, number, text) printf("%s = %d\n", #name, (int)name);
  BP_STATUS_LIST(SHOW_STATUS)
#undef SHOW_STATUS
#define SHOW_VALUE(name) printf("%s = %d\n", #name, (int)name)
  SHOW_VALUE(BP_FORMAT_RAW);
  SHOW_VALUE(BP_FORMAT_MSGPACK);
  SHOW_VALUE(BP_FORMAT_RUBY_MARSHAL);
  SHOW_VALUE(BP_FORMAT_LUA_DUMP);
  SHOW_VALUE(BP_AT_MOST_ONCE);
  SHOW_VALUE(BP_AT_LEAST_ONCE);
  SHOW_VALUE(BP_START_DEFAULT);
  SHOW_VALUE(BP_START_FORK);
  SHOW_VALUE(BP_START_SPAWN);
  SHOW_VALUE(BP_WORKER_EMPTY);
  SHOW_VALUE(BP_WORKER_STARTING);
  SHOW_VALUE(BP_WORKER_IDLE);
  SHOW_VALUE(BP_WORKER_BUSY);
  SHOW_VALUE(BP_WORKER_LEAVING);
  SHOW_VALUE(BP_SOFT_SIGNAL_NONE);
  SHOW_VALUE(BP_SOFT_SIGNAL_OWN);
  SHOW_VALUE(BP_SOFT_SIGNAL_HANDLER);
  SHOW_VALUE(BP_FIFO);
  SHOW_VALUE(BP_TRACKED);
  SHOW_VALUE(BP_NO_LOCK);
  SHOW_VALUE(BP_WRAP);
  SHOW_VALUE(BP_HELD_BY_NOBODY);
  SHOW_VALUE(BP_HELD_BY_CALLER);
  SHOW_VALUE(BP_HELD_BY_THREAD);
  SHOW_VALUE(BP_HELD_BY_PROCESS);
  SHOW_VALUE(BP_HELD_BY_DEAD);
  SHOW_VALUE(BP_LOG_NOTSET);
  SHOW_VALUE(BP_LOG_SUBDEBUG);
  SHOW_VALUE(BP_LOG_DEBUG);
  SHOW_VALUE(BP_LOG_INFO);
  SHOW_VALUE(BP_LOG_SUBWARNING);
  SHOW_VALUE(BP_LOG_WARNING);
  SHOW_VALUE(BP_LOG_ERROR);
  SHOW_VALUE(BP_FAMILY_ANY);
  SHOW_VALUE(BP_FAMILY_UNIX);
  SHOW_VALUE(BP_FAMILY_INET);
  SHOW_VALUE(BP_FAMILY_INET6);
}

int main(void) {
  show_bytes();
  show_pool_event();
  show_pool_options();
  show_group_options();
  show_worker_options();
  show_job_options();
  show_map_options();
  show_imap_options();
  show_snapshots();
  show_queue_and_failure();
  show_objects();
  show_process_options();
  show_connections();
  show_enums();
  return 0;
}
