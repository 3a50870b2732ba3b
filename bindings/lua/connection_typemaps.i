/* How pipes, connections and listeners cross into Lua, besides what language_typemaps.i says. */

/* New handles. */
%typemap(in, numinputs=0) bp_connection** out ($*1_ltype handle = nullptr),
                          bp_connection** first ($*1_ltype handle = nullptr),
                          bp_connection** second ($*1_ltype handle = nullptr),
                          bp_listener** out ($*1_ltype handle = nullptr) "$1 = &handle;"
%typemap(argout) bp_connection** out, bp_connection** first, bp_connection** second,
                 bp_listener** out {
  if (result >= 0) {
    SWIG_NewPointerObj(L, *$1, $*1_descriptor, 0);
    ++SWIG_arg;
  }
}
%typemap(check) bp_connection*, const bp_connection*, bp_listener*, const bp_listener*, bpi_fds*,
                const bpi_fds* {
  luaL_argcheck(L, $1 != nullptr, $argnum, "handle expected, got nil");
}

/* Descriptors that came with a message: a list, at once, so that no hook of Lua gets in between. */
%typemap(in, numinputs=0) bpi_fds* passed "$1 = bpi_fds_new();"
%typemap(argout) bpi_fds* passed {
  if (result >= 0) {
    lua_createtable(L, static_cast<int>(bpi_fds_count($1)), 0);
    for (size_t i = 0; i < bpi_fds_count($1); ++i) {
      lua_pushinteger(L, bpi_fds_at($1, i));
      lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
    }
    ++SWIG_arg;
  }
}
%typemap(freearg) bpi_fds* passed "bpi_fds_free($1);"

/* Looks that found nothing are BP_TIMEOUT, as other waits are. */
%typemap(in, numinputs=0) int* ready (int ready = 0) "$1 = &ready;"
%define BILLIARD_LUA_POLLS(function)
%exception function {
  $action
  if (result == BP_OK && *arg4 == 0) result = BP_TIMEOUT;
}
%enddef
BILLIARD_LUA_POLLS(bp_connection_poll)
BILLIARD_LUA_POLLS(bp_connection_poll_send)
BILLIARD_LUA_POLLS(bp_listener_poll)

/* Numbers out. */
BILLIARD_LUA_NUMBER_OUT(int, fd, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(size_t, written, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(size_t, received, lua_pushinteger, lua_Integer)
%typemap(in, numinputs=0) size_t* length (size_t length = 0) "$1 = &length;"

/* A message that was too long for its buffer comes with the failure. */
%typemap(in, numinputs=0) bp_buffer* whole (bp_buffer whole = {}) "$1 = &whole;"
%typemap(argout) bp_buffer* whole {
  if (result == BP_TOO_SHORT) {
    lua_pushlstring(L, static_cast<const char*>($1->data), $1->size);
    ++SWIG_arg;
    bp_buffer_free($1);
  }
}

%apply (const void* data, size_t size) { (const void* ticket, size_t size),
                                         (const void* key, size_t key_size) };
%apply bp_buffer* out { bp_buffer* ticket };
