--- Messages on their way in or out of a queue together: methods of `billiard.queue`.
-- @classmod billiard.queue

local native = require "billiard.native"
local errors = require "billiard.errors"
local payload = require "billiard.payload"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local failure <const>, wait <const> = errors.failure, waiting.wait
local FULL <const>, MSGPACK <const>, RAW <const> = native.BP_FULL, payload.MSGPACK, payload.RAW

local Batch = {
  __close = function(batch) native.bpi_batch_free(batch.handle) end,
}

local function new_batch()
  return setmetatable({handle = native.bpi_batch_new()}, Batch)
end

local function try_get(handle, limit, token, batch, most)
  return native.bpi_queue_get_batch(handle, batch, most, limit, token)
end

-- Puts messages[first] ... in one go, as far as there is room. Returns the status, what describes
-- the error, and how many are in.
local function put_some(handle, messages, first, format)
  local batch <close> = new_batch()
  for index = first, #messages do native.bpi_batch_add(batch.handle, messages[index], format) end
  local status, detail = native.bpi_queue_put_batch(handle, batch.handle, 0, nil)
  return status, detail, native.bpi_batch_done(batch.handle)
end

local function put_all(handle, messages, format, limit, token)
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  local first = 1
  while true do
    local status, detail, done = put_some(handle, messages, first, format)
    first = first + done
    if status >= 0 then return #messages end
    if status ~= FULL then return failure(status, detail) end
    if deadline then limit = math.max(0, deadline - native.monotonic_now()) end
    status, detail = wait(native.bp_queue_wait_put, handle, limit, token)
    if status < 0 then
      local _, message, code, described = failure(status, detail)
      described.done = first - 1
      return nil, message, code, described
    end
  end
end

return function(Queue)
  --- Puts the values of a list as messages, one after the other.
  -- @tparam table values
  -- @tparam[opt] number timeout seconds to wait, for the whole list, while the queue is full
  -- @param[opt] token as in `put`
  -- @return how many; or nil, message, code as `put`, and a detail whose field `done` tells how
  -- many are in and stay
  function Queue:put_many(values, timeout, token)
    local handle = shared.handle_of(self, "put_many")
    if type(values) ~= "table" then
      errors.bad_argument(1, "put_many", "table expected, got " .. type(values))
    end
    local limit, interrupt_handle = shared.limits(timeout, token, 2, "put_many")
    local messages = {}
    for index = 1, #values do
      local bytes, problem = native.messagepack_encode(values[index])
      if not bytes then
        errors.bad_argument(1, "put_many", string.format("value %d: %s", index, problem))
      end
      messages[index] = bytes
    end
    if #messages == 0 then return 0 end
    return put_all(handle, messages, MSGPACK, limit, interrupt_handle)
  end

  --- Puts byte strings as messages, without encoding.
  -- @tparam table strings
  -- @tparam[opt] number timeout as in `put_many`
  -- @param[opt] token as in `put`
  -- @return as `put_many`
  function Queue:put_many_bytes(strings, timeout, token)
    local handle = shared.handle_of(self, "put_many_bytes")
    if type(strings) ~= "table" then
      errors.bad_argument(1, "put_many_bytes", "table expected, got " .. type(strings))
    end
    local limit, interrupt_handle = shared.limits(timeout, token, 2, "put_many_bytes")
    for index = 1, #strings do
      if type(strings[index]) ~= "string" then
        errors.bad_argument(1, "put_many_bytes",
          string.format("value %d: string expected, got %s", index, type(strings[index])))
      end
    end
    if #strings == 0 then return 0 end
    return put_all(handle, strings, RAW, limit, interrupt_handle)
  end

  --- Waits for a message, then takes those that are there, oldest first.
  -- @tparam integer most at most so many
  -- @tparam[opt] number timeout as in `get`
  -- @param[opt] token as in `get`
  -- @return a list of their values, with their number in the field `n` (a value may be nil); or
  -- nil, message, code as `get`. With `CORRUPT` the detail has the list as `values`: what could not
  -- be decoded is `billiard.null` there
  function Queue:get_many(most, timeout, token)
    local handle = shared.handle_of(self, "get_many")
    local count = shared.integer(most, 1, "get_many", "most")
    if count < 1 then errors.bad_argument(1, "get_many", "most: at least 1 expected") end
    local limit, interrupt_handle = shared.limits(timeout, token, 2, "get_many")
    local batch <close> = new_batch()
    local status, detail = waiting.take(try_get, native.bp_queue_wait_get, handle, limit,
      interrupt_handle, batch.handle, math.min(count, self:size() + 1024))
    if status < 0 then return failure(status, detail) end
    local values, corrupt = {n = native.bpi_batch_count(batch.handle)}, nil
    for index = 1, values.n do
      local bytes, format = native.bpi_batch_message(batch.handle, index - 1)
      local ok, value = payload.decode(bytes, format)
      if not ok then corrupt, value = value, payload.null end
      values[index] = value
    end
    if corrupt then
      return nil, "a message can not be decoded: " .. corrupt, "CORRUPT", {values = values}
    end
    return values
  end
end
