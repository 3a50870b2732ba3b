--- Tokens that end waits early.
-- @classmod billiard.interrupt

local native = require "billiard.native"
local errors = require "billiard.errors"

local Interrupt = {__name = "billiard.interrupt"}
Interrupt.__index = Interrupt

--- Makes a token. Given to a wait (`result:get(timeout, token)`), it ends that wait with the code
-- `INTERRUPTED` once it is raised, and every later one at once, until it is reset. A wait that can
-- be satisfied without waiting succeeds all the same.
-- @return the token, or nil, message, code
local function new()
  local status, handle = native.bp_interrupt_create()
  if status < 0 then return errors.failure(status, handle) end
  return setmetatable({_handle = handle}, Interrupt)
end

--- Raises the token.
function Interrupt:raise()
  native.bp_interrupt_raise(self._handle)
end

--- Lowers the token, so that it can be used again.
function Interrupt:reset()
  native.bp_interrupt_reset(self._handle)
end

--- Whether the token is raised.
-- @treturn boolean
function Interrupt:raised()
  return native.bp_interrupt_is_raised(self._handle) == 1
end

function Interrupt:__gc()
  native.bp_interrupt_release(self._handle)
  self._handle = nil
end

--- The native handle of a token that a caller gave, or nil for nil (private).
local function handle_of(token, position, name)
  if token == nil then return nil end
  if getmetatable(token) ~= Interrupt then
    errors.bad_argument(position, name,
      "interrupt: a token of billiard.interrupt() or nil expected, got " .. type(token))
  end
  return token._handle
end

return {new = new, handle_of = handle_of}
