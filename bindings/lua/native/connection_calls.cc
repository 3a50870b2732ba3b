#include "bindings/lua/native/connection_calls.h"

bp_status billiard_lua_connection_recv_into(bp_connection* connection, bp_memory* memory,
                                            int64_t offset, int64_t timeout_ns,
                                            bp_interrupt* interrupt, size_t* received,
                                            bp_buffer* whole, bp_error** error) {
  void* room = bp_memory_data(memory);
  if (room == nullptr) return BP_STATE;
  return bp_connection_recv_into(connection, room, bp_memory_size(memory), offset, timeout_ns,
                                 interrupt, received, whole, error);
}

bp_status billiard_lua_connection_recv_fds(bp_connection* connection, int64_t timeout_ns,
                                           bp_interrupt* interrupt, bp_buffer* out, bpi_fds* passed,
                                           bp_error** error) {
  return bpi_connection_recv_fds(connection, passed, timeout_ns, interrupt, out, error);
}
