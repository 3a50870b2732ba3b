--- A block of shared memory, for whatever a program keeps in it: bytes, read and written as
-- strings.
-- @classmod billiard.memory

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"

local Memory = shared.class("memory")
local handle_of <const> = shared.handle_of

local function out_of_range(position, count, size)
  return errors.failure(native.BP_INVALID, {
    message = string.format("position: %d bytes at %d are out of range 1 to %d", count, position,
      size),
  })
end

--- Reads bytes.
-- @tparam[opt] integer position of the first, from 1; default 1
-- @tparam[opt] integer count default all from there on
-- @return string; or nil, message, code (`INVALID`: out of range; `STATE`: the block is gone)
function Memory:read(position, count)
  local handle = handle_of(self, "read")
  local size = native.bp_memory_size(handle)
  local first = position == nil and 1 or shared.integer(position, 1, "read", "position")
  local most = count == nil and math.max(0, size - first + 1)
    or shared.integer(count, 2, "read", "count")
  if first < 1 or first > size + 1 or most < 0 or most > size - first + 1 then
    return out_of_range(first, most, size)
  end
  local bytes = native.billiard_lua_memory_view(handle, first - 1, most)
  if #bytes ~= most then
    return errors.failure(native.BP_STATE, {message = "the object is gone"})
  end
  return bytes
end

--- Writes bytes.
-- @tparam integer position of the first, from 1
-- @tparam string bytes
-- @return true; or nil, message, code (`INVALID`: out of range; `STATE`: the block is gone)
function Memory:write(position, bytes)
  local handle = handle_of(self, "write")
  local first = shared.integer(position, 1, "write", "position")
  if type(bytes) ~= "string" then
    errors.bad_argument(2, "write", "string expected, got " .. type(bytes))
  end
  local size = native.bp_memory_size(handle)
  if first < 1 or first > size + 1 or #bytes > size - first + 1 then
    return out_of_range(first, #bytes, size)
  end
  local status = native.billiard_lua_memory_write(handle, first - 1, bytes)
  if status < 0 then return errors.failure(status, {message = "the object is gone"}) end
  return true
end

--- The number of bytes; `#memory` is the same.
-- @treturn integer
function Memory:size()
  return native.bp_memory_size(handle_of(self, "size"))
end

function Memory:__len()
  return native.bp_memory_size(handle_of(self, "#"))
end

local known <const> = {name = true, segment = true}

local function new(bytes, options)
  local size = shared.integer(bytes, 1, "memory", "bytes")
  local given = shared.options(options, 2, "memory", known)
  return shared.wrap(Memory, native.bp_memory_create(size, given))
end

return {new = new}
