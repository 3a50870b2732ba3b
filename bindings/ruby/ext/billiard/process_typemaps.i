/* How Ruby sees processes and contexts: as language_typemaps.i says, which includes this. */

%{
#include "bindings/ruby/ext/billiard/process_main.h"
%}

%include "bindings/interface/process_names.i"

BILLIARD_RUBY_HANDLE(bp_process)
BILLIARD_RUBY_HANDLE(bpi_process_builder)
BILLIARD_RUBY_HANDLE(bpi_process_list)
BILLIARD_RUBY_HIDES(bp_process_release)
BILLIARD_RUBY_HIDES(bpi_process_builder_free)
BILLIARD_RUBY_HIDES(bpi_process_list_free)

/* A start gives the GVL away or keeps it, as the start method wants: process_main.h. */
BILLIARD_RUBY_HIDES(bp_process_start)
/* Ruby ends by exceptions, and its code can not run when the library's own exit functions do: the finalizers
 * of Ruby are kept in Ruby. Ruby can fork. */
BILLIARD_RUBY_HIDES(bp_process_exit)
BILLIARD_RUBY_HIDES(bp_declare_fork_unsafe)
BILLIARD_RUBY_HIDES(bp_finalizer_run)
BILLIARD_RUBY_HIDES(bp_finalizer_cancel)
BILLIARD_RUBY_HIDES(bp_finalizer_is_active)
BILLIARD_RUBY_HIDES(bp_finalizer_release)
/* bpi_set_executable_command says the same. */
BILLIARD_RUBY_HIDES(bp_set_executable)

BILLIARD_RUBY_WAITS(bp_process_join, arg2, arg3, arg4)

%typemap(in, numinputs=0) int32_t* alive (int32_t number = 0), int32_t* status (int32_t number = 0),
                          int32_t* fd (int32_t number = 0)
    "$1 = &number;"
%typemap(argout) int32_t* alive, int32_t* status, int32_t* fd "$result = INT2NUM(*$1);"

%typemap(in) const char* method "$1 = NIL_P($input) ? NULL : StringValueCStr($input);"

%rename("fork_processes_through_ruby") ForkProcessesThroughRuby;
%rename("set_process_block") SetProcessBlock;
%rename("register_entry") RegisterEntry;
%rename("start_process") StartProcess;
%{
using billiard_ruby::ForkProcessesThroughRuby;
using billiard_ruby::RegisterEntry;
using billiard_ruby::SetProcessBlock;
using billiard_ruby::StartProcess;
%}
void ForkProcessesThroughRuby();
VALUE SetProcessBlock(bpi_process_builder* builder, VALUE block);
VALUE RegisterEntry(const char* name, VALUE block);
VALUE StartProcess(VALUE process, VALUE forks);
