--- A flag between processes, which they wait for.
--
-- Setting it never waits, and lets all go who were waiting, even when it is cleared at once.
-- @classmod billiard.event

local native = require "billiard.native"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Event = shared.class("event")
local handle_of <const> = shared.handle_of
local wait_since <const> = native.bp_event_wait_since

--- Sets it. May be repeated.
-- @return true; or nil, message, code (`STATE`)
function Event:set()
  return shared.done(native.bp_event_set(handle_of(self, "set")))
end

--- Clears it. May be repeated.
-- @return true; or nil, message, code (`STATE`)
function Event:clear()
  return shared.done(native.bp_event_clear(handle_of(self, "clear")))
end

--- Whether it is set.
-- @treturn boolean
function Event:is_set()
  return native.bp_event_is_set(handle_of(self, "is_set")) == 1
end

-- One wait, in slices: what was set in between counts.
local function slice(handle, limit, token, times_set)
  return wait_since(handle, times_set, limit, token)
end

--- Waits until it is set.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`)
function Event:wait(timeout, token)
  local handle = handle_of(self, "wait")
  local limit, interrupt_handle = shared.limits(timeout, token, 1, "wait")
  return shared.done(waiting.wait(slice, handle, limit, interrupt_handle,
    native.bp_event_times_set(handle)))
end

function Event:__tostring()
  local handle = self._handle
  if not handle then return "billiard.event (released)" end
  return native.bp_event_is_set(handle) == 1 and "<Event(set)>" or "<Event(clear)>"
end

local known <const> = {name = true, segment = true}

local function new(options)
  local given = shared.options(options, 1, "event", known)
  return shared.wrap(Event, native.bp_event_create(given))
end

return {new = new}
