/* How Ruby sees the C ABI: handles are Ruby objects, bytes are binary Strings, failures are
 * exceptions, and a call that waits gives the GVL away.
 *
 * A wrapper returns true for success, nil or false when what was asked for did not come (in time),
 * and the out-parameter where there is one. */

%{
#include "bindings/ruby/ext/billiard/bytes.h"
#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/records.h"
#include "bindings/ruby/ext/billiard/wait.h"
#include "bindings/ruby/ext/billiard/worker_main.h"
%}

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
BILLIARD_RUBY_HIDES(bp_error_release)
BILLIARD_RUBY_HIDES(bp_interrupt_create)
BILLIARD_RUBY_HIDES(bp_interrupt_raise)
BILLIARD_RUBY_HIDES(bp_interrupt_reset)
BILLIARD_RUBY_HIDES(bp_interrupt_is_raised)
BILLIARD_RUBY_HIDES(bp_interrupt_release)

/* ---- statuses and errors ---- */

%typemap(out) bp_status "$result = $1 >= 0 ? Qtrue : Qfalse;"

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
BILLIARD_RUBY_HANDLE(bp_worker)
BILLIARD_RUBY_HANDLE(bp_job)
BILLIARD_RUBY_HANDLE(bpi_names)
BILLIARD_RUBY_HANDLE(bpi_snapshot)
BILLIARD_RUBY_HANDLE(bpi_pool_builder)

/* One function releases handles of any kind, as often as it is called. */
BILLIARD_RUBY_HIDES(bp_pool_release)
BILLIARD_RUBY_HIDES(bp_result_release)
BILLIARD_RUBY_HIDES(bp_queue_release)
BILLIARD_RUBY_HIDES(bp_worker_release)
BILLIARD_RUBY_HIDES(bpi_names_free)
BILLIARD_RUBY_HIDES(bpi_snapshot_free)
BILLIARD_RUBY_HIDES(bpi_pool_builder_free)
%rename("release") ReleaseHandle;
%{
using billiard_ruby::ReleaseHandle;
%}
void ReleaseHandle(VALUE object);

/* ---- waiting ---- */

%typemap(in, numinputs=0) bp_interrupt* interrupt "$1 = billiard_ruby::ThreadInterrupt();"

/* All wait-only calls are (handle, timeout_ns, interrupt, error). */
%define BILLIARD_RUBY_WAITS(function)
%exception function %{
  result = billiard_ruby::WaitWithoutGvl(argv[0], arg2, arg3, arg4, [&] {
    $action
    return result;
  });
%}
%enddef

BILLIARD_RUBY_WAITS(bp_result_wait)
BILLIARD_RUBY_WAITS(bp_worker_wait)
BILLIARD_RUBY_WAITS(bp_queue_wait_get)
BILLIARD_RUBY_WAITS(bp_queue_wait_put)
BILLIARD_RUBY_WAITS(bp_pool_wait_ready)
BILLIARD_RUBY_WAITS(bp_pool_join)

/* (pool, task, data, size, format, group, notify, submit_timeout_ns, interrupt, out, error) */
%exception bpi_apply_async %{
  result = billiard_ruby::SubmitWithoutGvl(argv[0], arg8, arg9, arg11, [&] {
    $action
    return result;
  });
%}

/* ---- texts and bytes ---- */

%typemap(in) const char* "$1 = StringValueCStr($input);"
%typemap(freearg) const char* ""
%typemap(out) const char* "$result = rb_utf8_str_new_cstr($1);"

/* Texts that may be absent. */
%typemap(in) const char* group, const char* class_name, const char* message,
             const char* backtrace, const char* name
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

%typemap(in, numinputs=0) (char* text, size_t capacity) (char text[128]) {
  $1 = text;
  $2 = sizeof text;
}
%typemap(argout) (char* text, size_t capacity) "$result = rb_utf8_str_new_cstr($1);"

/* ---- snapshots and drained ids ---- */

%typemap(out) const bp_pool_stats* "$result = billiard_ruby::StatsRecord($1);"
%typemap(out) const bp_worker_info* "$result = billiard_ruby::WorkerRecord($1);"

%typemap(in, numinputs=0) (uint64_t* ids, size_t capacity, size_t* count)
    (uint64_t ids[256], size_t count = 0) {
  $1 = ids;
  $2 = 256;
  $3 = &count;
}
%typemap(argout) (uint64_t* ids, size_t capacity, size_t* count)
    "$result = result < 0 ? Qnil : billiard_ruby::Ids($1, *$3);"

/* ---- forked workers ---- */

%rename("fork_through_ruby") ForkThroughRuby;
%rename("set_worker_block") SetWorkerBlock;
%{
using billiard_ruby::ForkThroughRuby;
using billiard_ruby::SetWorkerBlock;
%}
void ForkThroughRuby(bpi_pool_builder* builder);
VALUE SetWorkerBlock(bpi_pool_builder* builder, int32_t group, VALUE block);
