/* What the bindings see of objects in shared memory: locks, semaphores, events, conditions, barriers,
 * values, arrays and blocks. A language's module file includes it after bp.i, whose rules hold here
 * too; the typemaps are those of language_typemaps.i. */

%{
#include "bindings/interface/objects.h"
%}

/* segment.h */
BPI_OPEN(bp_segment_create)
BPI_OPEN(bp_segment_default)
BPI_OPEN(bp_segment_open)
BPI_OPEN(bp_segment_attach_fd)
BPI_OPEN(bp_segment_fd)
BPI_OPEN(bp_segment_get_stats)
BPI_OPEN(bp_segment_sweep)
BPI_OPEN(bp_segment_release)

/* memory.h */
BPI_OPEN(bp_memory_create)
BPI_OPEN(bp_memory_attach)
BPI_OPEN(bp_memory_id)
BPI_OPEN(bp_memory_data)
BPI_OPEN(bp_memory_size)
BPI_OPEN(bp_memory_release)

/* lock.h */
BPI_OPEN(bp_lock_create)
BPI_OPEN(bp_lock_attach)
BPI_OPEN(bp_lock_id)
BPI_OPEN(bp_lock_acquire)
BPI_OPEN(bp_lock_wait)
BPI_OPEN(bp_lock_unlock)
BPI_OPEN(bp_lock_holder)
BPI_OPEN(bp_lock_fifo)
BPI_OPEN(bp_lock_describe)
BPI_OPEN(bp_lock_release)

/* rlock.h */
BPI_OPEN(bp_rlock_create)
BPI_OPEN(bp_rlock_attach)
BPI_OPEN(bp_rlock_id)
BPI_OPEN(bp_rlock_acquire)
BPI_OPEN(bp_rlock_wait)
BPI_OPEN(bp_rlock_unlock)
BPI_OPEN(bp_rlock_count)
BPI_OPEN(bp_rlock_holder)
BPI_OPEN(bp_rlock_describe)
BPI_OPEN(bp_rlock_release)

/* semaphore.h */
BPI_OPEN(bp_semaphore_create)
BPI_OPEN(bp_bounded_semaphore_create)
BPI_OPEN(bp_semaphore_attach)
BPI_OPEN(bp_semaphore_id)
BPI_OPEN(bp_semaphore_acquire)
BPI_OPEN(bp_semaphore_wait)
BPI_OPEN(bp_semaphore_post)
BPI_OPEN(bp_semaphore_value)
BPI_OPEN(bp_semaphore_bound)
BPI_OPEN(bp_semaphore_returned)
BPI_OPEN(bp_semaphore_describe)
BPI_OPEN(bp_semaphore_release)

/* event.h */
BPI_OPEN(bp_event_create)
BPI_OPEN(bp_event_attach)
BPI_OPEN(bp_event_id)
BPI_OPEN(bp_event_set)
BPI_OPEN(bp_event_clear)
BPI_OPEN(bp_event_is_set)
BPI_OPEN(bp_event_wait)
BPI_OPEN(bp_event_times_set)
BPI_OPEN(bp_event_wait_since)
BPI_OPEN(bp_event_release)

/* condition.h */
BPI_OPEN(bp_condition_create)
BPI_OPEN(bp_condition_attach)
BPI_OPEN(bp_condition_id)
BPI_OPEN(bp_condition_acquire)
BPI_OPEN(bp_condition_wait_lock)
BPI_OPEN(bp_condition_unlock)
BPI_OPEN(bp_condition_wait)
BPI_OPEN(bp_condition_wait_for)
BPI_OPEN(bp_condition_notify)
BPI_OPEN(bp_condition_notify_all)
BPI_OPEN(bp_condition_waiters)
BPI_OPEN(bp_condition_describe)
BPI_OPEN(bp_condition_get_rlock)
BPI_OPEN(bp_condition_get_lock)
BPI_OPEN(bp_condition_release)
BPI_OPEN(bp_condition_begin_wait)
BPI_OPEN(bp_waiter_wait)
BPI_OPEN(bp_waiter_end)
BPI_OPEN(bp_waiter_wait_lock)
BPI_OPEN(bp_waiter_release)

/* barrier.h */
BPI_OPEN(bp_barrier_create)
BPI_OPEN(bp_barrier_attach)
BPI_OPEN(bp_barrier_id)
BPI_OPEN(bp_barrier_wait)
BPI_OPEN(bp_barrier_abort)
BPI_OPEN(bp_barrier_reset)
BPI_OPEN(bp_barrier_parties)
BPI_OPEN(bp_barrier_waiting)
BPI_OPEN(bp_barrier_broken)
BPI_OPEN(bp_barrier_default_timeout)
BPI_OPEN(bp_barrier_release)
BPI_OPEN(bp_barrier_arrive)
BPI_OPEN(bp_arrival_index)
BPI_OPEN(bp_arrival_is_last)
BPI_OPEN(bp_arrival_wait)
BPI_OPEN(bp_arrival_open)
BPI_OPEN(bp_arrival_give_up)
BPI_OPEN(bp_arrival_release)

/* value.h */
BPI_OPEN(bp_type_read)
BPI_OPEN(bp_value_create)
BPI_OPEN(bp_value_attach)
BPI_OPEN(bp_value_id)
BPI_OPEN(bp_value_copy)
BPI_OPEN(bp_value_synchronize)
BPI_OPEN(bp_value_type)
BPI_OPEN(bp_value_data)
BPI_OPEN(bp_value_size)
BPI_OPEN(bp_value_fields)
BPI_OPEN(bp_value_field_name)
BPI_OPEN(bp_value_field_index)
BPI_OPEN(bp_value_field_type)
BPI_OPEN(bp_value_get_int)
BPI_OPEN(bp_value_get_uint)
BPI_OPEN(bp_value_get_double)
BPI_OPEN(bp_value_set_int)
BPI_OPEN(bp_value_set_uint)
BPI_OPEN(bp_value_set_double)
BPI_OPEN(bp_value_get_bytes)
BPI_OPEN(bp_value_set_bytes)
BPI_OPEN(bp_value_fetch_add)
BPI_OPEN(bp_value_exchange)
BPI_OPEN(bp_value_compare_exchange)
BPI_OPEN(bp_value_wait)
BPI_OPEN(bp_value_wake)
BPI_OPEN(bp_value_acquire)
BPI_OPEN(bp_value_wait_lock)
BPI_OPEN(bp_value_unlock)
BPI_OPEN(bp_value_get_rlock)
BPI_OPEN(bp_value_get_lock)
BPI_OPEN(bp_value_describe)
BPI_OPEN(bp_value_release)

/* array.h */
BPI_OPEN(bp_array_create)
BPI_OPEN(bp_array_attach)
BPI_OPEN(bp_array_id)
BPI_OPEN(bp_array_copy)
BPI_OPEN(bp_array_synchronize)
BPI_OPEN(bp_array_type)
BPI_OPEN(bp_array_length)
BPI_OPEN(bp_array_element_size)
BPI_OPEN(bp_array_data)
BPI_OPEN(bp_array_size)
BPI_OPEN(bp_array_fields)
BPI_OPEN(bp_array_field_name)
BPI_OPEN(bp_array_field_index)
BPI_OPEN(bp_array_field_type)
BPI_OPEN(bp_array_get_int)
BPI_OPEN(bp_array_get_uint)
BPI_OPEN(bp_array_get_double)
BPI_OPEN(bp_array_set_int)
BPI_OPEN(bp_array_set_uint)
BPI_OPEN(bp_array_set_double)
BPI_OPEN(bp_array_read)
BPI_OPEN(bp_array_read_into)
BPI_OPEN(bp_array_write)
BPI_OPEN(bp_array_fill)
BPI_OPEN(bp_array_get_text)
BPI_OPEN(bp_array_set_text)
BPI_OPEN(bp_array_fetch_add)
BPI_OPEN(bp_array_exchange)
BPI_OPEN(bp_array_compare_exchange)
BPI_OPEN(bp_array_wait)
BPI_OPEN(bp_array_wake)
BPI_OPEN(bp_array_acquire)
BPI_OPEN(bp_array_wait_lock)
BPI_OPEN(bp_array_unlock)
BPI_OPEN(bp_array_get_rlock)
BPI_OPEN(bp_array_get_lock)
BPI_OPEN(bp_array_describe)
BPI_OPEN(bp_array_release)

/* objects.h: options and statistics taken apart */
BPI_OPEN(bpi_object_options_new)
BPI_OPEN(bpi_object_options_free)
BPI_OPEN(bpi_object_options_get)
BPI_OPEN(bpi_segment_create)
BPI_OPEN(bpi_segment_open)
BPI_OPEN(bpi_segment_stats)
BPI_OPEN(bpi_lock_holder_pid)
BPI_OPEN(bpi_rlock_holder_pid)

/* Macros whose values SWIG can not read from the headers. */
BPI_OPEN(BP_SEM_VALUE_MAX)
BPI_OPEN(BP_TRACKED_VALUE_MAX)
BPI_OPEN(BP_PARTIES_MAX)
%constant int64_t BP_SEM_VALUE_MAX = BP_SEM_VALUE_MAX;
%constant int64_t BP_TRACKED_VALUE_MAX = BP_TRACKED_VALUE_MAX;
%constant int64_t BP_PARTIES_MAX = BP_PARTIES_MAX;

%include "billiard/segment.h"
%include "billiard/object.h"
%include "billiard/memory.h"
%include "billiard/lock.h"
%include "billiard/rlock.h"
%include "billiard/semaphore.h"
%include "billiard/event.h"
%include "billiard/condition.h"
%include "billiard/barrier.h"
%include "billiard/value.h"
%include "billiard/array.h"
%include "bindings/interface/objects.h"
