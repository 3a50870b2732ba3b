--- A descriptor that tells of the end of a worker's process: what `pool:sentinel` returns.
-- @classmod billiard.sentinel

local native = require "billiard.native"
local errors = require "billiard.errors"
local poll = require "billiard.poll"
local waiting = require "billiard.waiting"

local Sentinel = {__name = "billiard.sentinel"}
Sentinel.__index = Sentinel

--- Wraps a descriptor, which is its own from then on (private).
local function new(descriptor)
  return setmetatable({_descriptor = descriptor, _process = native.process_id()}, Sentinel)
end

local function descriptor_of(self, name)
  return self._descriptor or errors.misuse("%s: the sentinel was released", name)
end

--- The descriptor, for an event loop: readable once the process has ended. It stays the sentinel's:
-- do not read or close it.
-- @treturn integer
function Sentinel:fd()
  return descriptor_of(self, "fd")
end

--- Waits until the process has ended.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`)
function Sentinel:wait(timeout)
  local status = poll.wait({descriptor_of(self, "wait")}, waiting.nanoseconds(timeout, 1, "wait"))
  if status < 0 then return errors.failure(status) end
  return true
end

--- Closes the descriptor. `<close>` and the collector do it too. May be repeated.
function Sentinel:release()
  local descriptor = self._descriptor
  if not descriptor then return end
  self._descriptor = nil
  if self._process ~= native.process_id() then return end -- a forked worker's copy
  native.close_descriptor(descriptor)
end

Sentinel.__gc = Sentinel.release
Sentinel.__close = Sentinel.release

return {new = new}
