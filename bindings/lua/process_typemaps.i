/* How processes cross into Lua, besides what language_typemaps.i says. */

%typemap(in, numinputs=0) bp_process** out ($*1_ltype handle = nullptr),
                          bpi_process_list** out ($*1_ltype handle = nullptr),
                          bp_finalizer** out ($*1_ltype handle = nullptr) "$1 = &handle;"
%typemap(argout) bp_process** out, bpi_process_list** out, bp_finalizer** out {
  if (result >= 0) {
    SWIG_NewPointerObj(L, *$1, $*1_descriptor, 0);
    ++SWIG_arg;
  }
}
%typemap(check) bp_process*, const bp_process*, bpi_process_list*, const bpi_process_list*,
                bpi_process_builder*, const bpi_process_builder*, bp_finalizer*,
                const bp_finalizer* {
  luaL_argcheck(L, $1 != nullptr, $argnum, "handle expected, got nil");
}

/* The function that a forked child runs, by its place on the stack; nil: 0. */
%typemap(in) int target_index {
  if (!lua_isnil(L, $input)) luaL_checktype(L, $input, LUA_TFUNCTION);
  $1 = lua_isnil(L, $input) ? 0 : $input;
}

/* What a finalizer gave. */
%typemap(in, numinputs=0) int32_t* value (int32_t number = 0) "$1 = &number;"
%typemap(argout) int32_t* value {
  lua_pushinteger(L, *$1);
  ++SWIG_arg;
}

BILLIARD_LUA_NUMBER_OUT(int32_t, alive, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(int32_t, status, lua_pushinteger, lua_Integer)
