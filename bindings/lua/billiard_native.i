/* Module file of the private Lua module billiard.native. Users require "billiard", the hand-written
 * layer in bindings/lua/billiard, which is this module's only user. */
%module billiard_native

%{
#include "bindings/lua/native/connection_calls.h"
#include "bindings/lua/native/coroutine_functions.h"
#include "bindings/lua/native/error_table.h"
#include "bindings/lua/native/event_table.h"
#include "bindings/lua/native/forked_worker.h"
#include "bindings/lua/native/messagepack_functions.h"
#include "bindings/lua/native/process_calls.h"
#include "bindings/lua/native/shared_bytes.h"
#include "bindings/lua/native/system_functions.h"
#include "bindings/lua/native/task_call.h"
%}

%include "bindings/interface/bp.i"
%include "object_typemaps.i"
%include "bindings/interface/object_names.i"

/* What this layer has no use for: pointers, functions of C, options taken apart. */
%ignore bp_memory_data;
%ignore bp_value_data;
%ignore bp_array_data;
%ignore bp_array_read_into;
%ignore bp_condition_wait;
%ignore bp_condition_wait_for;
%ignore bp_waiter_wait_lock;
%ignore bp_barrier_wait;
%ignore bp_event_wait;
%ignore bp_value_set_uint;
%ignore bp_array_set_uint;
%ignore bpi_object_options_new;
%ignore bpi_object_options_free;
%ignore bpi_object_options_get;
%ignore bpi_lock_holder_pid;
%ignore bpi_rlock_holder_pid;

%include "bindings/interface/object_headers.i"

%include "connection_typemaps.i"
%include "bindings/interface/connection_names.i"
/* Lua has no buffers of its own: see connection_calls.h. Files are io's to read. */
%ignore bp_connection_recv_into;
%ignore bpi_connection_recv_fds;
%ignore bp_fd_read;
%include "bindings/interface/connection_headers.i"

/* connection_calls.h */
BPI_OPEN(billiard_lua_connection_recv_into)
BPI_OPEN(billiard_lua_connection_recv_fds)
%include "bindings/lua/native/connection_calls.h"

%include "process_typemaps.i"
%include "bindings/interface/process_names.i"
/* These run Lua code, and so know the state: see process_calls.h. */
%ignore bp_process_start;
%ignore bp_process_exit;
%ignore bpi_freeze_support;
%ignore bp_declare_fork_unsafe;
%include "bindings/interface/process_headers.i"

/* process_calls.h */
BPI_OPEN(billiard_lua_builder_set_function)
BPI_OPEN(billiard_lua_process_start)
BPI_OPEN(billiard_lua_freeze_support)
BPI_OPEN(billiard_lua_process_exit)
BPI_OPEN(billiard_lua_entry_dispatcher)
BPI_OPEN(billiard_lua_entry_register)
BPI_OPEN(billiard_lua_finalizer_dispatcher)
BPI_OPEN(billiard_lua_finalizer_create)
%include "bindings/lua/native/process_calls.h"

/* shared_bytes.h */
BPI_OPEN(billiard_lua_memory_view)
BPI_OPEN(billiard_lua_memory_write)
BPI_OPEN(billiard_lua_queue_reserve)
BPI_OPEN(billiard_lua_reservation_write)
%include "bindings/lua/native/shared_bytes.h"

/* forked_worker.h */
BPI_OPEN(billiard_lua_forked_worker_set)
BPI_OPEN(billiard_lua_forked_worker_forget)
%include "bindings/lua/native/forked_worker.h"

/* task_call.h */
BPI_OPEN(billiard_lua_soft_limit_begin)
BPI_OPEN(billiard_lua_soft_limit_end)
BPI_OPEN(billiard_lua_watch_job)
%include "bindings/lua/native/task_call.h"

/* Functions of the Lua C API itself: messagepack_functions.h, system_functions.h, task_call.h,
 * coroutine_functions.h. */
BPI_OPEN(messagepack_encode)
BPI_OPEN(messagepack_encode_arguments)
BPI_OPEN(messagepack_decode)
BPI_OPEN(messagepack_decode_arguments)
BPI_OPEN(messagepack_map_metatable)
BPI_OPEN(monotonic_now)
BPI_OPEN(poll)
BPI_OPEN(process_id)
BPI_OPEN(close_descriptor)
BPI_OPEN(flush_streams)
BPI_OPEN(interrupt_pending)
BPI_OPEN(soft_limit_error)
BPI_OPEN(call_task)
BPI_OPEN(coroutine_resume)
BPI_OPEN(coroutine_wrap)
%native(messagepack_encode) int billiard_lua_messagepack_encode(lua_State*);
%native(messagepack_encode_arguments) int billiard_lua_messagepack_encode_arguments(lua_State*);
%native(messagepack_decode) int billiard_lua_messagepack_decode(lua_State*);
%native(messagepack_decode_arguments) int billiard_lua_messagepack_decode_arguments(lua_State*);
%native(messagepack_map_metatable) int billiard_lua_messagepack_map_metatable(lua_State*);
%native(monotonic_now) int billiard_lua_monotonic_now(lua_State*);
%native(poll) int billiard_lua_poll(lua_State*);
%native(process_id) int billiard_lua_process_id(lua_State*);
%native(close_descriptor) int billiard_lua_close_descriptor(lua_State*);
%native(flush_streams) int billiard_lua_flush_streams(lua_State*);
%native(interrupt_pending) int billiard_lua_interrupt_pending(lua_State*);
%native(soft_limit_error) int billiard_lua_soft_limit_error(lua_State*);
%native(call_task) int billiard_lua_call_task(lua_State*);
%native(coroutine_resume) int billiard_lua_coroutine_resume(lua_State*);
%native(coroutine_wrap) int billiard_lua_coroutine_wrap(lua_State*);
