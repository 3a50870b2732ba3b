#include "bindings/lua/native/messagepack_encoder.h"

#include <cstdint>
#include <cstring>
#include <limits>

#include "bindings/lua/native/utf8_text.h"

namespace billiard::lua {
namespace {

constexpr uint64_t kMax32 = std::numeric_limits<uint32_t>::max();

int AppendTo(void* out, const char* bytes, size_t size) {
  static_cast<std::string*>(out)->append(bytes, size);
  return 0;
}

struct TableShape {
  size_t count = 0;         // pairs
  bool is_sequence = true;  // the keys are exactly 1 ... count
};

TableShape ShapeOf(lua_State* lua, int index) {
  TableShape shape;
  const auto length = static_cast<lua_Integer>(lua_rawlen(lua, index));
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
    ++shape.count;
    if (!lua_isinteger(lua, -2)) {
      shape.is_sequence = false;
      continue;
    }
    const lua_Integer key = lua_tointeger(lua, -2);
    if (key < 1 || key > length) shape.is_sequence = false;
  }
  // Keys are distinct: `count` of them within 1 ... length fill the range when the two are equal.
  if (shape.count != static_cast<size_t>(length)) shape.is_sequence = false;
  return shape;
}

// Whether it is an object of this library: a table that ends something when it is garbage. Its fields mean
// nothing to another process.
bool IsHandle(lua_State* lua, int index) {
  if (!lua_getmetatable(lua, index)) return false;
  lua_pushliteral(lua, "__gc");
  const bool ends = lua_rawget(lua, -2) == LUA_TFUNCTION;
  lua_pushliteral(lua, "__name");
  const bool named = lua_rawget(lua, -3) == LUA_TSTRING;
  const bool handle = ends && named && std::strncmp(lua_tostring(lua, -1), "billiard.", 9) == 0;
  lua_pop(lua, 3);
  return handle;
}

}  // namespace

MessagePackEncoder::MessagePackEncoder(lua_State* state, std::string* out) : lua_(state) {
  msgpack_packer_init(&packer_, out, AppendTo);
}

bool MessagePackEncoder::Append(int index, int depth) {
  switch (lua_type(lua_, index)) {
    case LUA_TNIL:
      msgpack_pack_nil(&packer_);
      return true;
    case LUA_TBOOLEAN:
      if (lua_toboolean(lua_, index)) {
        msgpack_pack_true(&packer_);
      } else {
        msgpack_pack_false(&packer_);
      }
      return true;
    case LUA_TNUMBER:
      if (lua_isinteger(lua_, index)) {
        msgpack_pack_int64(&packer_, lua_tointeger(lua_, index));
      } else {
        msgpack_pack_double(&packer_, lua_tonumber(lua_, index));
      }
      return true;
    case LUA_TSTRING:
      return AppendString(index);
    case LUA_TTABLE:
      return AppendTable(index, depth);
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(lua_, index) != nullptr) return Refuse("cannot encode a light userdata");
      msgpack_pack_nil(&packer_);
      return true;
    case LUA_TFUNCTION:
      return Refuse("cannot encode a function");
    case LUA_TTHREAD:
      return Refuse("cannot encode a coroutine");
    default:
      return Refuse("cannot encode a userdata");
  }
}

bool MessagePackEncoder::AppendTable(int index, int depth) {
  if (IsHandle(lua_, index)) {
    return Refuse(
        "cannot encode a pool, queue or other object, which can not be passed between processes");
  }
  if (depth >= kMaxDepth) return Refuse("cannot encode tables nested deeper than 100 levels");
  if (!lua_checkstack(lua_, 4)) return Refuse("the Lua stack is full");
  const TableShape shape = ShapeOf(lua_, index);
  if (shape.count > kMax32) return Refuse("cannot encode a table of more than 2^32 - 1 entries");
  if (shape.is_sequence && !(shape.count == 0 && MarkedAsMap(index))) {
    return AppendElements(index, shape.count, depth + 1);
  }
  return AppendPairs(index, shape.count, depth + 1);
}

bool MessagePackEncoder::AppendElements(int index, size_t count, int depth) {
  AppendArrayHeader(count);
  for (size_t i = 1; i <= count; ++i) {
    lua_rawgeti(lua_, index, static_cast<lua_Integer>(i));
    if (!Append(lua_gettop(lua_), depth)) return false;
    lua_pop(lua_, 1);
  }
  return true;
}

bool MessagePackEncoder::AppendPairs(int index, size_t count, int depth) {
  msgpack_pack_map(&packer_, count);
  for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
    const int value = lua_gettop(lua_);
    if (!Append(value - 1, depth) || !Append(value, depth)) return false;
  }
  return true;
}

bool MessagePackEncoder::AppendString(int index) {
  size_t size;
  const char* bytes = lua_tolstring(lua_, index, &size);
  if (size > kMax32) return Refuse("cannot encode a string of more than 2^32 - 1 bytes");
  if (IsUtf8(bytes, size)) {
    msgpack_pack_str_with_body(&packer_, bytes, size);
  } else {
    msgpack_pack_bin_with_body(&packer_, bytes, size);
  }
  return true;
}

bool MessagePackEncoder::MarkedAsMap(int index) {
  if (!lua_getmetatable(lua_, index)) return false;
  lua_pushliteral(lua_, "__billiard");
  lua_rawget(lua_, -2);
  const bool map =
      lua_type(lua_, -1) == LUA_TSTRING && std::strcmp(lua_tostring(lua_, -1), "map") == 0;
  lua_pop(lua_, 2);
  return map;
}

}  // namespace billiard::lua
