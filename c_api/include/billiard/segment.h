/* Shared memory in which locks, values and all other small objects live.
 *
 * Every process tree has a default segment, made when first needed and shared by every fork. A program
 * makes segments of its own to hand objects to processes that are not its forks: it passes the segment
 * once, as a file descriptor or by name, and after that each object as a number (its id).
 *
 * Memory is taken from the system as objects need it and given back as they go. When the system has no
 * more, making an object fails with BP_NOMEM; using one never does. */
#ifndef BILLIARD_SEGMENT_H_
#define BILLIARD_SEGMENT_H_

#include "billiard/error.h"

typedef struct bp_segment bp_segment;

typedef struct bp_segment_options {
  size_t size;        /* sizeof(bp_segment_options) */
  uint64_t max_bytes; /* memory that objects may use; 0: 64 GiB of address space, or what fits */
} bp_segment_options;

/* What is in a segment. The caller sets `size`; fields that do not fit in it are left alone. */
typedef struct bp_segment_stats {
  size_t size;              /* sizeof(bp_segment_stats) */
  uint64_t max_bytes;       /* of the whole segment, its own tables included */
  uint64_t objects;         /* objects that somebody holds */
  uint64_t bytes_in_use;    /* of their memory, rounded up as it is handed out */
  uint64_t bytes_committed; /* taken from the system */
  uint32_t processes;       /* that take part in it and are alive */
} bp_segment_stats;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_segment_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_segment_options_init(bp_segment_options* options, size_t size);

/* Makes an anonymous segment.
 * Owner: *out is the caller's, ended with bp_segment_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (options, out), BP_NOMEM, BP_OS. */
BP_API bp_status bp_segment_create(const bp_segment_options* options, bp_segment** out,
                                   bp_error** error);

/* The default segment of this process and its forks: where objects live that name no segment.
 * Owner: *out is the caller's, ended with bp_segment_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out), BP_NOMEM, BP_OS. */
BP_API bp_status bp_segment_default(bp_segment** out, bp_error** error);

/* Opens the segment `name` (1 to 200 bytes, no '/'), making it with `options` when no living process
 * has it. Only processes of the same user can open it. The name goes away with the last of them.
 * Owner: name is copied; *out is the caller's, ended with bp_segment_release. Threads: any.
 * Fork: works in children. Blocks: only while another process is making the same segment.
 * Errors: BP_INVALID (name, options, out), BP_CORRUPT (foreign, truncated or other version under that
 * name), BP_NOMEM, BP_OS. */
BP_API bp_status bp_segment_open(const char* name, const bp_segment_options* options,
                                 bp_segment** out, bp_error** error);

/* Maps the segment whose descriptor was inherited or received from another process.
 * Owner: fd stays the caller's; *out is the caller's, ended with bp_segment_release. Threads: any.
 * Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (fd, out), BP_CORRUPT (not a segment of this version), BP_NOMEM, BP_OS. */
BP_API bp_status bp_segment_attach_fd(int fd, bp_segment** out, bp_error** error);

/* The segment's descriptor, to be passed to another process; close-on-exec; -1 for NULL.
 * Owner: the segment's, valid until its release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: none. */
BP_API int bp_segment_fd(const bp_segment* segment);

/* Fills *out up to out->size. Exact while nobody makes or ends objects.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (segment, out). */
BP_API bp_status bp_segment_get_stats(const bp_segment* segment, bp_segment_stats* out,
                                      bp_error** error);

/* Takes back at once what processes held that have died; it happens by itself when memory is needed.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (segment),
 * BP_NOMEM. */
BP_API bp_status bp_segment_sweep(bp_segment* segment, bp_error** error);

/* Frees the handle. Objects in the segment that this process has open keep it mapped.
 * Owner: takes the segment; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_segment_release(bp_segment* segment);

BP_END_C

#endif /* BILLIARD_SEGMENT_H_ */
