/* The names of processes, contexts and finalizers that bindings see; see processes.i. A language that
 * hides some of them includes this file before it says so, and process_headers.i after it. */

%{
#include "bindings/interface/process_builder.h"
#include "bindings/interface/processes.h"
%}

/* process.h */
BPI_OPEN(bp_process_start)
BPI_OPEN(bp_process_join)
BPI_OPEN(bp_process_is_alive)
BPI_OPEN(bp_process_exit_status)
BPI_OPEN(bp_process_terminate)
BPI_OPEN(bp_process_kill)
BPI_OPEN(bp_process_close)
BPI_OPEN(bp_process_release)
BPI_OPEN(bp_process_pid)
BPI_OPEN(bp_process_sentinel)
BPI_OPEN(bp_process_name)
BPI_OPEN(bp_process_set_name)
BPI_OPEN(bp_process_is_daemon)
BPI_OPEN(bp_process_set_daemon)
BPI_OPEN(bp_process_describe)
BPI_OPEN(bp_current_name)
BPI_OPEN(bp_current_set_name)
BPI_OPEN(bp_current_is_daemon)
BPI_OPEN(bp_process_exit)
BPI_OPEN(bp_cpus_online)
BPI_OPEN(bp_set_pdeathsig)
BPI_OPEN(bp_get_pdeathsig)

/* context.h; functions that take functions are called by each language's own C code */
BPI_OPEN(bp_declare_fork_unsafe)
BPI_OPEN(bp_forking_is_enabled)
BPI_OPEN(bp_forking_enable)
BPI_OPEN(bp_set_executable)

/* finalizer.h */
BPI_OPEN(bp_finalizer_run)
BPI_OPEN(bp_finalizer_cancel)
BPI_OPEN(bp_finalizer_is_active)
BPI_OPEN(bp_finalizer_release)

/* process_builder.h: process options, one call at a time. */
BPI_OPEN(bpi_process_builder_new)
BPI_OPEN(bpi_process_builder_free)
BPI_OPEN(bpi_process_builder_set_name)
BPI_OPEN(bpi_process_builder_set_start_method)
BPI_OPEN(bpi_process_builder_set_daemon)
BPI_OPEN(bpi_process_builder_set_force_fork)
BPI_OPEN(bpi_process_builder_set_entry)
BPI_OPEN(bpi_process_builder_set_data)
BPI_OPEN(bpi_process_builder_set_start_timeout)
BPI_OPEN(bpi_process_builder_add_command_word)
BPI_OPEN(bpi_process_builder_add_environment)
BPI_OPEN(bpi_process_builder_add_fd)
BPI_OPEN(bpi_process_builder_create)

/* processes.h: arrays taken apart */
BPI_OPEN(bpi_active_children)
BPI_OPEN(bpi_process_list_count)
BPI_OPEN(bpi_process_list_take)
BPI_OPEN(bpi_process_list_free)
BPI_OPEN(bpi_process_identity_part)
BPI_OPEN(bpi_current_identity_part)
BPI_OPEN(bpi_inherited_fd_count)
BPI_OPEN(bpi_inherited_fd)
BPI_OPEN(bpi_parent_pid)
BPI_OPEN(bpi_parent_name)
BPI_OPEN(bpi_current_authkey)
BPI_OPEN(bpi_current_set_authkey)
BPI_OPEN(bpi_start_method)
BPI_OPEN(bpi_current_start_method)
BPI_OPEN(bpi_check_start_method)
BPI_OPEN(bpi_set_start_method)
BPI_OPEN(bpi_freeze_support)
BPI_OPEN(bpi_set_executable_command)
BPI_OPEN(bpi_set_forkserver_preload)
