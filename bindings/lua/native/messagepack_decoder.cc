#include "bindings/lua/native/messagepack_decoder.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "bindings/lua/native/messagepack_encoder.h"

namespace billiard::lua {
namespace {

constexpr char kTruncated[] = "the bytes end in the middle of a MessagePack value";
constexpr char kStackFull[] = "the Lua stack is full";

// Room to reserve for `count` announced entries when `left` bytes can still follow (one byte each
// at least). Past this a table grows by itself.
int Reserve(uint64_t count, size_t left) {
  constexpr uint64_t kMost = 1 << 20;
  return static_cast<int>(std::min({count, static_cast<uint64_t>(left), kMost}));
}

}  // namespace

bool MessagePackDecoder::PushValue() { return Push(0) && AtEnd(); }

bool MessagePackDecoder::PushElements(int* count) {
  uint64_t announced;
  if (Left() == 0) return Refuse(kTruncated);
  const uint8_t type = *at_++;
  if ((type & 0xF0) == 0x90) {
    announced = type & 0x0F;
  } else if (type == 0xDC || type == 0xDD) {
    if (!ReadUnsigned(type == 0xDC ? 2 : 4, &announced)) return false;
  } else {
    return Refuse("the arguments are not a MessagePack array");
  }
  if (announced > Left()) return Refuse(kTruncated);
  if (announced > LUAI_MAXSTACK || !lua_checkstack(lua_, static_cast<int>(announced) + 4)) {
    return Refuse("too many arguments");
  }
  *count = static_cast<int>(announced);
  for (uint64_t i = 0; i < announced; ++i) {
    if (!Push(1)) return false;
  }
  return AtEnd();
}

bool MessagePackDecoder::Push(int depth) {
  if (depth > kMaxDepth) return Refuse("MessagePack values nested deeper than 100 levels");
  if (!lua_checkstack(lua_, 4)) return Refuse(kStackFull);
  if (Left() == 0) return Refuse(kTruncated);
  const uint8_t type = *at_++;
  if (type < 0x80 || type >= 0xE0) {  // positive and negative fixint
    lua_pushinteger(lua_, static_cast<int8_t>(type));
    return true;
  }
  if (type < 0x90) return PushMap(type & 0x0F, depth);
  if (type < 0xA0) return PushArray(type & 0x0F, depth);
  if (type < 0xC0) return PushString(type & 0x1F);
  return PushTyped(type, depth);
}

bool MessagePackDecoder::PushTyped(uint8_t type, int depth) {
  uint64_t size = 0;
  switch (type) {
    case 0xC0:
      lua_pushnil(lua_);
      return true;
    case 0xC2:
    case 0xC3:
      lua_pushboolean(lua_, type == 0xC3);
      return true;
    case 0xC4:  // bin 8, 16, 32
    case 0xC5:
    case 0xC6:
      return ReadUnsigned(1 << (type - 0xC4), &size) && PushString(size);
    case 0xCA:
      return PushFloat32();
    case 0xCB:
      return PushFloat64();
    case 0xCC:  // uint 8 ... 64
    case 0xCD:
    case 0xCE:
    case 0xCF:
      return PushUnsigned(1 << (type - 0xCC));
    case 0xD0:  // int 8 ... 64
    case 0xD1:
    case 0xD2:
    case 0xD3:
      return PushSigned(1 << (type - 0xD0));
    case 0xD9:  // str 8, 16, 32
    case 0xDA:
    case 0xDB:
      return ReadUnsigned(1 << (type - 0xD9), &size) && PushString(size);
    case 0xDC:
    case 0xDD:
      return ReadUnsigned(type == 0xDC ? 2 : 4, &size) && PushArray(size, depth);
    case 0xDE:
    case 0xDF:
      return ReadUnsigned(type == 0xDE ? 2 : 4, &size) && PushMap(size, depth);
    case 0xC1:
      return Refuse("the byte 0xC1 starts no MessagePack value");
    default:
      return Refuse("MessagePack extension types have no Lua value");
  }
}

bool MessagePackDecoder::PushUnsigned(int bytes) {
  uint64_t value;
  if (!ReadUnsigned(bytes, &value)) return false;
  if (value > static_cast<uint64_t>(std::numeric_limits<lua_Integer>::max())) {
    return Refuse("an integer above 2^63 - 1 does not fit Lua's integers");
  }
  lua_pushinteger(lua_, static_cast<lua_Integer>(value));
  return true;
}

bool MessagePackDecoder::PushSigned(int bytes) {
  uint64_t value;
  if (!ReadUnsigned(bytes, &value)) return false;
  const int unused = 64 - 8 * bytes;
  lua_pushinteger(lua_, static_cast<lua_Integer>(value << unused) >> unused);
  return true;
}

bool MessagePackDecoder::PushFloat32() {
  uint64_t bits;
  if (!ReadUnsigned(4, &bits)) return false;
  lua_pushnumber(lua_, std::bit_cast<float>(static_cast<uint32_t>(bits)));
  return true;
}

bool MessagePackDecoder::PushFloat64() {
  uint64_t bits;
  if (!ReadUnsigned(8, &bits)) return false;
  lua_pushnumber(lua_, std::bit_cast<double>(bits));
  return true;
}

bool MessagePackDecoder::PushString(uint64_t size) {
  if (size > Left()) return Refuse(kTruncated);
  lua_pushlstring(lua_, reinterpret_cast<const char*>(at_), static_cast<size_t>(size));
  at_ += size;
  return true;
}

bool MessagePackDecoder::PushArray(uint64_t count, int depth) {
  if (count > Left()) return Refuse(kTruncated);
  lua_createtable(lua_, Reserve(count, Left()), 0);
  for (uint64_t i = 1; i <= count; ++i) {
    if (!PushNested(depth + 1)) return false;
    lua_rawseti(lua_, -2, static_cast<lua_Integer>(i));
  }
  return true;
}

bool MessagePackDecoder::PushMap(uint64_t count, int depth) {
  if (count > Left() / 2) return Refuse(kTruncated);
  lua_createtable(lua_, 0, Reserve(count, Left() / 2));
  if (count == 0) {
    lua_pushvalue(lua_, map_metatable_);
    lua_setmetatable(lua_, -2);
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (!Push(depth + 1) || !CheckKey() || !PushNested(depth + 1)) return false;
    lua_rawset(lua_, -3);
  }
  return true;
}

bool MessagePackDecoder::PushNested(int depth) {
  if (!Push(depth)) return false;
  if (lua_isnil(lua_, -1)) {
    lua_pop(lua_, 1);
    lua_pushlightuserdata(lua_, nullptr);
  }
  return true;
}

bool MessagePackDecoder::CheckKey() {
  if (lua_isnil(lua_, -1)) return Refuse("a map's key is nil");
  if (lua_type(lua_, -1) == LUA_TNUMBER && !lua_rawequal(lua_, -1, -1)) {
    return Refuse("a map's key is not a number (NaN)");
  }
  return true;
}

bool MessagePackDecoder::ReadUnsigned(int bytes, uint64_t* value) {
  if (Left() < static_cast<size_t>(bytes)) return Refuse(kTruncated);
  *value = 0;
  for (int i = 0; i < bytes; ++i) *value = *value << 8 | *at_++;
  return true;
}

bool MessagePackDecoder::AtEnd() {
  return Left() == 0 || Refuse("there are bytes after the MessagePack value");
}

}  // namespace billiard::lua
