--- A queue with as little as can be.
-- @classmod billiard.simple_queue

local errors = require "billiard.errors"
local queue = require "billiard.queue"

local SimpleQueue = {__name = "billiard.simple_queue"}
SimpleQueue.__index = SimpleQueue

--- Puts a value. Waits while there is no memory for it.
-- @return true; or nil, message, code (`CLOSED`, `TOO_LARGE`, `NOMEM`)
function SimpleQueue:put(value)
  return self._queue:put(value)
end

--- Puts a byte string, without encoding.
-- @return as `put`
function SimpleQueue:put_bytes(bytes)
  return self._queue:put_bytes(bytes)
end

--- Waits for a message and returns its value.
-- @return the value; or nil, message, code (`CLOSED`, `NOMEM`, `CORRUPT`)
function SimpleQueue:get()
  return self._queue:get()
end

--- Waits for a message and returns it as it is.
-- @return its bytes and their format; or nil, message, code as `get`
function SimpleQueue:get_bytes()
  return self._queue:get_bytes()
end

--- Whether there is no message.
-- @treturn boolean
function SimpleQueue:empty()
  return self._queue:empty()
end

--- Closes this handle: later calls fail with `CLOSED`. What `<close>` does. May be repeated.
function SimpleQueue:close()
  self._queue:close()
end
SimpleQueue.__close = SimpleQueue.close

local function new(options)
  for name in pairs(options or {}) do
    if name ~= "name" then
      errors.bad_argument(1, "simple_queue", "option '" .. tostring(name) .. "': no such option")
    end
  end
  local made, message, code, detail = queue.new(options)
  if not made then return nil, message, code, detail end
  return setmetatable({_queue = made}, SimpleQueue)
end

-- See queue.lua.
local function attach_fd(fd)
  local made, message, code, detail = queue.attach_fd(fd)
  if not made then return nil, message, code, detail end
  return setmetatable({_queue = made}, SimpleQueue)
end

return {new = new, attach_fd = attach_fd}
