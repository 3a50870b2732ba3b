// msgpack-c reads the bytes. Not through msgpack_unpack_next: that builds a tree of objects, trusts
// announced sizes when it allocates them, and is compiled for 32 levels. The reader beneath it is a
// header for bindings to include with functions of their own, here ones that push onto Lua's stack:
// nothing is allocated outside Lua, so Lua may jump out of any of them.
#include "bindings/lua/native/messagepack_decoder.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "bindings/lua/native/messagepack_encoder.h"

// One level more for the array of a call's arguments.
#define MSGPACK_EMBED_STACK_SIZE (billiard::lua::kMaxDepth + 1)
#include "msgpack.h"
#include "msgpack/unpack_define.h"

namespace billiard::lua {
namespace {

constexpr char kTruncated[] = "the bytes end in the middle of a MessagePack value";
constexpr char kTooDeep[] = "MessagePack values nested deeper than 100 levels";
constexpr char kNotAnArray[] = "the arguments are not a MessagePack array";

struct Reader {
  lua_State* lua;
  int map_metatable;
  size_t unclaimed;       // bytes left for entries not yet announced: an entry is one byte at least
  bool awaits_arguments;  // the next value is the array whose elements are wanted
  const char* problem = nullptr;
};

// What the reader remembers of a value; the value itself is on Lua's stack.
struct Object {
  lua_Integer stored = 0;  // elements of an array
};

constexpr lua_Integer kLeftOnStack = -1;  // `stored` of the array of arguments

int Refuse(Reader* reader, const char* problem) {
  reader->problem = problem;
  return MSGPACK_UNPACK_PARSE_ERROR;
}

bool Claim(Reader* reader, uint64_t entries) {
  if (entries > reader->unclaimed) return false;
  reader->unclaimed -= static_cast<size_t>(entries);
  return true;
}

// Past this a table grows by itself.
int Reserve(unsigned count) { return static_cast<int>(std::min(count, 1U << 20)); }

int PushInteger(Reader* reader, lua_Integer value, Object*) {
  lua_pushinteger(reader->lua, value);
  return 0;
}

int PushNumber(Reader* reader, lua_Number value, Object*) {
  lua_pushnumber(reader->lua, value);
  return 0;
}

int PushString(Reader* reader, const char*, const char* bytes, unsigned size, Object*) {
  lua_pushlstring(reader->lua, bytes, size);
  return 0;
}

int PushBoolean(Reader* reader, bool value) {
  lua_pushboolean(reader->lua, value);
  return 0;
}

void NullForNil(lua_State* lua) {
  if (!lua_isnil(lua, -1)) return;
  lua_pop(lua, 1);
  lua_pushlightuserdata(lua, nullptr);
}

// The functions that msgpack-c calls, by its names.
constexpr auto on_uint8 = &PushInteger, on_uint16 = &PushInteger, on_uint32 = &PushInteger;
constexpr auto on_int8 = &PushInteger, on_int16 = &PushInteger, on_int32 = &PushInteger;
constexpr auto on_int64 = &PushInteger;
constexpr auto on_float = &PushNumber, on_double = &PushNumber;
constexpr auto on_str = &PushString, on_bin = &PushString;

Object on_root(Reader*) { return Object(); }

int on_nil(Reader* reader, Object*) {
  lua_pushnil(reader->lua);
  return 0;
}

int on_true(Reader* reader, Object*) { return PushBoolean(reader, true); }
int on_false(Reader* reader, Object*) { return PushBoolean(reader, false); }

int on_uint64(Reader* reader, uint64_t value, Object* object) {
  if (value > static_cast<uint64_t>(std::numeric_limits<lua_Integer>::max())) {
    return Refuse(reader, "an integer above 2^63 - 1 does not fit Lua's integers");
  }
  return PushInteger(reader, static_cast<lua_Integer>(value), object);
}

int on_ext(Reader* reader, const char*, const char*, unsigned, Object*) {
  return Refuse(reader, "MessagePack extension types have no Lua value");
}

int StartArguments(Reader* reader, unsigned count, Object* array) {
  reader->awaits_arguments = false;
  array->stored = kLeftOnStack;
  const bool room = count <= LUAI_MAXSTACK && lua_checkstack(reader->lua, static_cast<int>(count));
  return room ? 0 : Refuse(reader, "too many arguments");
}

// Room on the stack for a table, a key and a value, or for the table and its metatable.
int CheckStack(Reader* reader) {
  return lua_checkstack(reader->lua, 3) ? 0 : Refuse(reader, "the Lua stack is full");
}

int on_array(Reader* reader, unsigned count, Object* array) {
  if (!Claim(reader, count)) return Refuse(reader, kTruncated);
  if (reader->awaits_arguments) return StartArguments(reader, count, array);
  if (const int failure = CheckStack(reader)) return failure;
  lua_createtable(reader->lua, Reserve(count), 0);
  array->stored = 0;
  return 0;
}

int on_array_item(Reader* reader, Object* array, Object) {
  if (array->stored == kLeftOnStack) return 0;
  NullForNil(reader->lua);
  lua_rawseti(reader->lua, -2, ++array->stored);
  return 0;
}

int on_map(Reader* reader, unsigned count, Object*) {
  if (reader->awaits_arguments) return Refuse(reader, kNotAnArray);
  if (!Claim(reader, uint64_t{2} * count)) return Refuse(reader, kTruncated);
  if (const int failure = CheckStack(reader)) return failure;
  lua_createtable(reader->lua, 0, Reserve(count));
  if (count == 0) {
    lua_pushvalue(reader->lua, reader->map_metatable);
    lua_setmetatable(reader->lua, -2);
  }
  return 0;
}

int on_map_item(Reader* reader, Object*, Object, Object) {
  lua_State* lua = reader->lua;
  if (lua_isnil(lua, -2)) return Refuse(reader, "a map's key is nil");
  if (!lua_rawequal(lua, -2, -2)) return Refuse(reader, "a map's key is not a number (NaN)");
  NullForNil(lua);
  lua_rawset(lua, -3);
  return 0;
}

#define msgpack_unpack_struct(name) struct reader##name
#define msgpack_unpack_func(result, name) [[maybe_unused]] result read##name
#define msgpack_unpack_callback(name) on##name
#define msgpack_unpack_object Object
#define msgpack_unpack_user Reader
#include "msgpack/unpack_template.h"

const char* ProblemOf(int outcome, const Reader& reader) {
  if (outcome == MSGPACK_UNPACK_CONTINUE) return kTruncated;
  if (outcome == MSGPACK_UNPACK_NOMEM_ERROR) return kTooDeep;
  if (reader.problem != nullptr) return reader.problem;
  return "the byte 0xC1 starts no MessagePack value";
}

}  // namespace

const char* PushDecoded(lua_State* lua, const char* bytes, size_t size, int map_metatable,
                        Decoded form) {
  reader_context context;
  context.user = Reader{lua, lua_absindex(lua, map_metatable), size, form == Decoded::kElements};
  read_init(&context);
  size_t read = 0;
  const int outcome = read_execute(&context, bytes, size, &read);
  if (outcome <= 0) return ProblemOf(outcome, context.user);
  if (context.user.awaits_arguments) return kNotAnArray;
  return read == size ? nullptr : "there are bytes after the MessagePack value";
}

}  // namespace billiard::lua
