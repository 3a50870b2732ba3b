#include "bindings/ruby/ext/billiard/process_main.h"

#include <ruby/thread.h>

#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/held_block.h"
#include "bindings/ruby/ext/billiard/worker_main.h"

namespace billiard_ruby {
namespace {

constexpr int32_t kExitFailed = 1;

struct EntryCall {
  VALUE block;
  const void* data;
  size_t size;
};

VALUE CallBlock(VALUE argument) {
  const auto* call = reinterpret_cast<const EntryCall*>(argument);
  VALUE bytes = rb_str_new(static_cast<const char*>(call->data), static_cast<long>(call->size));
  return rb_funcall(call->block, rb_intern("call"), 1, bytes);
}

// The block handles its own exceptions; what still comes out (a throw, Thread#kill of this thread) ends the
// process and never returns into the frames of its starter above.
int32_t RunBlock(const void* data, size_t size, void* context) {
  const EntryCall call = {HeldBlockOf(context), data, size};
  int state = 0;
  VALUE status = rb_protect(CallBlock, reinterpret_cast<VALUE>(&call), &state);
  if (state == 0 && FIXNUM_P(status)) return FIX2INT(status);
  rb_set_errinfo(Qnil);
  return kExitFailed;
}

struct StartCall {
  bp_process* process;
  bp_error* error;
  bp_status status;
};

void* Start(void* argument) {
  auto* call = static_cast<StartCall*>(argument);
  call->status = bp_process_start(call->process, &call->error);
  return nullptr;
}

}  // namespace

void ForkProcessesThroughRuby() { bp_set_fork_process(ForkProcess, nullptr); }

VALUE SetProcessBlock(bpi_process_builder* builder, VALUE block) {
  void* context;
  VALUE holder = HoldBlock(block, &context);
  bpi_process_builder_set_function(builder, RunBlock, context);
  return holder;
}

VALUE RegisterEntry(const char* name, VALUE block) {
  void* context;
  VALUE holder = HoldBlock(block, &context);
  bp_error* error = nullptr;
  const bp_status status = bp_entry_register(name, RunBlock, context, &error);
  if (status < 0) RaiseError(status, error);
  rb_gc_register_mark_object(holder);
  return Qnil;
}

VALUE StartProcess(VALUE process, VALUE forks) {
  StartCall call = {Unwrap<bp_process>(process), nullptr, BP_OK};
  Handle* handle = HandleOf(process);
  BeginUse(handle);
  if (RTEST(forks)) {
    Start(&call);
  } else {
    call.status = BP_INTERRUPTED;
    rb_thread_call_without_gvl2(Start, &call, nullptr, nullptr);
  }
  EndUse(handle);
  if (call.status ==
      BP_INTERRUPTED) {  // Ruby wants something of this thread first; nothing was started
    rb_thread_check_ints();
    return StartProcess(process, forks);
  }
  if (call.status < 0) RaiseError(call.status, call.error);
  return Qtrue;
}

}  // namespace billiard_ruby
