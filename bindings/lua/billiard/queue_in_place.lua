--- Messages that lie in shared memory: written before they are put, and taken before they are done.
-- @classmod billiard.queue

local native = require "billiard.native"
local errors = require "billiard.errors"
local payload = require "billiard.payload"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local failure <const>, handle_of <const> = errors.failure, shared.handle_of

--- Memory inside a queue for one message: what `queue:reserve` returns.
-- @type reservation
local Reservation = {__name = "billiard.reservation"}
Reservation.__index = Reservation

--- Writes bytes.
-- @tparam integer position of the first, from 1
-- @tparam string bytes
-- @return true; or nil, message, code (`INVALID`: out of range; `STATE`: committed already)
function Reservation:write(position, bytes)
  local handle = handle_of(self, "write")
  local first = shared.integer(position, 1, "write", "position")
  if type(bytes) ~= "string" then
    errors.bad_argument(2, "write", "string expected, got " .. type(bytes))
  end
  local status = native.BP_INVALID
  if first >= 1 then
    status = native.billiard_lua_reservation_write(handle, self._size, first - 1, bytes)
  end
  if status >= 0 then return true end
  return failure(status, {
    message = status == native.BP_INVALID
      and string.format("position: %d bytes at %d are out of range 1 to %d", #bytes, first,
        self._size)
      or "the reservation was committed",
  })
end

--- The number of reserved bytes.
function Reservation:__len()
  return self._size
end

--- Puts the message: its first `size` bytes.
-- @tparam[opt] integer size default all
-- @tparam[opt] number timeout seconds to wait while the queue is full; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`FULL`, `CLOSED`, `INTERRUPTED`, `STATE`, `INVALID`)
function Reservation:commit(size, timeout, token)
  local handle = handle_of(self, "commit")
  local count = size == nil and self._size or shared.integer(size, 1, "commit", "size")
  if count < 0 then errors.bad_argument(1, "commit", "size: at least 0 expected") end
  local limit, interrupt_handle = shared.limits(timeout, token, 2, "commit")
  return shared.done(waiting.wait(function(_, slice, raised)
    return native.bp_queue_commit(handle, count, payload.RAW, slice, raised)
  end, handle, limit, interrupt_handle))
end

--- Gives back what was not committed. What `<close>` does. May be repeated.
function Reservation:release()
  local handle = self._handle
  if not handle then return end
  self._handle = false
  native.bp_reservation_release(handle)
end
Reservation.__gc, Reservation.__close = Reservation.release, Reservation.release

--- A message that was taken and is not done: what `queue:take` returns.
-- @type message
local Message = {__name = "billiard.message"}
Message.__index = Message

local function done_already(self)
  return failure(native.BP_STATE, {message = "the message was " .. self._done})
end

--- Its value.
-- @return the value; or nil, message, code (`CORRUPT`: it has none in Lua; `STATE`: done already)
function Message:value()
  local handle = handle_of(self, "value")
  if self._done then return done_already(self) end
  local ok, value = payload.decode(native.bp_message_payload(handle))
  if ok then return value end
  return nil, "the message can not be decoded: " .. value, "CORRUPT"
end

--- Its bytes as they are.
-- @return string, and their format, "raw", "msgpack" or a number; or nil, message, code (`STATE`:
-- done already)
function Message:bytes()
  local handle = handle_of(self, "bytes")
  if self._done then return done_already(self) end
  local bytes, format = native.bp_message_payload(handle)
  return bytes, format == payload.RAW and "raw" or format == payload.MSGPACK and "msgpack" or format
end

--- How often it was delivered before: 0, unless a taker died with it or gave it back.
-- @treturn integer
function Message:redelivered()
  return native.bp_message_redelivered(handle_of(self, "redelivered"))
end

--- Done with it: it is gone for good; in a joinable queue it counts as finished.
-- @return true; or nil, message, code (`STATE`: done already; `FORKED`)
function Message:ack()
  local ok, message, code, detail = shared.done(native.bp_message_ack(handle_of(self, "ack")))
  if ok then self._done = "acknowledged" end
  return ok, message, code, detail
end

--- Gives it back to the queue: it comes out again, before newer ones.
-- @return true; or nil, message, code (`STATE`: done already; `FORKED`)
function Message:give_back()
  local ok, message, code, detail =
    shared.done(native.bp_message_return(handle_of(self, "give_back")))
  if ok then self._done = "given back" end
  return ok, message, code, detail
end

--- Frees the handle. One that is not done is given back when the queue delivers at least once, else
-- acknowledged. What `<close>` does. May be repeated.
function Message:release()
  local handle = self._handle
  if not handle then return end
  self._handle = false
  native.bp_message_release(handle)
end
Message.__gc, Message.__close = Message.release, Message.release

return function(Queue)
  --- Reserves zeroed bytes inside the queue's memory, for a message that is written in parts.
  -- @tparam integer bytes
  -- @return a reservation, with `write`, `commit`, `release` and `<close>`; or nil, message, code
  -- (`TOO_LARGE`, `NOMEM`, `CLOSED`)
  function Queue:reserve(bytes)
    local handle = handle_of(self, "reserve")
    local size = shared.integer(bytes, 1, "reserve", "bytes")
    if size < 0 then errors.bad_argument(1, "reserve", "bytes: at least 0 expected") end
    local status, given = native.billiard_lua_queue_reserve(handle, size)
    if status < 0 then return failure(status, given) end
    return setmetatable({_handle = given, _size = size}, Reservation)
  end

  --- Takes the oldest message and leaves it where it is until it is acknowledged or given back. If
  -- this process dies before, the queue's delivery decides.
  -- @tparam[opt] number timeout as in `get`
  -- @param[opt] token as in `get`
  -- @return a message, with `value`, `bytes`, `redelivered`, `ack`, `give_back`, `release` and
  -- `<close>`; or nil, message, code as `get`
  function Queue:take(timeout, token)
    local handle = handle_of(self, "take")
    local status, given = waiting.take(native.bp_queue_take, native.bp_queue_wait_get, handle,
      shared.limits(timeout, token, 1, "take"))
    if status < 0 then return failure(status, given) end
    return setmetatable({_handle = given}, Message)
  end
end
