--- A condition variable between processes, with its lock.
--
-- A notification goes to a waiter that lives, and none comes without cause. The lock is an rlock of
-- its own, or the one that was given. It is taken by `acquire` or `hold`.
--
--     local held <close> = assert(condition:hold())
--     assert(condition:wait_for(function() return #queue > 0 end, 5))
-- @classmod billiard.condition

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Condition = shared.class("condition")
local failure <const>, handle_of <const> = errors.failure, shared.handle_of
local native_acquire <const>, native_wait_lock <const>, native_unlock <const> =
  native.bp_condition_acquire, native.bp_condition_wait_lock, native.bp_condition_unlock
local waiter_wait <const>, waiter_end <const> = native.bp_waiter_wait, native.bp_waiter_end
local TIMEOUT <const>, OWNER_DIED <const> = native.BP_TIMEOUT, native.BP_OWNER_DIED
local SLICE <const> = waiting.SLICE

shared.lockable(Condition, function(handle, limit, token)
  return native_acquire(handle, 0, limit, token)
end, function(handle, limit, token)
  return native_wait_lock(handle, 0, limit, token)
end, function(handle)
  return native_unlock(handle, 0)
end)
shared.describe(Condition, function(handle)
  return native.bp_condition_describe(handle, 0, nil)
end)

-- Withdraws a wait that an error ends.
local Waiter = {
  __close = function(waiter)
    if waiter.handle then native.bp_waiter_release(waiter.handle) end
  end,
}

-- Takes the lock again as it was held, however long that takes. Returns the status and whether the
-- wait was notified.
local function end_wait(handle)
  local status, detail
  repeat status, detail = waiter_end(handle, SLICE, nil) until status ~= TIMEOUT
  return status, detail
end

local function begin_and_wait(waiter, condition, limit, token)
  local status, given = native.bp_condition_begin_wait(condition, 0)
  if status < 0 then return status, given end
  waiter.handle = given
  return waiting.wait(waiter_wait, given, limit, token)
end

-- One wait to a limit in nanoseconds. Returns true and whether a holder died, or a failure.
local function wait(handle, limit, token)
  local waiter <close> = setmetatable({}, Waiter)
  -- Ctrl-C ends what is under way with an error, once; it comes out when the lock is held again.
  local waited, status, detail = pcall(begin_and_wait, waiter, handle, limit, token)
  local given = waiter.handle
  if not given then
    if not waited then error(status, 0) end
    return failure(status, detail)
  end
  local taken, ended, notified = pcall(end_wait, given)
  if not taken then
    end_wait(given) -- BP_STATE when the error came only after it
    error(ended, 0)
  end
  if not waited then error(status, 0) end
  if ended < 0 then return failure(ended, notified) end
  if notified == 1 then return true, ended == OWNER_DIED end
  return failure(status, detail)
end

--- Gives the lock back completely, waits for a notification, and takes the lock again as often as
-- it was held, whatever the outcome.
-- @tparam[opt] number timeout seconds to wait for the notification; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return true when notified, and whether the lock's last holder had died; or nil, message, code
-- (`TIMEOUT`, `INTERRUPTED`: the lock is held; `STATE`: it was not)
function Condition:wait(timeout, token)
  local handle = handle_of(self, "wait")
  return wait(handle, shared.limits(timeout, token, 1, "wait"))
end

--- Waits until a function returns something other than nil and false. It is called first, and after
-- each notification, with the lock held.
-- @tparam function predicate
-- @tparam[opt] number timeout seconds over all, as in `wait`
-- @param[opt] token as in `wait`
-- @return what the predicate returned; or its last nil or false, message, code as `wait`
function Condition:wait_for(predicate, timeout, token)
  local handle = handle_of(self, "wait_for")
  if type(predicate) ~= "function" then
    errors.bad_argument(1, "wait_for", "function expected, got " .. type(predicate))
  end
  local limit, interrupt_handle = shared.limits(timeout, token, 2, "wait_for")
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  while true do
    local value = predicate()
    if value then return value end
    if deadline then limit = math.max(0, deadline - native.monotonic_now()) end
    local ok, message, code, detail = wait(handle, limit, interrupt_handle)
    if not ok then
      if code ~= "TIMEOUT" then return nil, message, code, detail end
      value = predicate()
      if value then return value end
      return value, message, code, detail
    end
  end
end

--- Wakes waiters, those that wait longest. The lock must be held.
-- @tparam[opt] integer count at most so many; default 1
-- @return true; or nil, message, code (`STATE`: the lock is not held, `INVALID`)
function Condition:notify(count)
  local most = count == nil and 1 or shared.integer(count, 1, "notify", "count")
  return shared.done(native.bp_condition_notify(handle_of(self, "notify"), 0, most))
end

--- Wakes all waiters. The lock must be held.
-- @return true; or nil, message, code (`STATE`)
function Condition:notify_all()
  return shared.done(native.bp_condition_notify_all(handle_of(self, "notify_all"), 0))
end

--- Living waiters that are not notified yet.
-- @treturn integer
function Condition:waiters()
  return native.bp_condition_waiters(handle_of(self, "waiters"))
end

--- Its lock.
-- @return a new handle, a `billiard.rlock` or `billiard.lock`; or nil, message, code
function Condition:lock()
  return shared.lock_of(handle_of(self, "lock"), native.bp_condition_get_rlock,
    native.bp_condition_get_lock)
end

local known <const> = {name = true, segment = true, lock = true}

local function new(options)
  local given = shared.options(options, 1, "condition", known)
  if given and options.lock == false then
    errors.bad_argument(1, "condition", "option 'lock': a lock or an rlock expected, got boolean")
  end
  return shared.wrap(Condition, native.bp_condition_create(given))
end

return {new = new}
