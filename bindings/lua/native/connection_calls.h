/* Calls of connections in the form that Lua wants: blocks of shared memory are its buffers, and descriptors
 * come as a list. Seen by SWIG. */
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_CONNECTION_CALLS_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_CONNECTION_CALLS_H_

#include "billiard/bp.h"
#include "bindings/interface/connections.h"

/* bp_connection_recv_into, into the block from `offset` on. BP_STATE when the block is gone. */
bp_status billiard_lua_connection_recv_into(bp_connection* connection, bp_memory* memory,
                                            int64_t offset, int64_t timeout_ns,
                                            bp_interrupt* interrupt, size_t* received,
                                            bp_buffer* whole, bp_error** error);

/* bpi_connection_recv_fds: the message, then the descriptors. */
bp_status billiard_lua_connection_recv_fds(bp_connection* connection, int64_t timeout_ns,
                                           bp_interrupt* interrupt, bp_buffer* out, bpi_fds* passed,
                                           bp_error** error);

#endif /* BILLIARD_BINDINGS_LUA_NATIVE_CONNECTION_CALLS_H_ */
