/* Neutral helper for all bindings: calls of process.h and context.h with their arrays taken apart into
 * single arguments. The contract of each is that of the function that it names. Texts come as bpi_names
 * (calls.h); where a start method is asked for by name, NULL is the default context. */
#ifndef BILLIARD_BINDINGS_INTERFACE_PROCESSES_H_
#define BILLIARD_BINDINGS_INTERFACE_PROCESSES_H_

#include "billiard/bp.h"
#include "bindings/interface/calls.h"

BP_BEGIN_C

/* bp_active_children: *out is the caller's, ended with bpi_process_list_free, which releases what nobody
 * took. */
typedef struct bpi_process_list bpi_process_list;
bp_status bpi_active_children(bpi_process_list** out, bp_error** error);
size_t bpi_process_list_count(const bpi_process_list* list);
/* The process becomes the caller's; NULL when it was taken before, or does not exist. */
bp_process* bpi_process_list_take(bpi_process_list* list, size_t index);
void bpi_process_list_free(bpi_process_list* list);

/* bp_process_identity and bp_current_identity, one by one: -1 behind the last. */
int64_t bpi_process_identity_part(const bp_process* process, size_t index);
int64_t bpi_current_identity_part(size_t index);

/* bp_inherited_fds: how many, -1 in a process that was not started by this library; and one of them, -1
 * behind the last. */
int32_t bpi_inherited_fd_count(void);
int32_t bpi_inherited_fd(size_t index);

/* bp_parent_process: the pid; and the name, whose whole length is returned. */
int32_t bpi_parent_pid(void);
size_t bpi_parent_name(char* text, size_t capacity);

/* bp_current_authkey, into a buffer that is the caller's; bp_current_set_authkey. */
bp_status bpi_current_authkey(bp_buffer* out, bp_error** error);
bp_status bpi_current_set_authkey(const void* data, size_t size, bp_error** error);

/* bp_start_methods, one by one: NULL behind the last. */
const char* bpi_start_method(size_t index);
/* bp_context_start_method of the default context. */
const char* bpi_current_start_method(int32_t allow_unset);
/* Whether bp_context_get knows it. */
bp_status bpi_check_start_method(const char* method, bp_error** error);
/* bp_context_set_start_method of the default context; `method` may be NULL. */
bp_status bpi_set_start_method(const char* method, int32_t force, bp_error** error);

/* bp_freeze_support, bp_set_executable_command, bp_set_forkserver_preload. */
void bpi_freeze_support(const bpi_names* words);
bp_status bpi_set_executable_command(const bpi_names* words, bp_error** error);
bp_status bpi_set_forkserver_preload(const bpi_names* paths, bp_error** error);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_PROCESSES_H_ */
