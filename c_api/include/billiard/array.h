/* An array of typed elements in shared memory, with a lock or raw (SHM-21, SHM-30).
 *
 * Types, fields, ranges of numbers, locks and atomic operations are those of value.h. An index counts
 * from 0, or, when negative, from the end (SHM-23); one that is out of range is BP_INVALID and nothing
 * is touched (G-SHM-7). See object.h for options, ids, names and forks. */
#ifndef BILLIARD_ARRAY_H_
#define BILLIARD_ARRAY_H_

#include "billiard/interrupt.h"
#include "billiard/lock.h"
#include "billiard/object.h"
#include "billiard/rlock.h"

typedef struct bp_array bp_array;

BP_BEGIN_C

/* Makes an array of `length` elements (0 is allowed), zeroed when size is 0, or else a copy of the
 * `size` bytes at `data`, exactly as many as the elements have; or opens the named one, which keeps its
 * contents.
 * Owner: type and data are copied; the options' lock is borrowed: the array has its own hold on it; *out
 * is the caller's, ended with bp_array_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (type, length below 0, data, size; options: two locks, or one of another segment;
 * out), BP_TOO_LARGE (over 1 GiB with its header), BP_EXISTS (the name has another type or length), BP_CORRUPT,
 * BP_NOMEM, BP_OS. */
BP_API bp_status bp_array_create(const char* type, int64_t length, const void* data, size_t size,
                                 const bp_object_options* options, bp_array** out,
                                 bp_error** error);

/* The array `id`, with the lock that it was made with, of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_array_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_array_attach(bp_segment* segment, uint64_t id, bp_array** out,
                                 bp_error** error);

/* Names the array in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_array_id(const bp_array* array);

/* A new raw array with the same type and contents (SHM-35), in the options' segment.
 * Owner: *out is the caller's, ended with bp_array_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (array, options, out), BP_NOMEM, BP_OS, BP_STATE. */
BP_API bp_status bp_array_copy(const bp_array* array, const bp_object_options* options,
                               bp_array** out, bp_error** error);

/* A second handle to a raw array, with a lock (SHM-34): the options' lock, or else a new RLock.
 * Owner: *out is the caller's, ended with bp_array_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_STATE ("object already synchronized"), BP_INVALID (array, options, out),
 * BP_NOMEM. */
BP_API bp_status bp_array_synchronize(bp_array* array, const bp_object_options* options,
                                      bp_array** out, bp_error** error);

/* The type text of its elements; "" for NULL.
 * Owner: the array's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API const char* bp_array_type(const bp_array* array);

/* The number of elements; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_array_length(const bp_array* array);

/* Bytes of one element; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_array_element_size(const bp_array* array);

/* Its elements in memory, aligned to 64, for access in place; NULL for NULL, or when it is gone (see
 * object.h, Misuse).
 * Owner: the array's, valid until this process's last handle to it is released. Threads: any.
 * Fork: works in children. Blocks: never. Errors: none. */
BP_API void* bp_array_data(const bp_array* array);

/* Bytes of all elements; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_array_size(const bp_array* array);

/* The fields of an element: 1 for scalars; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint32_t bp_array_fields(const bp_array* array);

/* As bp_value_field_name.
 * Owner: names are the array's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API const char* bp_array_field_name(const bp_array* array, uint32_t field);

/* As bp_value_field_index.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_array_field_index(const bp_array* array, const char* name);

/* As bp_value_field_type.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_array_field_type(const bp_array* array, uint32_t field);

/* Reads a field of an element; see value.h.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, index, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_array_get_int(const bp_array* array, int64_t index, uint32_t field,
                                  int64_t* out, bp_error** error);

/* As bp_array_get_int, as uint64_t.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (array, index, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_array_get_uint(const bp_array* array, int64_t index, uint32_t field,
                                   uint64_t* out, bp_error** error);

/* As bp_array_get_int, as double.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (array, index, field; out: NULL, not an integer, or does not fit), BP_STATE. */
BP_API bp_status bp_array_get_double(const bp_array* array, int64_t index, uint32_t field,
                                     double* out, bp_error** error);

/* Writes a field of an element; see value.h.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, index, field; number: out of range, or a double for an integer),
 * BP_STATE. */
BP_API bp_status bp_array_set_int(bp_array* array, int64_t index, uint32_t field, int64_t number,
                                  bp_error** error);

/* As bp_array_set_int, from uint64_t.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (array,
 * index, field; number: out of range, or a double for an integer), BP_STATE. */
BP_API bp_status bp_array_set_uint(bp_array* array, int64_t index, uint32_t field, uint64_t number,
                                   bp_error** error);

/* As bp_array_set_int, from double.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (array,
 * index, field; number: out of range, or a double for an integer), BP_STATE. */
BP_API bp_status bp_array_set_double(bp_array* array, int64_t index, uint32_t field, double number,
                                     bp_error** error);

/* Copies `count` elements from `start` on out of the array (SHM-23). Each field is whole; several
 * elements together are so only under the lock.
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (array, out; start or count: out of range), BP_NOMEM, BP_STATE. */
BP_API bp_status bp_array_read(const bp_array* array, int64_t start, int64_t count, bp_buffer* out,
                               bp_error** error);

/* The same into memory of the caller, which has room for `capacity` bytes.
 * Owner: data is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array; data: is NULL; start or count: out of range; capacity: not enough),
 * BP_STATE. */
BP_API bp_status bp_array_read_into(const bp_array* array, int64_t start, int64_t count, void* data,
                                    size_t capacity, bp_error** error);

/* Copies whole elements into the array from `start` on.
 * Owner: data is copied. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, data; start: out of range; size: not whole elements, or more than there
 * are), BP_STATE. */
BP_API bp_status bp_array_write(bp_array* array, int64_t start, const void* data, size_t size,
                                bp_error** error);

/* Sets `count` elements from `start` on to the one at `data`.
 * Owner: data is copied. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, data; start or count: out of range; size: not that of an element),
 * BP_STATE. */
BP_API bp_status bp_array_fill(bp_array* array, int64_t start, int64_t count, const void* data,
                               size_t size, bp_error** error);

/* The value of an array of type "c": its bytes up to the first NUL (SHM-24).
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (array: not of type "c"; out), BP_NOMEM, BP_STATE. */
BP_API bp_status bp_array_get_text(const bp_array* array, bp_buffer* out, bp_error** error);

/* Sets it, and a NUL behind it when there is room.
 * Owner: data is copied. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array: not of type "c"; data; size: more than the array has), BP_STATE. */
BP_API bp_status bp_array_set_text(bp_array* array, const void* data, size_t size,
                                   bp_error** error);

/* Adds to an integer field of an element, as bp_value_fetch_add.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, index; field: none such, or not an integer; number: the result is out of
 * range, nothing is changed, unless BP_WRAP), BP_STATE. */
BP_API bp_status bp_array_fetch_add(bp_array* array, int64_t index, uint32_t field, int64_t number,
                                    int64_t* out, bp_error** error);

/* Stores the number, as bp_array_fetch_add adds one.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID
 * (array, index; field: none such, or not an integer; number: the result is out of range, nothing is
 * changed, unless BP_WRAP), BP_STATE. */
BP_API bp_status bp_array_exchange(bp_array* array, int64_t index, uint32_t field, int64_t number,
                                   int64_t* out, bp_error** error);

/* Stores `number` where `expected` is, as bp_value_compare_exchange.
 * Owner: out is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, index; field: none such, or not an integer; expected, number: out of
 * range), BP_STATE. */
BP_API bp_status bp_array_compare_exchange(bp_array* array, int64_t index, uint32_t field,
                                           int64_t expected, int64_t number, int64_t* out,
                                           bp_error** error);

/* Waits while a field of 4 bytes is `expected`, as bp_value_wait.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (array, index, timeout_ns, expected; field: none such,
 * or not an integer of 4 bytes), BP_STATE. */
BP_API bp_status bp_array_wait(bp_array* array, int64_t index, uint32_t field, int64_t expected,
                               int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* Wakes up to `count` of those who wait for the field; -1: all.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (array, index, field, count), BP_STATE. */
BP_API bp_status bp_array_wake(bp_array* array, int64_t index, uint32_t field, int32_t count,
                               bp_error** error);

/* Takes the array's lock: as bp_rlock_acquire, or as bp_lock_acquire, which looks at no owner_token.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_STATE (it is raw; or as in rlock.h), BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (array,
 * owner_token, timeout_ns). */
BP_API bp_status bp_array_acquire(bp_array* array, uint64_t owner_token, int64_t timeout_ns,
                                  bp_interrupt* interrupt, bp_error** error);

/* The wait-only twin of acquire; takes nothing (another taker may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_STATE (it is raw), BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (array, owner_token,
 * timeout_ns). */
BP_API bp_status bp_array_wait_lock(bp_array* array, uint64_t owner_token, int64_t timeout_ns,
                                    bp_interrupt* interrupt, bp_error** error);

/* Gives the lock back (once, when it is recursive).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (it is raw, or not owned; texts as in rlock.h and lock.h), BP_INVALID. */
BP_API bp_status bp_array_unlock(bp_array* array, uint64_t owner_token, bp_error** error);

/* A handle to its lock (SHM-31), when that is an RLock; the same object for every process.
 * Owner: *out is the caller's, ended with bp_rlock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it has a bp_lock, or none), BP_INVALID (array, out), BP_NOMEM. */
BP_API bp_status bp_array_get_rlock(bp_array* array, bp_rlock** out, bp_error** error);

/* The same for a lock that is a bp_lock.
 * Owner: *out is the caller's, ended with bp_lock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it has an RLock, or none), BP_INVALID (array, out), BP_NOMEM. */
BP_API bp_status bp_array_get_lock(bp_array* array, bp_lock** out, bp_error** error);

/* Writes "<SynchronizedArray wrapper for i[10]>" (SHM-33), "<SynchronizedString wrapper for c[10]>" for
 * chars, "<i[10]>" when it is raw. Returns and cuts as bp_lock_describe.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_array_describe(const bp_array* array, char* text, size_t capacity);

/* Frees the handle; the array goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_array_release(bp_array* array);

BP_END_C

#endif /* BILLIARD_ARRAY_H_ */
