/* Bytes in shared memory, as strings: what Lua uses of pointers into it. Seen by SWIG. */
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_SHARED_BYTES_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_SHARED_BYTES_H_

#include "billiard/bp.h"

/* `size` bytes of the block from `offset` on. They live as the block does; no bytes when it does not
 * have so many there, or is gone. */
bp_view billiard_lua_memory_view(const bp_memory* memory, uint64_t offset, uint64_t size);

/* Copies bytes into the block. BP_INVALID where it does not have so many, BP_STATE when it is gone. */
bp_status billiard_lua_memory_write(bp_memory* memory, uint64_t offset, const void* data,
                                    size_t size);

/* bp_queue_reserve; its bytes are zeroed. */
bp_status billiard_lua_queue_reserve(bp_queue* queue, uint64_t bytes, bp_reservation** out,
                                     bp_error** error);

/* Copies bytes into a reservation of `room` bytes. BP_INVALID where it does not have so many, BP_STATE
 * when it is spent. */
bp_status billiard_lua_reservation_write(bp_reservation* reservation, uint64_t room,
                                         uint64_t offset, const void* data, size_t size);

#endif /* BILLIARD_BINDINGS_LUA_NATIVE_SHARED_BYTES_H_ */
