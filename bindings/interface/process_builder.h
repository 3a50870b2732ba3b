/* Neutral helper for all bindings: builds a process object from single calls.
 *
 * bp_process_options holds arrays of strings and of descriptors, which no language can fill through
 * SWIG. A builder collects them one by one, keeps its own copies, and calls bp_process_create. It
 * decides nothing: what is not set stays the library's default. A builder belongs to one thread at a
 * time. */
#ifndef BILLIARD_BINDINGS_INTERFACE_PROCESS_BUILDER_H_
#define BILLIARD_BINDINGS_INTERFACE_PROCESS_BUILDER_H_

#include "billiard/bp.h"

typedef struct bpi_process_builder bpi_process_builder;

BP_BEGIN_C

/* All defaults, or NULL when memory is out. Ended with bpi_process_builder_free. */
bpi_process_builder* bpi_process_builder_new(void);

/* Frees a builder; NULL is ignored. Processes made from it stay. */
void bpi_process_builder_free(bpi_process_builder* builder);

/* The fields of bp_process_options. A text may be NULL: the default. `method` is the name of a context. */
void bpi_process_builder_set_name(bpi_process_builder* builder, const char* name);
void bpi_process_builder_set_start_method(bpi_process_builder* builder, const char* method);
void bpi_process_builder_set_daemon(bpi_process_builder* builder, int32_t daemon);
void bpi_process_builder_set_force_fork(bpi_process_builder* builder, int32_t force_fork);
void bpi_process_builder_set_entry(bpi_process_builder* builder, const char* entry);
void bpi_process_builder_set_data(bpi_process_builder* builder, const void* data, size_t size);
void bpi_process_builder_set_start_timeout(bpi_process_builder* builder, int64_t start_timeout_ns);

/* Appends one word to the command, one "NAME=value" to its environment, one descriptor. */
void bpi_process_builder_add_command_word(bpi_process_builder* builder, const char* word);
void bpi_process_builder_add_environment(bpi_process_builder* builder, const char* setting);
void bpi_process_builder_add_fd(bpi_process_builder* builder, int32_t fd);

/* For each language's own C code. */
void bpi_process_builder_set_function(bpi_process_builder* builder, bp_process_fn function,
                                      void* context);
void bpi_process_builder_set_fork_process(bpi_process_builder* builder, bp_fork_fn fork_process,
                                          void* context);

/* bp_process_create with what was collected, see there; or what bp_context_get says of the start method.
 * The builder can be used again. */
bp_status bpi_process_builder_create(const bpi_process_builder* builder, bp_process** out,
                                     bp_error** error);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_PROCESS_BUILDER_H_ */
