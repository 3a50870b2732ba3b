--- Values as bytes and back (private).
--
-- Between languages values travel as MessagePack: a call is one array of its arguments, a result
-- and a queue's message one value. Byte strings may travel raw, as they are.

local native = require "billiard.native"

local payload = {
  RAW = native.BP_FORMAT_RAW,
  MSGPACK = native.BP_FORMAT_MSGPACK,

  -- Stands for nil where a Lua table can not hold it.
  null = select(2, native.messagepack_decode("\x91\xC0"))[1], -- of the array [nil]
}

local decode_value <const> = native.messagepack_decode
local RAW <const>, MSGPACK <const> = payload.RAW, payload.MSGPACK

--- One value, of the bytes in the given format.
-- @return true and the value, or false and the reason
function payload.decode(bytes, format)
  if format == MSGPACK then return decode_value(bytes) end
  if format == RAW then return true, bytes end
  return false, string.format("payload format %d is unknown to Lua", format)
end

return payload
