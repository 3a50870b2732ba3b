#include "bindings/lua/native/messagepack_encoder.h"

#include <bit>
#include <cstring>
#include <limits>

#include "bindings/lua/native/utf8_text.h"

namespace billiard::lua {
namespace {

constexpr uint64_t kMax32 = std::numeric_limits<uint32_t>::max();

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

}  // namespace

bool MessagePackEncoder::Append(int index, int depth) {
  switch (lua_type(lua_, index)) {
    case LUA_TNIL:
      out_->push_back('\xC0');
      return true;
    case LUA_TBOOLEAN:
      out_->push_back(lua_toboolean(lua_, index) ? '\xC3' : '\xC2');
      return true;
    case LUA_TNUMBER:
      if (lua_isinteger(lua_, index)) {
        AppendInteger(lua_tointeger(lua_, index));
      } else {
        AppendFloat(lua_tonumber(lua_, index));
      }
      return true;
    case LUA_TSTRING:
      return AppendString(index);
    case LUA_TTABLE:
      return AppendTable(index, depth);
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(lua_, index) != nullptr) return Refuse("cannot encode a light userdata");
      out_->push_back('\xC0');
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
  AppendHeader(count, 0x80, 0xDE);
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
  const bool text = IsUtf8(bytes, size);
  if (text && size < 32) {
    out_->push_back(static_cast<char>(0xA0 | size));
  } else if (size <= 0xFF) {
    AppendBytes(text ? 0xD9 : 0xC4, size, 1);
  } else if (size <= 0xFFFF) {
    AppendBytes(text ? 0xDA : 0xC5, size, 2);
  } else {
    AppendBytes(text ? 0xDB : 0xC6, size, 4);
  }
  out_->append(bytes, size);
  return true;
}

void MessagePackEncoder::AppendInteger(lua_Integer value) {
  const auto bits = static_cast<uint64_t>(value);
  if (value >= 0) {
    if (value < 0x80) {
      out_->push_back(static_cast<char>(value));
    } else if (value <= 0xFF) {
      AppendBytes(0xCC, bits, 1);
    } else if (value <= 0xFFFF) {
      AppendBytes(0xCD, bits, 2);
    } else if (bits <= kMax32) {
      AppendBytes(0xCE, bits, 4);
    } else {
      AppendBytes(0xCF, bits, 8);
    }
  } else if (value >= -32) {
    out_->push_back(static_cast<char>(value));
  } else if (value >= std::numeric_limits<int8_t>::min()) {
    AppendBytes(0xD0, bits, 1);
  } else if (value >= std::numeric_limits<int16_t>::min()) {
    AppendBytes(0xD1, bits, 2);
  } else if (value >= std::numeric_limits<int32_t>::min()) {
    AppendBytes(0xD2, bits, 4);
  } else {
    AppendBytes(0xD3, bits, 8);
  }
}

void MessagePackEncoder::AppendFloat(lua_Number value) {
  AppendBytes(0xCB, std::bit_cast<uint64_t>(static_cast<double>(value)), 8);
}

void MessagePackEncoder::AppendHeader(size_t count, uint8_t short_form, uint8_t form16) {
  if (count < 16) {
    out_->push_back(static_cast<char>(short_form | count));
  } else if (count <= 0xFFFF) {
    AppendBytes(form16, count, 2);
  } else {
    AppendBytes(static_cast<uint8_t>(form16 + 1), count, 4);
  }
}

void MessagePackEncoder::AppendBytes(uint8_t type, uint64_t value, int bytes) {
  char encoded[9];
  encoded[0] = static_cast<char>(type);
  for (int i = 1; i <= bytes; ++i) encoded[i] = static_cast<char>(value >> (8 * (bytes - i)));
  out_->append(encoded, static_cast<size_t>(bytes) + 1);
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
