--- Waiting that Lua can interrupt (private).
--
-- A signal handler can not enter Lua: that of the stand-alone interpreter (Ctrl-C), like that of
-- every Lua signal library, sets a debug hook, which Lua calls before its next instruction. A wait
-- inside C has no next instruction. So a long wait is made of slices, and between them Lua runs: a
-- Ctrl-C ends the wait at most SLICE later, with no signal handler of ours and nothing to restore.
--
-- The hook belongs to the main coroutine. When another coroutine waits, the hook can not run before
-- the main one does; then the wait ends with the code INTERRUPTED.

local native = require "billiard.native"
local errors = require "billiard.errors"

-- What a wait takes would be lost with the values of the call that the hook ends. So what takes does
-- not wait, and what waits takes nothing: see waiting.take.

local waiting = {}

local now <const>, interrupt_pending <const> = native.monotonic_now, native.interrupt_pending
local FOREVER <const>, INTERRUPTED <const> = native.BP_FOREVER, native.BP_INTERRUPTED
local TIMEOUT <const>, EMPTY <const>, FULL <const> =
  native.BP_TIMEOUT, native.BP_EMPTY, native.BP_FULL

local NANOSECONDS <const> = 1e9
local LONGEST <const> = 9e9 -- seconds; more than the clock will ever count
local SLICE <const> = 50000000 -- nanoseconds

--- Statuses that end the wait for a result and are not the outcome of its job or map.
waiting.not_an_outcome = {
  [TIMEOUT] = true,
  [INTERRUPTED] = true,
  [native.BP_FORKED] = true,
  [native.BP_INVALID] = true,
}

--- The longest time that Lua waits within C.
waiting.SLICE = SLICE

--- Nanoseconds of a timeout in seconds: nil waits for ever, and less than 0 not at all.
-- `position` and `name` tell which argument of which public function it is.
function waiting.nanoseconds(timeout, position, name)
  if timeout == nil then return FOREVER end
  if type(timeout) ~= "number" or timeout ~= timeout then
    errors.bad_argument(position, name,
      "timeout: number of seconds or nil expected, got " ..
      (timeout ~= timeout and "not a number" or type(timeout)))
  end
  if timeout <= 0 then return 0 end
  if timeout >= LONGEST then return FOREVER end
  return math.ceil(timeout * NANOSECONDS)
end

local function ran_out(status)
  return status == TIMEOUT or status == EMPTY or status == FULL
end

-- Further slices, until `deadline`, or without end.
local function more_slices(wait, handle, deadline, token, ...)
  while not interrupt_pending() do
    local slice = SLICE
    if deadline then slice = math.max(0, math.min(slice, deadline - now())) end
    local status, value, extra = wait(handle, slice, token, ...)
    if not ran_out(status) or deadline and now() >= deadline then return status, value, extra end
  end
  return INTERRUPTED
end

--- Calls `wait(handle, nanoseconds, token, ...)`, a native wait, for the whole time.
-- @return what it returns: a status and up to two more values
function waiting.wait(wait, handle, nanoseconds, token, ...)
  if nanoseconds >= 0 and nanoseconds <= SLICE then return wait(handle, nanoseconds, token, ...) end
  local deadline = nanoseconds >= 0 and now() + nanoseconds or nil
  local status, value, extra = wait(handle, SLICE, token, ...)
  if not ran_out(status) then return status, value, extra end
  return more_slices(wait, handle, deadline, token, ...)
end

--- Takes something for the whole time, so that what is taken is not lost to a Ctrl-C: the hook runs
-- between the wait, which takes nothing, and the try, which does not wait.
-- @param try `try(handle, 0, token, ...)`, a native call that takes
-- @param wait `wait(handle, nanoseconds, token)`, its wait-only twin
-- @return what `try` returns, or the status and the error of the wait
function waiting.take(try, wait, handle, nanoseconds, token, ...)
  local status, value, extra = try(handle, 0, token, ...)
  if nanoseconds == 0 or not ran_out(status) then return status, value, extra end
  local deadline = nanoseconds >= 0 and now() + nanoseconds or nil
  while true do
    status, value = waiting.wait(wait, handle, nanoseconds, token)
    if status < 0 then return status, value end
    status, value, extra = try(handle, 0, token, ...)
    if not ran_out(status) or deadline and now() >= deadline then return status, value, extra end
    if deadline then nanoseconds = math.max(0, deadline - now()) end
  end
end

return waiting
