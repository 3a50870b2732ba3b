/* Types and conventions shared by every Billiard header. c_api/CONVENTIONS.md has the whole rules.
 *
 * Time      int64_t nanoseconds of the monotonic clock. As a timeout: BP_FOREVER (-1) waits for
 *           ever, 0 never waits, anything below -1 is BP_INVALID.
 * Options   structs that know their size: call bp_x_options_init(&o, sizeof o), change what you
 *           need, pass it. 0 or NULL in a field means "the default"; a limit of -1 means "none".
 *           Fields are only ever appended. NULL instead of options means all defaults.
 * Ends      ..._close ends the use of a thing and may be called again; ..._release frees the handle,
 *           exactly once. Both accept NULL.
 * Contract  every function says, in this order: Owner (who owns what is passed and returned),
 *           Threads, Fork (what a forked child may do with it), Blocks, Errors.
 */
#ifndef BILLIARD_COMMON_H_
#define BILLIARD_COMMON_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define BP_BEGIN_C extern "C" {
#define BP_END_C }
#else
#define BP_BEGIN_C
#define BP_END_C
#endif

#if defined(SWIG)
#define BP_API
#else
#define BP_API __attribute__((visibility("default")))
#endif

/* A timeout that never ends. */
#define BP_FOREVER ((int64_t)-1)

/* "No job": no id is ever this value. */
#define BP_NO_JOB UINT64_MAX

/* How the bytes of a payload are to be read. It travels with the payload through pools and queues,
 * so that a message put by one language is decoded by another. The core never looks inside. */
typedef enum bp_format {
  BP_FORMAT_RAW = 0,           /* bytes, handed over as they are */
  BP_FORMAT_MSGPACK = 1,       /* one MessagePack value; call arguments are one array */
  BP_FORMAT_RUBY_MARSHAL = 16, /* Ruby's Marshal; only between Ruby programs that asked for it */
  BP_FORMAT_LUA_DUMP = 17      /* Lua's string.dump; only between Lua programs that asked for it */
} bp_format;

/* Bytes that belong to somebody else; the function that fills it says until when they stay. */
typedef struct bp_view {
  const void* data; /* never NULL, also when size is 0 */
  size_t size;      /* bytes */
  uint32_t format;  /* a bp_format */
} bp_view;

/* Bytes that belong to the caller, who ends them with bp_buffer_free. */
typedef struct bp_buffer {
  void* data; /* NULL when size is 0 */
  size_t size;
  uint32_t format;
} bp_buffer;

/* Stands in for fork() where a language's runtime must know of it (Ruby's Process._fork): returns 0 in
 * the child, the child's pid in the parent, or -1 with errno. */
typedef int32_t (*bp_fork_fn)(void* context);

BP_BEGIN_C

/* Frees the bytes of a buffer that a Billiard call filled, and empties it.
 * Owner: the buffer's bytes are freed; the struct stays the caller's. NULL is ignored.
 * Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_buffer_free(bp_buffer* buffer);

BP_END_C

#endif /* BILLIARD_COMMON_H_ */
