/* One typed value in shared memory, with a lock (SHM-30) or raw (SHM-20).
 *
 * Its type is a text: one typecode
 *   c char   b B signed, unsigned char   h H short   i I int   l L long   q Q 64 bits   u wchar_t
 *   f float   d double   ? bool
 * or a structure of named fields, "x:d,n:i": fields in this order, each aligned to its size, and the
 * whole to its largest; names are letters, digits and '_', at most 64 bytes, at most 64 fields. The
 * fields are numbered from 0; a scalar is its own field 0.
 *
 * get and set are whole: a store of up to 8 bytes is never seen half done, with or without a lock
 * (SHM-27). They do not take the lock: a caller that wants SHM-31 takes it around them. No access ever
 * reaches outside the value, whatever the index (G-SHM-7).
 *
 * See object.h for options, ids, names and forks. BP_NO_LOCK makes it raw. BP_WRAP belongs to the
 * object, as its type does: all who attach to it have it. */
#ifndef BILLIARD_VALUE_H_
#define BILLIARD_VALUE_H_

#include "billiard/interrupt.h"
#include "billiard/lock.h"
#include "billiard/object.h"
#include "billiard/rlock.h"

typedef struct bp_value bp_value;

BP_BEGIN_C

/* Reads a type text: *size gets the bytes of one element, *fields the number of its fields (each may be
 * NULL).
 * Owner: all are the caller's. Threads: any. Fork: safe. Blocks: never.
 * Errors: BP_INVALID (type: unknown typecode, or not well formed; SHM-8). */
BP_API bp_status bp_type_read(const char* type, uint64_t* size, uint32_t* fields, bp_error** error);

/* Makes a value, zeroed when size is 0, or else a copy of the `size` bytes at `data`, exactly as many as
 * the type has; or opens the named one, which keeps its contents.
 * Owner: type and data are copied; the options' lock is borrowed: the value has its own hold on it; *out
 * is the caller's, ended with bp_value_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (type, data, size; options: two locks, or one of another segment; out), BP_EXISTS
 * (the name has another type), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_value_create(const char* type, const void* data, size_t size,
                                 const bp_object_options* options, bp_value** out,
                                 bp_error** error);

/* The value `id`, with the lock that it was made with, of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_value_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_value_attach(bp_segment* segment, uint64_t id, bp_value** out,
                                 bp_error** error);

/* Names the value in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_value_id(const bp_value* value);

/* A new raw value with the same type and contents (SHM-35), in the options' segment.
 * Owner: *out is the caller's, ended with bp_value_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (value, options, out), BP_NOMEM, BP_OS, BP_STATE. */
BP_API bp_status bp_value_copy(const bp_value* value, const bp_object_options* options,
                               bp_value** out, bp_error** error);

/* A second handle to a raw value, with a lock (SHM-34): the options' lock, or else a new RLock.
 * Owner: *out is the caller's, ended with bp_value_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_STATE ("object already synchronized"), BP_INVALID (value, options, out),
 * BP_NOMEM. */
BP_API bp_status bp_value_synchronize(bp_value* value, const bp_object_options* options,
                                      bp_value** out, bp_error** error);

/* Its type text; "" for NULL.
 * Owner: the value's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API const char* bp_value_type(const bp_value* value);

/* Its bytes in memory, aligned to 64, for access in place; NULL for NULL, or when it is gone (see
 * object.h, Misuse).
 * Owner: the value's, valid until this process's last handle to it is released. Threads: any.
 * Fork: works in children. Blocks: never. Errors: none. */
BP_API void* bp_value_data(const bp_value* value);

/* How many bytes; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_value_size(const bp_value* value);

/* Fields: 1 for a scalar; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint32_t bp_value_fields(const bp_value* value);

/* A field's name: "" for a scalar, NULL when there is no such field.
 * Owner: the value's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API const char* bp_value_field_name(const bp_value* value, uint32_t field);

/* The number of the field of that name, -1 when there is none.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_value_field_index(const bp_value* value, const char* name);

/* A field's typecode ('i'), 0 when there is no such field.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_value_field_type(const bp_value* value, uint32_t field);

/* Reads a field. Integers are read as doubles too, doubles as nothing else.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_value_get_int(const bp_value* value, uint32_t field, int64_t* out,
                                  bp_error** error);

/* As bp_value_get_int, as uint64_t.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (value, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_value_get_uint(const bp_value* value, uint32_t field, uint64_t* out,
                                   bp_error** error);

/* As bp_value_get_int, as double.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (value, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_value_get_double(const bp_value* value, uint32_t field, double* out,
                                     bp_error** error);

/* Writes a field. An integer that the type can not hold is refused (SHM-22) unless BP_WRAP.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value, field; number: out of range, or a double for an integer), BP_STATE. */
BP_API bp_status bp_value_set_int(bp_value* value, uint32_t field, int64_t number,
                                  bp_error** error);

/* As bp_value_set_int, from uint64_t.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (value,
 * field; number: out of range, or a double for an integer), BP_STATE. */
BP_API bp_status bp_value_set_uint(bp_value* value, uint32_t field, uint64_t number,
                                   bp_error** error);

/* As bp_value_set_int, from double.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (value,
 * field; number: out of range, or a double for an integer), BP_STATE. */
BP_API bp_status bp_value_set_double(bp_value* value, uint32_t field, double number,
                                     bp_error** error);

/* Reads all bytes of the value; each field is whole, a structure is not: take its lock.
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (value, out), BP_NOMEM, BP_STATE. */
BP_API bp_status bp_value_get_bytes(const bp_value* value, bp_buffer* out, bp_error** error);

/* Sets all bytes of the value, as many as its type has.
 * Owner: data is copied. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value, data; size: not that of the type), BP_STATE. */
BP_API bp_status bp_value_set_bytes(bp_value* value, const void* data, size_t size,
                                    bp_error** error);

/* Adds to an integer field. All operations on integers are atomic (G-SHM-4) and sequentially
 * consistent. *out, when not NULL, gets what was there before. Numbers of unsigned 64-bit types are
 * the int64_t of the same bits.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value; field: none such, or not an integer; number: the result is out of range,
 * nothing is changed, unless BP_WRAP), BP_STATE. */
BP_API bp_status bp_value_fetch_add(bp_value* value, uint32_t field, int64_t number, int64_t* out,
                                    bp_error** error);

/* Stores the number, as bp_value_fetch_add adds one.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (value; field: none such, or not an integer; number: the result is out of range, nothing is changed,
 * unless BP_WRAP), BP_STATE. */
BP_API bp_status bp_value_exchange(bp_value* value, uint32_t field, int64_t number, int64_t* out,
                                   bp_error** error);

/* Stores `number` where `expected` is; *out gets what was there, which is `expected` exactly when the
 * number was stored.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value; field: none such, or not an integer; expected, number: out of range),
 * BP_STATE. */
BP_API bp_status bp_value_compare_exchange(bp_value* value, uint32_t field, int64_t expected,
                                           int64_t number, int64_t* out, bp_error** error);

/* Waits while a field of 4 bytes, an integer, is `expected`: BP_OK when it is something else. Somebody
 * who changes it has to wake; takes nothing.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (value, timeout_ns; field: none such, or not an
 * integer of 4 bytes), BP_STATE. */
BP_API bp_status bp_value_wait(bp_value* value, uint32_t field, int64_t expected,
                               int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* Wakes up to `count` of those who wait for the field; -1: all.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (value, field, count), BP_STATE. */
BP_API bp_status bp_value_wake(bp_value* value, uint32_t field, int32_t count, bp_error** error);

/* Takes the value's lock: as bp_rlock_acquire, or as bp_lock_acquire, which looks at no owner_token.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_STATE (it is raw; or as in rlock.h), BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (value,
 * owner_token, timeout_ns). */
BP_API bp_status bp_value_acquire(bp_value* value, uint64_t owner_token, int64_t timeout_ns,
                                  bp_interrupt* interrupt, bp_error** error);

/* The wait-only twin of acquire; takes nothing (another taker may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_STATE (it is raw), BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (value, owner_token,
 * timeout_ns). */
BP_API bp_status bp_value_wait_lock(bp_value* value, uint64_t owner_token, int64_t timeout_ns,
                                    bp_interrupt* interrupt, bp_error** error);

/* Gives the lock back (once, when it is recursive).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (it is raw, or not owned; texts as in rlock.h and lock.h), BP_INVALID. */
BP_API bp_status bp_value_unlock(bp_value* value, uint64_t owner_token, bp_error** error);

/* A handle to its lock (SHM-31), when that is an RLock; the same object for every process.
 * Owner: *out is the caller's, ended with bp_rlock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it has a bp_lock, or none), BP_INVALID (value, out), BP_NOMEM. */
BP_API bp_status bp_value_get_rlock(bp_value* value, bp_rlock** out, bp_error** error);

/* The same for a lock that is a bp_lock.
 * Owner: *out is the caller's, ended with bp_lock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it has an RLock, or none), BP_INVALID (value, out), BP_NOMEM. */
BP_API bp_status bp_value_get_lock(bp_value* value, bp_lock** out, bp_error** error);

/* Writes "<Synchronized wrapper for i(5)>" (SHM-33), "<i(5)>" when it is raw; a structure is
 * "<Synchronized<Struct> wrapper for x:d,n:i(0.5, 3)>". Returns and cuts as bp_lock_describe.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_value_describe(const bp_value* value, char* text, size_t capacity);

/* Frees the handle; the value goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_value_release(bp_value* value);

BP_END_C

#endif /* BILLIARD_VALUE_H_ */
