/* How objects in shared memory cross into Lua, besides what language_typemaps.i says. */

/* New handles. */
%typemap(in, numinputs=0) bp_segment** out ($*1_ltype handle = nullptr),
                          bp_memory** out ($*1_ltype handle = nullptr),
                          bp_lock** out ($*1_ltype handle = nullptr),
                          bp_rlock** out ($*1_ltype handle = nullptr),
                          bp_semaphore** out ($*1_ltype handle = nullptr),
                          bp_event** out ($*1_ltype handle = nullptr),
                          bp_condition** out ($*1_ltype handle = nullptr),
                          bp_waiter** out ($*1_ltype handle = nullptr),
                          bp_barrier** out ($*1_ltype handle = nullptr),
                          bp_arrival** out ($*1_ltype handle = nullptr),
                          bp_value** out ($*1_ltype handle = nullptr),
                          bp_array** out ($*1_ltype handle = nullptr) "$1 = &handle;"
%typemap(argout) bp_segment** out, bp_memory** out, bp_lock** out, bp_rlock** out,
                 bp_semaphore** out, bp_event** out, bp_condition** out, bp_waiter** out,
                 bp_barrier** out, bp_arrival** out, bp_value** out, bp_array** out {
  if (result >= 0) {
    SWIG_NewPointerObj(L, *$1, $*1_descriptor, 0);
    ++SWIG_arg;
  }
}

/* nil is the default segment, where the C ABI says so; elsewhere a handle must be one. */
%typemap(check) const bp_segment*, bp_memory*, const bp_memory*, bp_lock*, const bp_lock*,
                bp_rlock*, const bp_rlock*, bp_semaphore*, const bp_semaphore*, bp_event*,
                const bp_event*, bp_condition*, const bp_condition*, bp_waiter*, bp_barrier*,
                const bp_barrier*, bp_arrival*, const bp_arrival*, bp_value*, const bp_value*,
                bp_array*, const bp_array* {
  luaL_argcheck(L, $1 != nullptr, $argnum, "handle expected, got nil");
}
/* Options: nil, or a table {segment, name, flags, lock, rlock} of handles; what is in it stays alive
 * with the table during the call. */
%{
static void* FieldHandle(lua_State* state, int table, const char* field, swig_type_info* type) {
  void* handle = nullptr;
  lua_getfield(state, table, field);
  if (!lua_isnil(state, -1) && SWIG_ConvertPtr(state, -1, &handle, type, 0) < 0) {
    luaL_error(state, "option '%s': handle expected", field);
  }
  lua_pop(state, 1);
  return handle;
}

static bp_object_options* ReadObjectOptions(lua_State* state, int table,
                                            bp_object_options* options) {
  if (lua_isnil(state, table)) return nullptr;
  luaL_checktype(state, table, LUA_TTABLE);
  bp_object_options_init(options, sizeof *options);
  options->segment =
      static_cast<bp_segment*>(FieldHandle(state, table, "segment", SWIGTYPE_p_bp_segment));
  options->lock = static_cast<bp_lock*>(FieldHandle(state, table, "lock", SWIGTYPE_p_bp_lock));
  options->rlock = static_cast<bp_rlock*>(FieldHandle(state, table, "rlock", SWIGTYPE_p_bp_rlock));
  lua_getfield(state, table, "name");
  options->name = lua_isnil(state, -1) ? nullptr : luaL_checkstring(state, -1);
  lua_getfield(state, table, "flags");
  options->flags = static_cast<uint32_t>(lua_tointeger(state, -1));
  lua_pop(state, 2);
  return options;
}
%}
%typemap(in) const bp_object_options* options (bp_object_options given) {
  $1 = ReadObjectOptions(L, $input, &given);
}

/* Numbers out. */
BILLIARD_LUA_NUMBER_OUT(int64_t, out, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint64_t, out, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(double, out, lua_pushnumber, lua_Number)
BILLIARD_LUA_NUMBER_OUT(uint64_t, size, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint32_t, fields, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(int32_t, notified, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint64_t, max_bytes, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint64_t, objects, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint64_t, bytes_in_use, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint64_t, bytes_committed, lua_pushinteger, lua_Integer)
BILLIARD_LUA_NUMBER_OUT(uint32_t, processes, lua_pushinteger, lua_Integer)

/* A holder is a bp_held_by and a process. */
%typemap(in, numinputs=0) int32_t* pid (int32_t number = 0) "$1 = &number;"
%typemap(argout) int32_t* pid {
  lua_pushinteger(L, *$1);
  ++SWIG_arg;
}

/* Descriptions, of structures too. */
%typemap(in, numinputs=0) (char* text, size_t capacity) (char buffer[8192]) {
  $1 = buffer;
  $2 = sizeof buffer;
}

%typemap(in) double {
  $1 = luaL_checknumber(L, $input);
}

/* Access to what has a lock takes that for the time of the call (SHM-31), here, where no hook of Lua
 * can get in between. BP_TIMEOUT: it was held by somebody all the time; ask again. BP_OWNER_DIED is
 * handed on when the access succeeded. */
%define BILLIARD_LUA_GUARDED(kind, call)
%exception bp_##kind##_##call {
  auto* guarded = const_cast<bp_##kind*>(arg1);
  const bp_status held = bp_##kind##_acquire(guarded, 0, billiard::lua::kSlice, nullptr, nullptr);
  if (held == BP_TIMEOUT) {
    result = held;
  } else {
    $action
    if (held >= 0) bp_##kind##_unlock(guarded, 0, nullptr);
    if (held > 0 && result == BP_OK) result = held;
  }
}
%enddef
BILLIARD_LUA_GUARDED(value, get_int)
BILLIARD_LUA_GUARDED(value, get_uint)
BILLIARD_LUA_GUARDED(value, get_double)
BILLIARD_LUA_GUARDED(value, set_int)
BILLIARD_LUA_GUARDED(value, set_double)
BILLIARD_LUA_GUARDED(value, get_bytes)
BILLIARD_LUA_GUARDED(value, set_bytes)
BILLIARD_LUA_GUARDED(array, get_int)
BILLIARD_LUA_GUARDED(array, get_uint)
BILLIARD_LUA_GUARDED(array, get_double)
BILLIARD_LUA_GUARDED(array, set_int)
BILLIARD_LUA_GUARDED(array, set_double)
BILLIARD_LUA_GUARDED(array, read)
BILLIARD_LUA_GUARDED(array, write)
BILLIARD_LUA_GUARDED(array, fill)
BILLIARD_LUA_GUARDED(array, get_text)
BILLIARD_LUA_GUARDED(array, set_text)

%{
namespace billiard::lua {
/* As long as one wait in C may last: see waiting.lua. */
constexpr int64_t kSlice = 50'000'000;
}  // namespace billiard::lua
%}
