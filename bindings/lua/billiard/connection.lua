--- One end of a pipe, or of a connection to a listener: a stream of whole messages, both ways or one.
--
--     local first, second = assert(billiard.pipe())
--     assert(second:send {n = 1})
--     print(assert(first:recv()).n) -- 1
--
-- Values travel as MessagePack and decode to data alone, whatever the other side sends. What a call could not
-- finish for a timeout, an interrupt or a non-blocking end is kept inside the connection: nothing is lost or
-- sent twice. An end works on both sides of a fork, but two processes must not use the same end at the same
-- time.
-- @classmod billiard.connection

local native = require "billiard.native"
local errors = require "billiard.errors"
local payload = require "billiard.payload"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Connection = shared.class("connection")
local handle_of <const>, limits <const> = shared.handle_of, shared.limits
local failure <const>, wait <const>, take <const> = errors.failure, waiting.wait, waiting.take
local encode <const>, decode <const> = native.messagepack_encode, payload.decode
local MSGPACK <const>, PENDING <const> = payload.MSGPACK, native.BP_PENDING

-- Native waits, as waiting.lua wants them: (handle, nanoseconds, token, ...).
local function try_send(handle, limit, token, bytes)
  return native.bp_connection_send(handle, bytes, limit, token)
end

local function try_send_slice(handle, limit, token, bytes, offset, count)
  return native.bp_connection_send_slice(handle, bytes, offset, count, limit, token)
end

local function try_recv(handle, limit, token, max_length)
  return native.bp_connection_recv(handle, max_length, limit, token)
end

local function try_recv_into(handle, limit, token, memory, offset)
  return native.billiard_lua_connection_recv_into(handle, memory, offset, limit, token)
end

local function try_send_fds(handle, limit, token, bytes, list)
  return native.bpi_connection_send_fds(handle, bytes, list, limit, token)
end

local function try_send_connection(handle, limit, token, passed)
  return native.bp_connection_send_connection(handle, passed, limit, token)
end

local function check_bytes(bytes, name)
  if type(bytes) ~= "string" then
    errors.bad_argument(1, name, "string expected, got " .. type(bytes))
  end
end

-- A message that was accepted in part goes on for the rest of the time; then `true, bytes left`.
local function finish(handle, status, detail, deadline, token)
  if status < 0 then return failure(status, detail) end
  if status ~= PENDING then return true end
  local limit = deadline and math.max(0, deadline - native.monotonic_now()) or native.BP_FOREVER
  local ended, problem = wait(native.bp_connection_flush, handle, limit, token)
  local left = native.bp_connection_pending(handle)
  if ended >= 0 and left == 0 then return true end
  if ended >= 0 or ended == native.BP_TIMEOUT or ended == native.BP_INTERRUPTED or
      ended == native.BP_AGAIN then
    return true, left
  end
  return failure(ended, problem)
end

local function sending(self, name, try, position, timeout, token, ...)
  local handle = handle_of(self, name)
  local limit, interrupt = limits(timeout, token, position, name)
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  local status, detail = wait(try, handle, limit, interrupt, ...)
  return finish(handle, status, detail, deadline, interrupt)
end

-- The status and what `try` gave, or an error table.
local function receiving(self, name, try, position, timeout, token, ...)
  local handle = handle_of(self, name)
  local limit, interrupt = limits(timeout, token, position, name)
  return take(try, native.bp_connection_poll, handle, limit, interrupt, ...)
end

--- Sends a value as one message.
-- @param value what MessagePack can express
-- @tparam[opt] number timeout seconds to wait while there is no room; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return true; true and a number of bytes when the wait ended inside of the message, which was accepted:
-- `flush` sends these. Or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `AGAIN`: a non-blocking end has no
-- room; `CLOSED`, `STATE`: it only receives; `TOO_LARGE`, `NOMEM`, `OS`: the other side has gone), and
-- nothing was sent
function Connection:send(value, timeout, token)
  local bytes, problem = encode(value)
  if not bytes then errors.bad_argument(1, "send", problem) end
  return sending(self, "send", try_send, 2, timeout, token, bytes)
end

--- Sends bytes as they are, as one message. An empty one is a message too.
-- @tparam string bytes
-- @tparam[opt] table options `offset` (bytes to leave out, 0 by default), `size` (how many to send; to the
-- end by default), `timeout`, `interrupt`
-- @return as `send`; also `INVALID`: offset and size are no part of it
function Connection:send_bytes(bytes, options)
  check_bytes(bytes, "send_bytes")
  local given = shared.named(options, 2, "send_bytes", {
    offset = "integer", size = "integer", timeout = "any", interrupt = "any",
  })
  if given.size and given.size < 0 then
    errors.bad_argument(2, "send_bytes", "option 'size': it is negative: " .. given.size)
  end
  return sending(self, "send_bytes", try_send_slice, 2, given.timeout, given.interrupt, bytes,
    given.offset or 0, given.size or -1)
end

--- Sends the rest of a message that is pending.
-- @tparam[opt] number timeout seconds; nil for ever
-- @param[opt] token an interrupt
-- @return true; or nil, message, code as `send`
function Connection:flush(timeout, token)
  local handle = handle_of(self, "flush")
  local limit, interrupt = limits(timeout, token, 1, "flush")
  return shared.done(wait(native.bp_connection_flush, handle, limit, interrupt))
end

--- Bytes that are accepted and not sent.
-- @treturn integer
function Connection:pending()
  return native.bp_connection_pending(handle_of(self, "pending"))
end

--- Writes bytes without a frame, in one write, for a peer that speaks something else.
-- @tparam string bytes
-- @return how many were written; or nil, message, code (`AGAIN`: no room; `STATE`, `CLOSED`, `OS`)
function Connection:send_raw(bytes)
  check_bytes(bytes, "send_raw")
  local status, written = native.bp_connection_send_raw(handle_of(self, "send_raw"), bytes)
  if status < 0 then return failure(status, written) end
  return written
end

--- Receives a message and returns its value, once the whole of it has come. A value may be nil: then there
-- is no message text after it.
-- @tparam[opt] number timeout seconds; nil for ever, 0 or less not. What has come is kept
-- @param[opt] token an interrupt
-- @return the value; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `AGAIN`: a non-blocking end has no
-- whole message; `END_OF_STREAM`: the other side has closed; `OS`: it was lost inside of a message;
-- `CLOSED`, `STATE`: it only sends; `TOO_LARGE`, `NOMEM`; `CORRUPT`: the message, which is gone, is no value)
function Connection:recv(timeout, token)
  local status, bytes = receiving(self, "recv", try_recv, 1, timeout, token, -1)
  if status < 0 then return failure(status, bytes) end
  local ok, value = decode(bytes, MSGPACK)
  if ok then return value end
  return nil, "the message can not be decoded: " .. value, "CORRUPT"
end

--- Receives the bytes of a message.
-- @tparam[opt] table options `max_length` (bytes; a longer message ends receiving: `TOO_LARGE`, and a
-- connection that only receives is closed), `timeout`, `interrupt`
-- @return string; or nil, message, code as `recv`
function Connection:recv_bytes(options)
  local given = shared.named(options, 1, "recv_bytes", {
    max_length = "integer", timeout = "any", interrupt = "any",
  })
  if given.max_length and given.max_length < 0 then
    errors.bad_argument(1, "recv_bytes", "option 'max_length': it is negative: " .. given.max_length)
  end
  local status, bytes = receiving(self, "recv_bytes", try_recv, 1, given.timeout, given.interrupt,
    given.max_length or -1)
  if status < 0 then return failure(status, bytes) end
  return bytes
end

--- Receives the bytes of a message into a block of shared memory: Lua's strings can not be written to.
-- @tparam billiard.memory memory
-- @tparam[opt] table options `offset` (of its first byte in the block, 0 by default), `timeout`, `interrupt`
-- @return how many bytes; or nil, message, code, detail as `recv`; also `TOO_SHORT`: the message, which
-- `detail.received` has, has no room there, and the connection goes on; `INVALID`: the offset is outside
function Connection:recv_into(memory, options)
  if getmetatable(memory) ~= shared.classes.memory then
    errors.bad_argument(1, "recv_into", "a billiard.memory expected, got " .. type(memory))
  end
  local given = shared.named(options, 2, "recv_into", {
    offset = "integer", timeout = "any", interrupt = "any",
  })
  local status, got, detail = receiving(self, "recv_into", try_recv_into, 2, given.timeout,
    given.interrupt, handle_of(memory, "recv_into"), given.offset or 0)
  if status == native.BP_TOO_SHORT then
    detail = detail or {}
    detail.received = got
    return failure(status, detail)
  end
  if status < 0 then return failure(status, got) end
  return got
end

--- Whether there is something to read, also when that is the end.
-- @tparam[opt=0] number timeout seconds; nil and 0 only look, math.huge waits for ever
-- @param[opt] token an interrupt
-- @return boolean; or nil, message, code (`INTERRUPTED`, `CLOSED`, `STATE`: it only sends)
function Connection:poll(timeout, token)
  local handle = handle_of(self, "poll")
  local limit, interrupt = limits(timeout or 0, token, 1, "poll")
  local status, detail = wait(native.bp_connection_poll, handle, limit, interrupt)
  if status == native.BP_TIMEOUT then return false end
  if status < 0 then return failure(status, detail) end
  return true
end

--- Sends other descriptors for some open files, with a message. Connections of this machine only.
-- @tparam string bytes
-- @tparam table descriptors a list of at most 64 integers, which stay the caller's
-- @tparam[opt] number timeout as `send`
-- @param[opt] token
-- @return as `send`
function Connection:send_fds(bytes, descriptors, timeout, token)
  check_bytes(bytes, "send_fds")
  local list = shared.descriptors(descriptors, 2, "send_fds")
  local ok, left, code, detail =
    sending(self, "send_fds", try_send_fds, 3, timeout, token, bytes, list)
  native.bpi_fds_free(list)
  return ok, left, code, detail
end

--- Receives a message with the descriptors that came with it, which are the caller's to close.
-- @tparam[opt] number timeout as `recv`
-- @param[opt] token
-- @return string, and a list of integers; or nil, message, code as `recv`
function Connection:recv_fds(timeout, token)
  -- bytes, their format, descriptors: waiting.take hands on two values.
  local descriptors
  local function try(handle, limit, interrupt)
    local status, bytes, _, passed = native.billiard_lua_connection_recv_fds(handle, limit, interrupt)
    descriptors = passed
    return status, bytes
  end
  local status, bytes = receiving(self, "recv_fds", try, 1, timeout, token)
  if status < 0 then return failure(status, bytes) end
  return bytes, descriptors
end

--- Sends a reference to another connection, with its direction; it stays open here.
-- @tparam billiard.connection passed
-- @tparam[opt] number timeout as `send`
-- @param[opt] token
-- @return as `send`
function Connection:send_connection(passed, timeout, token)
  if getmetatable(passed) ~= Connection then
    errors.bad_argument(1, "send_connection", "a billiard.connection expected, got " .. type(passed))
  end
  return sending(self, "send_connection", try_send_connection, 2, timeout, token,
    handle_of(passed, "send_connection"))
end

--- Receives a connection.
-- @tparam[opt] number timeout as `recv`
-- @param[opt] token
-- @return a `billiard.connection`; or nil, message, code as `recv`
function Connection:recv_connection(timeout, token)
  return shared.wrap(Connection, receiving(self, "recv_connection",
    native.bp_connection_recv_connection, 1, timeout, token))
end

local function challenge(call)
  return function(handle, limit, token, key) return call(handle, key, limit, token) end
end

-- A conversation can not be cut in slices: Ctrl-C ends it when it is over.
local function prove(self, name, call, key, timeout, token)
  check_bytes(key, name)
  local limit, interrupt = limits(timeout, token, 2, name)
  return shared.done(call(handle_of(self, name), limit, interrupt, key))
end

local deliver <const> = challenge(native.bp_connection_deliver_challenge)
local answer <const> = challenge(native.bp_connection_answer_challenge)

--- Proves that the other side has the same key, as the first half of a listener's handshake.
-- @tparam string key
-- @tparam[opt] number timeout seconds for all of it
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`AUTHENTICATION`, and as `recv`)
function Connection:deliver_challenge(key, timeout, token)
  return prove(self, "deliver_challenge", deliver, key, timeout, token)
end

--- Proves to the other side, which delivers a challenge, that this one has the same key.
-- @return as `deliver_challenge`
function Connection:answer_challenge(key, timeout, token)
  return prove(self, "answer_challenge", answer, key, timeout, token)
end

--- Whether sends and receives wait: with false they fail with `AGAIN` where they would have to.
-- @tparam boolean blocking
function Connection:set_blocking(blocking)
  if type(blocking) ~= "boolean" then
    errors.bad_argument(1, "set_blocking", "boolean expected, got " .. type(blocking))
  end
  native.bp_connection_set_blocking(handle_of(self, "set_blocking"), blocking and 1 or 0)
end

--- Whether it receives.
-- @treturn boolean
function Connection:readable()
  return native.bp_connection_readable(handle_of(self, "readable")) == 1
end

--- Whether it sends.
-- @treturn boolean
function Connection:writable()
  return native.bp_connection_writable(handle_of(self, "writable")) == 1
end

--- Whether it is closed here.
-- @treturn boolean
function Connection:closed()
  local handle = self._handle
  return not handle or native.bp_connection_closed(handle) == 1
end

--- The descriptor, for `billiard.poll`, `billiard.wait` and event loops. It stays the connection's.
-- @return integer; or nil, message, code (`CLOSED`)
function Connection:fileno()
  local status, fd = native.bp_connection_fd(handle_of(self, "fileno"))
  if status < 0 then return failure(status, fd) end
  return fd
end

--- Closes this end: its later calls fail with `CLOSED`. What is pending is not sent. May be repeated.
function Connection:close()
  if self._handle then native.bp_connection_close(self._handle) end
end

function Connection:__tostring()
  local fd = self._handle and not self:closed() and self:fileno()
  return fd and ("billiard.connection (descriptor %d)"):format(fd) or "billiard.connection (closed)"
end

local LARGEST <const> = native.BP_MESSAGE_MAX

local function max_message(given, position, name)
  local limit = given.max_message
  if limit and (limit < 1 or limit > LARGEST) then
    errors.bad_argument(position, name,
      ("option 'max_message': 1 to %d expected, got %d"):format(LARGEST, limit))
  end
  return limit or 0
end

local function flag(value)
  return value and 1 or 0
end

-- See init.lua.
local function pipe(options)
  local given = shared.named(options, 1, "pipe", {
    one_way = "boolean", first_nonblocking = "boolean", second_nonblocking = "boolean",
    max_message = "integer",
  })
  local status, first, second = native.bpi_pipe_create(flag(given.one_way),
    flag(given.first_nonblocking), flag(given.second_nonblocking), max_message(given, 1, "pipe"))
  if status < 0 then return failure(status, first) end
  return shared.wrap(Connection, status, first), shared.wrap(Connection, status, second)
end

local function from_fd(fd, options)
  local number = shared.integer(fd, 1, "connection", "fd")
  if number < -0x80000000 or number > 0x7FFFFFFF then
    errors.bad_argument(1, "connection", "fd: no descriptor: " .. number)
  end
  local given = shared.named(options, 2, "connection", {
    readable = "boolean", writable = "boolean", nonblocking = "boolean", max_message = "integer",
  })
  return shared.wrap(Connection, native.bpi_connection_from_fd(number, flag(given.readable == false),
    flag(given.writable == false), flag(given.nonblocking), max_message(given, 2, "connection")))
end

return {pipe = pipe, from_fd = from_fd, class = Connection, max_message = max_message}
