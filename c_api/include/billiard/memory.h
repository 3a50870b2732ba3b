/* A block of shared memory, for whatever a program keeps in it (SHM-40 to SHM-47).
 *
 * See object.h for options, ids, names and forks. Two blocks never share bytes (SHM-26). What is
 * written to one is seen by every process that has it (SHM-25); how they take turns is theirs. */
#ifndef BILLIARD_MEMORY_H_
#define BILLIARD_MEMORY_H_

#include "billiard/object.h"

typedef struct bp_memory bp_memory;

BP_BEGIN_C

/* Makes a block of `bytes` zeroed bytes (0 gives a block of no bytes, SHM-40), or opens the named one.
 * Owner: *out is the caller's, ended with bp_memory_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (bytes below 0, options, out), BP_TOO_LARGE (over 1 GiB), BP_EXISTS (the name has
 * another size), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_memory_create(int64_t bytes, const bp_object_options* options, bp_memory** out,
                                  bp_error** error);

/* The block `id` of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_memory_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_memory_attach(bp_segment* segment, uint64_t id, bp_memory** out,
                                  bp_error** error);

/* Names the block in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_memory_id(const bp_memory* memory);

/* Its bytes, aligned to 64; NULL for NULL, or when the block is gone (see object.h, Misuse).
 * Owner: the block's, valid until this process's last handle to it is released. Threads: any.
 * Fork: works in children. Blocks: never. Errors: none. */
BP_API void* bp_memory_data(const bp_memory* memory);

/* The number of bytes; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_memory_size(const bp_memory* memory);

/* Frees the handle; the block goes with the last process that holds it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_memory_release(bp_memory* memory);

BP_END_C

#endif /* BILLIARD_MEMORY_H_ */
