--- The items of a map as payloads (private).

local native = require "billiard.native"
local payload = require "billiard.payload"

local encode_arguments <const> = native.messagepack_encode_arguments
local RAW <const>, MSGPACK <const> = payload.RAW, payload.MSGPACK

local items = {}

-- Encoders return bytes and format; or nil and a reason.

local function encoded(bytes, index, problem)
  if bytes then return bytes, MSGPACK end
  return nil, string.format("argument %d: %s", index, problem)
end

--- The item is the task's only argument.
function items.one_argument(item)
  return encoded(encode_arguments(item))
end

--- The item is the list of the task's arguments; its field `n` is its length where nils count.
function items.arguments(item)
  if type(item) ~= "table" then return nil, "list of arguments expected, got " .. type(item) end
  return encoded(encode_arguments(table.unpack(item, 1, item.n or #item)))
end

--- The item is a byte string, which the task gets as it is.
function items.bytes(item)
  if type(item) ~= "string" then return nil, "string expected, got " .. type(item) end
  return item, RAW
end

--- A function that gives the items one after the other: `more, item`, where `more` is false behind
-- the last one. Takes a list, whose field `n` is its length where nils count, or an iterator
-- function, which is called without arguments until it returns nil.
-- @return that function; or nil when `given` is neither
function items.source(given)
  local metatable = getmetatable(given)
  if type(given) == "function" or type(metatable) == "table" and metatable.__call then
    return function()
      local item = given()
      return item ~= nil, item
    end
  end
  if type(given) ~= "table" then return nil end
  local index, count = 0, given.n or #given
  return function()
    index = index + 1
    return index <= count, given[index]
  end
end

return items
