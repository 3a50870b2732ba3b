--- A queue of messages between processes, in any language.
-- @classmod billiard.queue

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local payload = require "billiard.payload"
local queue_batch = require "billiard.queue_batch"
local queue_in_place = require "billiard.queue_in_place"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local encode <const>, decode <const> = native.messagepack_encode, payload.decode
local failure <const>, nanoseconds <const>, wait <const> =
  errors.failure, waiting.nanoseconds, waiting.wait
local RAW <const>, MSGPACK <const> = payload.RAW, payload.MSGPACK
local queue_put <const>, queue_get <const>, queue_wait_get <const> =
  native.bp_queue_put, native.bp_queue_get, native.bp_queue_wait_get
local FOREVER <const> = native.BP_FOREVER
local token_of <const> = interrupt.handle_of

local Queue = {__name = "billiard.queue"}
Queue.__index = Queue

local limits <const> = {
  capacity = 0xFFFFFFFF,
  max_message = math.maxinteger,
  max_bytes = math.maxinteger,
}

local deliveries <const> = {
  at_most_once = native.BP_AT_MOST_ONCE,
  at_least_once = native.BP_AT_LEAST_ONCE,
}

local function check_option(name, value)
  local most = limits[name]
  if name == "delivery" then
    if deliveries[value] then return end
    errors.bad_argument(1, "queue",
      "option 'delivery': at_most_once or at_least_once expected, got " .. tostring(value))
  elseif name == "joinable" then
    if type(value) == "boolean" then return end
    errors.bad_argument(1, "queue", "option 'joinable': boolean expected, got " .. type(value))
  end
  if name == "name" then
    if type(value) ~= "string" or value:find("\0", 1, true) then
      errors.bad_argument(1, "queue", "option 'name': string without NUL expected")
    end
  elseif not most then
    errors.bad_argument(1, "queue", "option '" .. tostring(name) .. "': no such option")
  elseif math.type(value) ~= "integer" or value < 1 or value > most then
    errors.bad_argument(1, "queue",
      string.format("option '%s': integer from 1 to %d expected, got %s", name, most,
        tostring(value)))
  end
end

local function make(options, joinable)
  options = options or {}
  if type(options) ~= "table" then
    errors.bad_argument(1, "queue", "table of options expected, got " .. type(options))
  end
  for name, value in pairs(options) do check_option(name, value) end
  local capacity, max_message, max_bytes =
    options.capacity or 0, options.max_message or 0, options.max_bytes or 0
  local delivery = deliveries[options.delivery or "at_most_once"]
  local counts = (joinable or options.joinable) and 1 or 0
  local status, handle
  if options.name then
    status, handle = native.bpi_queue_open_special(options.name, capacity, max_message, max_bytes,
      delivery, counts)
  else
    status, handle =
      native.bpi_queue_create_special(capacity, max_message, max_bytes, delivery, counts)
  end
  if status < 0 then return failure(status, handle) end
  return setmetatable({_handle = handle}, Queue)
end

--- Makes or opens a queue (see `billiard.queue` in init.lua).
local function new(options)
  return make(options, false)
end

local function new_joinable(options)
  return make(options, true)
end

local handle_of <const> = shared.handle_of

-- Native waits, as waiting.wait wants them.
local function try_put(handle, limit, token, bytes, format)
  return queue_put(handle, bytes, format, limit, token)
end

local function put(self, name, bytes, format, timeout, token)
  local handle = handle_of(self, name)
  local limit = timeout == nil and FOREVER or nanoseconds(timeout, 2, name)
  local status, detail =
    wait(try_put, handle, limit, token ~= nil and token_of(token, 3, name) or nil, bytes, format)
  if status < 0 then return failure(status, detail) end
  return true
end

--- Puts a value as one message; it is in shared memory when this returns.
-- @param value what MessagePack can express
-- @tparam[opt] number timeout seconds to wait while the queue is full; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`FULL`, `CLOSED`, `TOO_LARGE`, `INTERRUPTED`, `NOMEM`)
function Queue:put(value, timeout, token)
  local bytes, problem = encode(value)
  if not bytes then errors.bad_argument(1, "put", problem) end
  return put(self, "put", bytes, MSGPACK, timeout, token)
end

--- Puts a byte string as one message, without encoding.
-- @tparam string bytes
-- @tparam[opt] number timeout as in `put`
-- @param[opt] token as in `put`
-- @return as `put`
function Queue:put_bytes(bytes, timeout, token)
  if type(bytes) ~= "string" then
    errors.bad_argument(1, "put_bytes", "string expected, got " .. type(bytes))
  end
  return put(self, "put_bytes", bytes, RAW, timeout, token)
end

local function get(self, name, timeout, token)
  local handle = handle_of(self, name)
  local limit = timeout == nil and FOREVER or nanoseconds(timeout, 1, name)
  return waiting.take(queue_get, queue_wait_get, handle, limit,
    token ~= nil and token_of(token, 2, name) or nil)
end

--- Takes the oldest message and returns its value (a raw message: its bytes). A value may be nil:
-- then there is no message text after it.
-- @tparam[opt] number timeout seconds to wait while the queue is empty; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return the value; or nil, message, code (`EMPTY`, `CLOSED`, `INTERRUPTED`, `NOMEM`, or
-- `CORRUPT`: the message was taken, but has no value in Lua)
function Queue:get(timeout, token)
  local status, bytes, format = get(self, "get", timeout, token)
  if status < 0 then return failure(status, bytes) end
  local ok, value = decode(bytes, format)
  if ok then return value end
  return nil, "the message can not be decoded: " .. value, "CORRUPT"
end

--- Takes the oldest message as it is.
-- @tparam[opt] number timeout as in `get`
-- @param[opt] token as in `get`
-- @return its bytes and their format, "raw", "msgpack" or a number; or nil, message, code as `get`
function Queue:get_bytes(timeout, token)
  local status, bytes, format = get(self, "get_bytes", timeout, token)
  if status < 0 then return failure(status, bytes) end
  return bytes, format == RAW and "raw" or format == MSGPACK and "msgpack" or format
end

--- Number of messages put and not yet taken; `#queue` is the same. Exact while nobody puts or
-- takes.
-- @treturn integer
function Queue:size()
  return native.bp_queue_size(handle_of(self, "size"))
end

function Queue:__len()
  return native.bp_queue_size(handle_of(self, "#"))
end

--- The largest number of messages.
-- @treturn integer
function Queue:capacity()
  return native.bp_queue_capacity(handle_of(self, "capacity"))
end

--- Messages lost with a process that was killed in the middle of taking them.
-- @treturn integer
function Queue:lost()
  return native.bp_queue_lost(handle_of(self, "lost"))
end

--- Whether there is no message. Exact while nobody puts or takes.
-- @treturn boolean
function Queue:empty()
  return native.bp_queue_size(handle_of(self, "empty")) == 0
end

--- What becomes of a message whose taker dies before it is done with it.
-- @treturn string "at_most_once" or "at_least_once"
function Queue:delivery()
  local delivery = native.bp_queue_delivery(handle_of(self, "delivery"))
  return delivery == deliveries.at_least_once and "at_least_once" or "at_most_once"
end

--- Whether unfinished messages are counted.
-- @treturn boolean
function Queue:joinable()
  return native.bp_queue_joinable(handle_of(self, "joinable")) == 1
end

--- One message of a joinable queue that this process got is finished.
-- @return true; or nil, message, code (`STATE`: called too many times, or it is not joinable)
function Queue:task_done()
  return shared.done(native.bp_queue_task_done(handle_of(self, "task_done")))
end

--- Waits until every message that was put into a joinable queue is finished.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `CLOSED`, `STATE`: not joinable)
function Queue:join(timeout, token)
  local handle = handle_of(self, "join")
  return shared.done(wait(native.bp_queue_join, handle, shared.limits(timeout, token, 1, "join")))
end

--- Messages put into a joinable queue and not finished.
-- @treturn integer
function Queue:unfinished()
  return native.bp_queue_unfinished(handle_of(self, "unfinished"))
end

--- Messages that were taken by processes which are dead, and with which nothing was done yet.
-- @treturn integer
function Queue:held_by_dead()
  return native.bp_queue_held_by_dead(handle_of(self, "held_by_dead"))
end

--- A file descriptor for event loops: readable when there is a message, or the queue is closed. It
-- stays so until a `get` or `take` finds nothing: so take with timeout 0 until `EMPTY`, then poll.
-- It is the queue's: do not read or close it. While it is asked for, a thread of this process waits
-- for messages; a forked worker asks for its own.
-- @return integer; or nil, message, code (`CLOSED`, `NOMEM`, `OS`)
function Queue:fd()
  local descriptor = native.bpi_queue_fd(handle_of(self, "fd"))
  if descriptor >= 0 then return descriptor end
  return errors.failure(native.BP_CLOSED, {message = "the queue has no descriptor: it is closed"})
end

--- Ends the descriptor and the thread behind it. May be repeated.
function Queue:close_fd()
  native.bp_queue_close_fd(handle_of(self, "close_fd"))
end

queue_batch(Queue)
queue_in_place(Queue)

--- Closes this handle: its later calls fail with `CLOSED`. Messages stay for others. May be
-- repeated.
function Queue:close()
  native.bp_queue_close(handle_of(self, "close"))
end

--- Closes the queue for everybody: puts fail with `CLOSED` everywhere, gets once it is empty.
-- @return true; or nil, message, code
function Queue:close_all()
  local status, detail = native.bp_queue_close_all(handle_of(self, "close_all"))
  if status < 0 then return failure(status, detail) end
  return true
end

--- Closes the handle and frees it. What `local queue <close>` does at the end of its block. The
-- name goes with the last process that has the queue open. May be repeated.
function Queue:release()
  local handle = self._handle
  if not handle then return end
  self._handle = nil
  native.bp_queue_release(handle)
end

Queue.__gc = Queue.release
Queue.__close = Queue.release

-- The queue whose memory a descriptor is, which stays the caller's (see reference.lua).
local function attach_fd(fd)
  local status, handle = native.bp_queue_attach_fd(fd)
  if status < 0 then return failure(status, handle) end
  return setmetatable({_handle = handle}, Queue)
end

return {new = new, new_joinable = new_joinable, attach_fd = attach_fd}
