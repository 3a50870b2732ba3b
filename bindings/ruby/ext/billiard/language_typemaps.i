/* How Ruby sees the C ABI: handles are Ruby objects, bytes are binary Strings, failures are
 * exceptions, and a call that waits gives the GVL away.
 *
 * A wrapper returns true for success, a positive number for success with news (BP_OWNER_DIED), nil or
 * false when what was asked for did not come (in time), and the out-parameter where there is one. */

%{
#include "bindings/ruby/ext/billiard/bytes.h"
#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/hold.h"
#include "bindings/ruby/ext/billiard/options.h"
#include "bindings/ruby/ext/billiard/place.h"
#include "bindings/ruby/ext/billiard/records.h"
#include "bindings/ruby/ext/billiard/steps.h"
#include "bindings/ruby/ext/billiard/wait.h"
#include "bindings/ruby/ext/billiard/worker_main.h"
%}

%init %{
  billiard_ruby::DefineHandleClass(rb_path2class("Billiard::Native"));
%}

%include "bindings/interface/object_names.i"

/* Errors and tokens never leave C. */
%define BILLIARD_RUBY_HIDES(name)
%rename("$ignore") name;
%enddef

BILLIARD_RUBY_HIDES(bp_error_status)
BILLIARD_RUBY_HIDES(bp_error_message)
BILLIARD_RUBY_HIDES(bp_error_errno)
BILLIARD_RUBY_HIDES(bp_error_class)
BILLIARD_RUBY_HIDES(bp_error_backtrace)
BILLIARD_RUBY_HIDES(bp_error_job)
BILLIARD_RUBY_HIDES(bp_error_pid)
BILLIARD_RUBY_HIDES(bp_error_exit_status)
BILLIARD_RUBY_HIDES(bp_error_out_of_memory)
BILLIARD_RUBY_HIDES(bp_error_release)
BILLIARD_RUBY_HIDES(bp_interrupt_create)
BILLIARD_RUBY_HIDES(bp_interrupt_raise)
BILLIARD_RUBY_HIDES(bp_interrupt_reset)
BILLIARD_RUBY_HIDES(bp_interrupt_is_raised)
BILLIARD_RUBY_HIDES(bp_interrupt_release)

/* Calls with structs that Ruby's own typemaps take apart; the neutral helpers for them are not needed
 * here. */
BPI_OPEN(bp_queue_create)
BPI_OPEN(bp_queue_open)
BPI_OPEN(bp_queue_put_batch)
BPI_OPEN(bp_queue_get_batch)
BPI_OPEN(bp_queue_reserve)
BPI_OPEN(bp_queue_fd)
BILLIARD_RUBY_HIDES(bpi_queue_create)
BILLIARD_RUBY_HIDES(bpi_queue_open)
BILLIARD_RUBY_HIDES(bpi_queue_create_special)
BILLIARD_RUBY_HIDES(bpi_queue_open_special)
BILLIARD_RUBY_HIDES(bpi_queue_fd)
BPI_OPEN(bp_pool_worker_sentinel)
BILLIARD_RUBY_HIDES(bpi_pool_worker_sentinel)
BILLIARD_RUBY_HIDES(bpi_imap_fail)
BILLIARD_RUBY_HIDES(bpi_queue_reserve_copy)
BILLIARD_RUBY_HIDES(bpi_batch_count)
BILLIARD_RUBY_HIDES(bpi_batch_message)
BILLIARD_RUBY_HIDES(bpi_batch_done)
BILLIARD_RUBY_HIDES(bpi_batch_free)
BILLIARD_RUBY_HIDES(bpi_queue_put_batch)
BILLIARD_RUBY_HIDES(bpi_queue_get_batch)
BILLIARD_RUBY_HIDES(bpi_object_options_new)
BILLIARD_RUBY_HIDES(bpi_object_options_free)
BILLIARD_RUBY_HIDES(bpi_object_options_get)
BILLIARD_RUBY_HIDES(bpi_segment_create)
BILLIARD_RUBY_HIDES(bpi_segment_open)
BILLIARD_RUBY_HIDES(bpi_segment_stats)
BILLIARD_RUBY_HIDES(bpi_lock_holder_pid)
BILLIARD_RUBY_HIDES(bpi_rlock_holder_pid)

/* ---- statuses and errors ---- */

%typemap(out) bp_status "$result = $1 > 0 ? INT2FIX($1) : $1 == 0 ? Qtrue : Qfalse;"

%typemap(in, numinputs=0) bp_error** error (bp_error* detail = NULL) "$1 = &detail;"
%typemap(argout) bp_error** error %{
  if (result < 0 && !billiard_ruby::IsAnswer(result)) billiard_ruby::RaiseError(result, *$1);
  bp_error_release(*$1);
%}

/* ---- handles ---- */

%define BILLIARD_RUBY_HANDLE(type)
%typemap(in) type*, const type* "$1 = billiard_ruby::Unwrap<type>($input);"
%typemap(out) type* "$result = billiard_ruby::Wrap($1);"
%typemap(in, numinputs=0) type** out (VALUE made) %{
  made = billiard_ruby::NewHandle<type>();
  $1 = billiard_ruby::Slot<type>(made);
%}
%typemap(argout) type** out "$result = *$1 == NULL ? Qnil : made$argnum;"
%enddef

BILLIARD_RUBY_HANDLE(bp_pool)
BILLIARD_RUBY_HANDLE(bp_result)
BILLIARD_RUBY_HANDLE(bp_queue)
BILLIARD_RUBY_HANDLE(bp_message)
BILLIARD_RUBY_HANDLE(bp_worker)
BILLIARD_RUBY_HANDLE(bp_job)
BILLIARD_RUBY_HANDLE(bp_map_result)
BILLIARD_RUBY_HANDLE(bp_imap_iterator)
BILLIARD_RUBY_HANDLE(bp_pool_watch)
BILLIARD_RUBY_HANDLE(bpi_batch)
BILLIARD_RUBY_HANDLE(bpi_names)
BILLIARD_RUBY_HANDLE(bpi_snapshot)
BILLIARD_RUBY_HANDLE(bpi_job_options)
BILLIARD_RUBY_HANDLE(bpi_pool_builder)
BILLIARD_RUBY_HANDLE(bp_segment)
BILLIARD_RUBY_HANDLE(bp_memory)
BILLIARD_RUBY_HANDLE(bp_lock)
BILLIARD_RUBY_HANDLE(bp_rlock)
BILLIARD_RUBY_HANDLE(bp_semaphore)
BILLIARD_RUBY_HANDLE(bp_condition)
BILLIARD_RUBY_HANDLE(bp_waiter)
BILLIARD_RUBY_HANDLE(bp_event)
BILLIARD_RUBY_HANDLE(bp_barrier)
BILLIARD_RUBY_HANDLE(bp_arrival)
BILLIARD_RUBY_HANDLE(bp_value)
BILLIARD_RUBY_HANDLE(bp_array)

/* A reservation is filled in place by what knows its size. */
BILLIARD_RUBY_HANDLE(bp_reservation)
%typemap(in, numinputs=0) (bp_reservation** out, void** data) (VALUE made, void* data) {
  made = billiard_ruby::NewHandle<bp_reservation>();
  $1 = billiard_ruby::Slot<bp_reservation>(made);
  $2 = &data;
}
%typemap(argout) (bp_reservation** out, void** data) {
  if (result >= 0) {
    billiard_ruby::SetParent(made$argnum, argv[0]);
    billiard_ruby::HandleOf(made$argnum)->room = arg2;
  }
  $result = *$1 == NULL ? Qnil : made$argnum;
}

/* Made inside of what brings them to their end: steps.h. */
BILLIARD_RUBY_HIDES(bp_condition_begin_wait)
BILLIARD_RUBY_HIDES(bp_waiter_end)
BILLIARD_RUBY_HIDES(bp_barrier_arrive)

/* One function releases handles of any kind, as often as it is called. */
BILLIARD_RUBY_HIDES(bp_pool_release)
BILLIARD_RUBY_HIDES(bp_result_release)
BILLIARD_RUBY_HIDES(bp_queue_release)
BILLIARD_RUBY_HIDES(bp_worker_release)
BILLIARD_RUBY_HIDES(bp_map_result_release)
BILLIARD_RUBY_HIDES(bp_imap_release)
BILLIARD_RUBY_HIDES(bp_pool_watch_release)
BILLIARD_RUBY_HIDES(bp_message_release)
BILLIARD_RUBY_HIDES(bp_reservation_release)
BILLIARD_RUBY_HIDES(bp_segment_release)
BILLIARD_RUBY_HIDES(bp_memory_release)
BILLIARD_RUBY_HIDES(bp_lock_release)
BILLIARD_RUBY_HIDES(bp_rlock_release)
BILLIARD_RUBY_HIDES(bp_semaphore_release)
BILLIARD_RUBY_HIDES(bp_condition_release)
BILLIARD_RUBY_HIDES(bp_waiter_release)
BILLIARD_RUBY_HIDES(bp_event_release)
BILLIARD_RUBY_HIDES(bp_barrier_release)
BILLIARD_RUBY_HIDES(bp_arrival_release)
BILLIARD_RUBY_HIDES(bp_value_release)
BILLIARD_RUBY_HIDES(bp_array_release)
BILLIARD_RUBY_HIDES(bpi_names_free)
BILLIARD_RUBY_HIDES(bpi_snapshot_free)
BILLIARD_RUBY_HIDES(bpi_job_options_free)
BILLIARD_RUBY_HIDES(bpi_pool_builder_free)
%rename("release") ReleaseHandle;
%{
using billiard_ruby::ReleaseHandle;
%}
void ReleaseHandle(VALUE object);

/* ---- waiting ---- */

%typemap(in, numinputs=0) bp_interrupt* interrupt "$1 = billiard_ruby::ThreadInterrupt();"

/* Wait-only calls; with the place of timeout_ns, which interrupt and error follow. */
%define BILLIARD_RUBY_WAITS(function, timeout, interrupt, error)
%exception function %{
  result = billiard_ruby::WaitWithoutGvl(argv[0], timeout, interrupt, error, [&] {
    $action
    return result;
  });
%}
%enddef

BILLIARD_RUBY_WAITS(bp_result_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_worker_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_map_result_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_imap_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_queue_wait_get, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_queue_wait_put, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_queue_join, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_pool_wait_ready, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_pool_join, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_lock_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_rlock_wait, arg3, arg4, arg5)
BILLIARD_RUBY_WAITS(bp_semaphore_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_condition_wait_lock, arg3, arg4, arg5)
BILLIARD_RUBY_WAITS(bp_waiter_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_waiter_wait_lock, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_event_wait_since, arg3, arg4, arg5)
BILLIARD_RUBY_WAITS(bp_arrival_wait, arg2, arg3, arg4)
BILLIARD_RUBY_WAITS(bp_value_wait, arg4, arg5, arg6)
BILLIARD_RUBY_WAITS(bp_value_wait_lock, arg3, arg4, arg5)
BILLIARD_RUBY_WAITS(bp_array_wait, arg5, arg6, arg7)
BILLIARD_RUBY_WAITS(bp_array_wait_lock, arg3, arg4, arg5)

/* A fair lock is got by those who wait in line. */
%exception bp_lock_acquire %{
  result = billiard_ruby::AcquireWithoutGvl(
      argv[0], arg2, arg3, arg4,
      [&] {
        $action
        return result;
      },
      [&] { bp_lock_unlock(arg1, NULL); });
%}

/* Waits that would keep the GVL, or lose what they took. */
BILLIARD_RUBY_HIDES(bp_condition_wait)
BILLIARD_RUBY_HIDES(bp_condition_wait_for)
BILLIARD_RUBY_HIDES(bp_event_wait)
BILLIARD_RUBY_HIDES(bp_barrier_wait)

/* (pool, task, data, size, format, group, notify, submit_timeout_ns, interrupt, out, error) */
%exception bpi_apply_async %{
  result = billiard_ruby::SubmitWithoutGvl(argv[0], arg8, arg9, arg11, [&] {
    $action
    return result;
  });
%}

/* (pool, task, data, size, options, submit_timeout_ns, interrupt, out, error) */
%exception bpi_apply_with %{
  result = billiard_ruby::SubmitWithoutGvl(argv[0], arg6, arg7, arg9, [&] {
    $action
    return result;
  });
%}

/* (pool, task, items, chunk_size, options, submit_timeout_ns, interrupt, out, error) */
%exception bpi_map_async %{
  result = billiard_ruby::SubmitWithoutGvl(argv[0], arg6, arg7, arg9, [&] {
    $action
    return result;
  });
%}

/* (pool, task, ordered, chunk_size, look_ahead, options, submit_timeout_ns, interrupt, out, error) */
%exception bpi_imap %{
  result = billiard_ruby::SubmitWithoutGvl(argv[0], arg7, arg8, arg10, [&] {
    $action
    return result;
  });
%}

/* ---- texts and bytes ---- */

%typemap(in) const char* "$1 = StringValueCStr($input);"
%typemap(freearg) const char* ""
%typemap(out) const char* "$result = $1 == NULL ? Qnil : rb_utf8_str_new_cstr($1);"

/* Texts that may be absent. */
%typemap(in) const char* group, const char* class_name, const char* message,
             const char* backtrace, const char* name, const char* self, const char* reason
    "$1 = NIL_P($input) ? NULL : StringValueCStr($input);"

/* A frozen alias: nobody can change or free the bytes while the GVL is away. */
%typemap(in) (const void* data, size_t size) (VALUE keep) {
  VALUE given = $input;
  StringValue(given);
  keep = rb_str_new_frozen(given);
  $1 = RSTRING_PTR(keep);
  $2 = RSTRING_LEN(keep);
}
%typemap(freearg) (const void* data, size_t size) "RB_GC_GUARD(keep$argnum);"

%typemap(out) bp_view "$result = billiard_ruby::Message($1.data, $1.size, $1.format);"

%typemap(in, numinputs=0) bp_view* out (bp_view view = {}) "$1 = &view;"
%typemap(argout) bp_view* out
    "$result = result < 0 ? Qnil : billiard_ruby::Message($1->data, $1->size, $1->format);"

%typemap(in, numinputs=0) bp_buffer* out (bp_buffer buffer = {}) "$1 = &buffer;"
%typemap(argout) bp_buffer* out "$result = result < 0 ? Qnil : billiard_ruby::TakeMessage($1);"

%typemap(in, numinputs=0) (char* text, size_t capacity) (char text[8192]) {
  $1 = text;
  $2 = sizeof text;
}
%typemap(argout) (char* text, size_t capacity) "$result = rb_utf8_str_new_cstr($1);"

/* Which item a value belongs to is not asked. */
%typemap(in, numinputs=0) uint64_t* index "$1 = NULL;"

/* ---- several messages at once ---- */

%typemap(in) (const bp_view* messages, size_t count) (VALUE keep = Qnil) {
  Check_Type($input, T_ARRAY);
  $2 = RARRAY_LEN($input);
  $1 = ALLOCV_N(bp_view, keep, $2 + 1);
  billiard_ruby::FillViews($input, $1, $2);
}
%typemap(freearg) (const bp_view* messages, size_t count) "ALLOCV_END(keep$argnum);"
%typemap(in, numinputs=0) size_t* done (size_t done = 0) "$1 = &done;"
%typemap(argout) size_t* done "$result = SIZET2NUM(*$1);"

%typemap(in, numinputs=1) (bp_buffer* out, size_t capacity, size_t* count)
    (VALUE keep = Qnil, size_t count = 0) {
  $2 = NUM2SIZET($input);
  $1 = ALLOCV_N(bp_buffer, keep, $2 + 1);
  $3 = &count;
}
%typemap(argout) (bp_buffer* out, size_t capacity, size_t* count)
    "$result = result < 0 ? Qnil : billiard_ruby::TakeMessages($1, *$3);"
%typemap(freearg) (bp_buffer* out, size_t capacity, size_t* count) "ALLOCV_END(keep$argnum);"

/* ---- options ---- */

%typemap(in) const bp_object_options* options (bp_object_options options) {
  options = billiard_ruby::ObjectOptions($input);
  $1 = &options;
}
%typemap(in) const bp_queue_options* options (bp_queue_options options) {
  options = billiard_ruby::QueueOptions($input);
  $1 = &options;
}
%typemap(in) const bp_segment_options* options (bp_segment_options options) {
  options = billiard_ruby::SegmentOptions($input);
  $1 = &options;
}

/* nil is the default segment. */
%typemap(in) bp_segment* segment
    "$1 = NIL_P($input) ? NULL : billiard_ruby::Unwrap<bp_segment>($input);"

%typemap(in, numinputs=0) bp_segment_stats* out (bp_segment_stats stats) {
  stats.size = sizeof stats;
  $1 = &stats;
}
%typemap(argout) bp_segment_stats* out "$result = billiard_ruby::SegmentRecord($1);"

/* ---- numbers ---- */

%typemap(in, numinputs=0) int64_t* out (int64_t number = 0) "$1 = &number;"
%typemap(argout) int64_t* out "$result = LL2NUM(*$1);"
%typemap(in, numinputs=0) uint64_t* out (uint64_t number = 0) "$1 = &number;"
%typemap(argout) uint64_t* out "$result = ULL2NUM(*$1);"
%typemap(in, numinputs=0) double* out (double number = 0) "$1 = &number;"
%typemap(argout) double* out "$result = DBL2NUM(*$1);"

/* A type's size and its number of fields. */
%typemap(in, numinputs=0) (uint64_t* size, uint32_t* fields)
    (uint64_t size = 0, uint32_t fields = 0) {
  $1 = &size;
  $2 = &fields;
}
%typemap(argout) (uint64_t* size, uint32_t* fields)
    "$result = rb_assoc_new(ULL2NUM(*$1), UINT2NUM(*$2));"

/* How many slots are free, and how many there are. */
%typemap(in, numinputs=0) (int64_t* free_slots, int64_t* bound)
    (int64_t free_slots = 0, int64_t bound = 0) {
  $1 = &free_slots;
  $2 = &bound;
}
%typemap(argout) (int64_t* free_slots, int64_t* bound)
    "$result = rb_assoc_new(LL2NUM(*$1), LL2NUM(*$2));"

/* Who holds a lock: [bp_held_by, process id or 0]. */
%typemap(in, numinputs=0) int32_t* pid (int32_t pid = 0) "$1 = &pid;"
%typemap(argout) int32_t* pid "$result = rb_assoc_new($result, INT2NUM(*$1));"

/* A descriptor of a queue (ending the thread behind it takes a moment), or of a worker. */
%typemap(in, numinputs=0) int* fd (int fd = -1) "$1 = &fd;"
%typemap(argout) int* fd {
  billiard_ruby::HandleOf(argv[0])->release_blocks = true;
  $result = INT2NUM(*$1);
}

/* ---- held during a block, waited for in steps, in place ---- */

/* Raw memory never leaves C. */
BILLIARD_RUBY_HIDES(bp_memory_data)
BILLIARD_RUBY_HIDES(bp_value_data)
BILLIARD_RUBY_HIDES(bp_array_data)
BILLIARD_RUBY_HIDES(bp_array_read_into)
BILLIARD_RUBY_HIDES(bp_reservation_data)

%rename("hold_lock") HoldLock;
%rename("hold_rlock") HoldRLock;
%rename("hold_semaphore") HoldSemaphore;
%rename("hold_condition") HoldCondition;
%rename("hold_value") HoldValue;
%rename("hold_array") HoldArray;
%rename("condition_wait") ConditionWait;
%rename("with_arrival") WithArrival;
%rename("memory_read") MemoryRead;
%rename("memory_write") MemoryWrite;
%rename("reservation_write") ReservationWrite;
%{
using billiard_ruby::ConditionWait;
using billiard_ruby::HoldArray;
using billiard_ruby::HoldCondition;
using billiard_ruby::HoldLock;
using billiard_ruby::HoldRLock;
using billiard_ruby::HoldSemaphore;
using billiard_ruby::HoldValue;
using billiard_ruby::MemoryRead;
using billiard_ruby::MemoryWrite;
using billiard_ruby::ReservationWrite;
using billiard_ruby::WithArrival;
%}
VALUE HoldLock(VALUE lock, int64_t timeout_ns);
VALUE HoldRLock(VALUE rlock, uint64_t owner_token);
VALUE HoldSemaphore(VALUE semaphore);
VALUE HoldCondition(VALUE condition, uint64_t owner_token);
VALUE HoldValue(VALUE value, uint64_t owner_token);
VALUE HoldArray(VALUE array, uint64_t owner_token);
VALUE ConditionWait(VALUE condition, uint64_t owner_token, VALUE wait_for_lock);
VALUE WithArrival(VALUE barrier);
VALUE MemoryRead(VALUE memory, int64_t offset, int64_t count);
VALUE MemoryWrite(VALUE memory, int64_t offset, VALUE bytes);
VALUE ReservationWrite(VALUE reservation, int64_t offset, VALUE bytes);

/* ---- snapshots and events ---- */

%typemap(out) const bp_pool_stats* "$result = billiard_ruby::StatsRecord($1);"
%typemap(out) const bp_worker_info* "$result = billiard_ruby::WorkerRecord($1);"

%typemap(in, numinputs=0) (bp_pool_event* events, size_t capacity, size_t event_size,
                           size_t* count) (bp_pool_event events[256], size_t count = 0) {
  $1 = events;
  $2 = 256;
  $3 = sizeof events[0];
  $4 = &count;
}
%typemap(argout) (bp_pool_event* events, size_t capacity, size_t event_size, size_t* count)
    "$result = result < 0 ? Qnil : billiard_ruby::EventRecords($1, *$4);"

/* ---- forked workers ---- */

%rename("fork_through_ruby") ForkThroughRuby;
%rename("set_worker_block") SetWorkerBlock;
%rename("take_fork_error") TakeForkError;
%{
using billiard_ruby::ForkThroughRuby;
using billiard_ruby::SetWorkerBlock;
using billiard_ruby::TakeForkError;
%}
void ForkThroughRuby(bpi_pool_builder* builder);
VALUE SetWorkerBlock(bpi_pool_builder* builder, int32_t group, VALUE block);
VALUE TakeForkError();

/* ---- connections, processes ---- */

%include "bindings/ruby/ext/billiard/connection_typemaps.i"
%include "bindings/ruby/ext/billiard/process_typemaps.i"
