/* How the C ABI's types cross into Lua.
 *
 * A call that returns a bp_status returns to Lua: the status as an integer, then its out-parameters
 * when it is not negative, or else a table that describes the error (error_table.h; nil when the
 * library gave none). Handles must not be nil; texts and bytes must be strings, never numbers. */

/* Integers keep their 64 bits; those that do not fit their C type are refused. */
%define BILLIARD_LUA_INTEGER(type, least, most)
%typemap(in) type {
  const lua_Integer given = luaL_checkinteger(L, $input);
  luaL_argcheck(L, given >= static_cast<lua_Integer>(least) &&
                       given <= static_cast<lua_Integer>(most), $input, "number out of range");
  $1 = static_cast<$1_ltype>(given);
}
%typemap(out) type {
  lua_pushinteger(L, static_cast<lua_Integer>($1));
  ++SWIG_arg;
}
%enddef
BILLIARD_LUA_INTEGER(int, INT32_MIN, INT32_MAX)
BILLIARD_LUA_INTEGER(int32_t, INT32_MIN, INT32_MAX)
BILLIARD_LUA_INTEGER(uint32_t, 0, UINT32_MAX)
BILLIARD_LUA_INTEGER(int64_t, INT64_MIN, INT64_MAX)
BILLIARD_LUA_INTEGER(uint64_t, 0, INT64_MAX)
BILLIARD_LUA_INTEGER(size_t, 0, INT64_MAX)
BILLIARD_LUA_INTEGER(bp_status, INT32_MIN, INT32_MAX)

/* A job may be BP_NO_JOB. */
%typemap(in) uint64_t job {
  $1 = static_cast<uint64_t>(luaL_checkinteger(L, $input));
}

/* SWIG would make texts of 64-bit constants. BP_NO_JOB is -1 in Lua, as every uint64_t is its bits.
 * */
%typemap(consttab) int64_t, uint64_t { SWIG_LUA_CONSTTAB_INT("$symname", $value) }

/* Texts: nil is NULL; a NUL byte inside would cut the text silently. */
%typemap(in) const char* {
  $1 = nullptr;
  if (!lua_isnil(L, $input)) {
    luaL_checktype(L, $input, LUA_TSTRING);
    size_t length;
    $1 = const_cast<char*>(lua_tolstring(L, $input, &length));
    luaL_argcheck(L, strlen($1) == length, $input, "string contains a NUL byte");
  }
}

/* Bytes in; the string stays on the stack, and so alive, during the call. */
%typemap(in) (const void* data, size_t size) {
  luaL_checktype(L, $input, LUA_TSTRING);
  $1 = const_cast<char*>(lua_tolstring(L, $input, &$2));
}

/* Bytes out: a string and its format. */
%typemap(in, numinputs=0) bp_view* out (bp_view view = {}) "$1 = &view;"
%typemap(argout) bp_view* out {
  if (result >= 0) {
    lua_pushlstring(L, static_cast<const char*>($1->data), $1->size);
    lua_pushinteger(L, $1->format);
    SWIG_arg += 2;
  }
}
%typemap(out) bp_view {
  lua_pushlstring(L, static_cast<const char*>($1.data), $1.size);
  lua_pushinteger(L, $1.format);
  SWIG_arg += 2;
}
%typemap(in, numinputs=0) bp_buffer* out (bp_buffer buffer = {}) "$1 = &buffer;"
%typemap(argout) bp_buffer* out {
  if (result >= 0) {
    lua_pushlstring(L, static_cast<const char*>($1->data), $1->size);
    lua_pushinteger(L, $1->format);
    SWIG_arg += 2;
    bp_buffer_free($1);
  }
}

/* New handles. */
%typemap(in, numinputs=0) bp_pool** out ($*1_ltype handle = nullptr),
                          bp_result** out ($*1_ltype handle = nullptr),
                          bp_worker** out ($*1_ltype handle = nullptr),
                          bp_job** out ($*1_ltype handle = nullptr),
                          bp_queue** out ($*1_ltype handle = nullptr),
                          bp_message** out ($*1_ltype handle = nullptr),
                          bp_reservation** out ($*1_ltype handle = nullptr),
                          bp_interrupt** out ($*1_ltype handle = nullptr),
                          bp_map_result** out ($*1_ltype handle = nullptr),
                          bp_imap_iterator** out ($*1_ltype handle = nullptr),
                          bp_pool_watch** out ($*1_ltype handle = nullptr),
                          bpi_snapshot** out ($*1_ltype handle = nullptr) "$1 = &handle;"
%typemap(argout) bp_pool** out, bp_result** out, bp_worker** out, bp_job** out, bp_queue** out,
                 bp_message** out, bp_reservation** out, bp_interrupt** out,
                 bp_map_result** out, bp_imap_iterator** out, bp_pool_watch** out,
                 bpi_snapshot** out {
  if (result >= 0) {
    SWIG_NewPointerObj(L, *$1, $*1_descriptor, 0);
    ++SWIG_arg;
  }
}

/* SWIG hands nil through as NULL, which is right for a token only. */
%typemap(check) bp_pool*, bp_result*, bp_worker*, bp_job*, bp_queue*, const bp_result*,
                const bp_worker*, const bp_job*, const bp_queue*, bp_message*,
                const bp_message*, bp_reservation*, bpi_batch*, const bpi_batch*, bpi_pool_builder*,
                const bpi_pool_builder*, bpi_snapshot*, const bpi_snapshot*, bpi_names*,
                const bpi_names*, bpi_job_options*, const bpi_job_options*,
                bp_map_result*, const bp_map_result*, bp_imap_iterator*,
                const bp_imap_iterator*, bp_pool_watch* {
  luaL_argcheck(L, $1 != nullptr, $argnum, "handle expected, got nil");
}

/* bp_imap_next: whose result it is, before everything else but the status, and also when the item
 * failed. */
%typemap(in, numinputs=0) uint64_t* index (uint64_t index = 0) "$1 = &index;"
%typemap(argout) uint64_t* index {
  lua_pushinteger(L, static_cast<lua_Integer>(*$1));
  lua_insert(L, -SWIG_arg);
  ++SWIG_arg;
}

/* The error: last of all results. */
%typemap(in, numinputs=0) bp_error** error (bp_error* failure = nullptr) "$1 = &failure;"
%typemap(argout) bp_error** error {
  if (result < 0) SWIG_arg += billiard::lua::PushErrorTable(L, *$1);
}

/* bp_exit_status_text and its like: the length, then the text. */
%typemap(in, numinputs=0) (char* text, size_t capacity) (char buffer[256]) {
  $1 = buffer;
  $2 = sizeof buffer;
}
%typemap(argout) (char* text, size_t capacity) {
  lua_pushstring(L, $1);
  ++SWIG_arg;
}

/* Numbers out. Those of failed calls mean nothing. */
%define BILLIARD_LUA_NUMBER_OUT(type, name, push, as)
%typemap(in, numinputs=0) type* name (type number = 0) "$1 = &number;"
%typemap(argout) type* name {
  if (result >= 0) {
    push(L, static_cast<as>(*$1));
    ++SWIG_arg;
  }
}
%enddef
BILLIARD_LUA_NUMBER_OUT(int32_t, fd, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(int64_t, free_slots, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(int64_t, bound, lua_pushinteger, lua_Integer)

/* bp_pool_read_events: an array of at most 64 events. */
%typemap(in, numinputs=0) (bp_pool_event* events, size_t capacity, size_t event_size,
                           size_t* count) (bp_pool_event buffer[64], size_t filled = 0) {
  $1 = buffer;
  $2 = sizeof buffer / sizeof buffer[0];
  $3 = sizeof buffer[0];
  $4 = &filled;
}
%typemap(argout) (bp_pool_event* events, size_t capacity, size_t event_size, size_t* count) {
  if (result >= 0) {
    lua_createtable(L, static_cast<int>(*$4), 0);
    for (size_t i = 0; i < *$4; ++i) {
      billiard::lua::PushPoolEvent(L, $1[i]);
      lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
    }
    ++SWIG_arg;
  }
}

/* A function is taken by its place on the stack. */
%typemap(in) int function_index {
  luaL_checktype(L, $input, LUA_TFUNCTION);
  $1 = $input;
}
