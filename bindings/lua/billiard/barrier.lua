--- A place where a fixed number of processes wait for each other, again and again.
--
-- One that dies, or is late, breaks the barrier instead of keeping the others waiting.
-- @classmod billiard.barrier

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Barrier = shared.class("barrier")
local failure <const>, handle_of <const> = errors.failure, shared.handle_of

-- A place that an error leaves breaks the barrier.
local Arrival = {
  __close = function(arrival) native.bp_arrival_release(arrival.handle) end,
}

-- The status of the wait, or of the end of the caller's patience.
local function wait_opened(arrival, limit, token)
  local status, detail = waiting.wait(native.bp_arrival_wait, arrival, limit, token)
  if status ~= native.BP_TIMEOUT and status ~= native.BP_INTERRUPTED then return status, detail end
  local given_up, problem = native.bp_arrival_give_up(arrival)
  if given_up >= 0 then return given_up end
  if status == native.BP_INTERRUPTED then return status, detail end
  return given_up, problem
end

-- The last to arrive runs the action before anybody goes on. Its error breaks the barrier and goes
-- on to the caller.
local function open(arrival, action)
  if action then action() end
  return native.bp_arrival_open(arrival)
end

local function arrive(handle, limit, token)
  return native.bp_barrier_arrive(handle, limit, token)
end

--- Arrives, and waits until all have.
-- @tparam[opt] number timeout seconds; nil is the barrier's own
-- @param[opt] token an interrupt
-- @return the place in the order of arrival, from 0; or nil, message, code (`BROKEN`: somebody was
-- late, died, aborted, or an action failed; `INTERRUPTED`: this breaks it too)
function Barrier:wait(timeout, token)
  local handle = handle_of(self, "wait")
  local limit, interrupt_handle = shared.limits(timeout, token, 1, "wait")
  if timeout == nil then limit = native.bp_barrier_default_timeout(handle) end
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  local status, given = waiting.wait(arrive, handle, limit, interrupt_handle)
  if status < 0 then return failure(status, given) end
  local arrival <close> = setmetatable({handle = given}, Arrival)
  local detail
  if native.bp_arrival_is_last(given) == 1 then
    status, detail = open(given, self._action)
  else
    if deadline then limit = math.max(0, deadline - native.monotonic_now()) end
    status, detail = wait_opened(given, limit, interrupt_handle)
  end
  if status < 0 then return failure(status, detail) end
  return native.bp_arrival_index(given)
end

--- Breaks it: all who wait get `BROKEN`, and so does everybody until a reset.
-- @return true; or nil, message, code
function Barrier:abort()
  return shared.done(native.bp_barrier_abort(handle_of(self, "abort")))
end

--- Makes it empty and whole again; all who wait get `BROKEN`.
-- @return true; or nil, message, code
function Barrier:reset()
  return shared.done(native.bp_barrier_reset(handle_of(self, "reset")))
end

--- The number of participants.
-- @treturn integer
function Barrier:parties()
  return native.bp_barrier_parties(handle_of(self, "parties"))
end

--- How many have arrived and wait.
-- @treturn integer
function Barrier:waiting()
  return native.bp_barrier_waiting(handle_of(self, "waiting"))
end

--- Whether it is broken.
-- @treturn boolean
function Barrier:broken()
  return native.bp_barrier_broken(handle_of(self, "broken")) == 1
end

function Barrier:__tostring()
  local handle = self._handle
  if not handle then return "billiard.barrier (released)" end
  return string.format("<Barrier(%d of %d%s)>", native.bp_barrier_waiting(handle),
    native.bp_barrier_parties(handle), self:broken() and ", broken" or "")
end

local known <const> = {name = true, segment = true, action = "own", timeout = "own"}

local function new(parties, options)
  local count = shared.integer(parties, 1, "barrier", "parties")
  local given = shared.options(options, 2, "barrier", known)
  local action = options and options.action
  if action ~= nil and type(action) ~= "function" then
    errors.bad_argument(2, "barrier", "option 'action': function expected, got " .. type(action))
  end
  local limit = waiting.nanoseconds(options and options.timeout, 2, "barrier")
  local barrier, message, code, detail =
    shared.wrap(Barrier, native.bp_barrier_create(count, limit, given))
  if not barrier then return nil, message, code, detail end
  barrier._action = action
  return barrier
end

return {new = new}
