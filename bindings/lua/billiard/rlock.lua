--- A recursive lock between processes: its owner may take it again, and gives it back as often.
--
-- The owner is the thread of the operating system that runs Lua, so all coroutines of a program are
-- one owner: one that is resumed while another holds the lock does not wait for it.
-- @classmod billiard.rlock

local native = require "billiard.native"
local shared = require "billiard.shared"

local RLock = shared.class("rlock")
local native_acquire <const>, native_wait <const>, native_unlock <const> =
  native.bp_rlock_acquire, native.bp_rlock_wait, native.bp_rlock_unlock

local function acquire(handle, limit, token)
  return native_acquire(handle, 0, limit, token)
end

local function wait(handle, limit, token)
  return native_wait(handle, 0, limit, token)
end

local function unlock(handle)
  return native_unlock(handle, 0)
end

shared.lockable(RLock, acquire, wait, unlock)
shared.describe(RLock, function(handle) return native.bp_rlock_describe(handle, 0, nil) end)

--- How often its owner has taken it and not given it back; 0 when it is free.
-- @treturn integer
function RLock:count()
  return native.bp_rlock_count(shared.handle_of(self, "count"))
end

--- Who owns it, as a look shows.
-- @return nil when nobody; or the process id, and "self", "thread" (another one of this process),
-- "other" (another process) or "dead"
function RLock:holder()
  local held_by, pid = native.bp_rlock_holder(shared.handle_of(self, "holder"), 0)
  return shared.holder(held_by, pid)
end

local known <const> = {name = true, segment = true}

local function new(options)
  local given = shared.options(options, 1, "rlock", known)
  return shared.wrap(RLock, native.bp_rlock_create(given))
end

return {new = new}
