--- Waiting for descriptors in slices that Lua can interrupt (private; `billiard.poll` is for users).

local native = require "billiard.native"
local waiting = require "billiard.waiting"

local poll = {}

local function wait_once(descriptors, limit, token)
  if token and native.bp_interrupt_is_raised(token) == 1 then return native.BP_INTERRUPTED end
  local readable = native.poll(descriptors, (limit + 999999) // 1000000)
  return #readable > 0 and native.BP_OK or native.BP_TIMEOUT, readable
end

--- Waits until one of them is readable.
-- @param descriptors a list
-- @param limit nanoseconds, or less than 0
-- @param token a native interrupt or nil, seen within a slice
-- @return a status, and a list of those that are
function poll.wait(descriptors, limit, token)
  return waiting.wait(wait_once, descriptors, limit, token)
end

return poll
