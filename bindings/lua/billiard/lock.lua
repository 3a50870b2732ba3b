--- A lock between processes that is not recursive, and that any process may give back.
--
-- It knows which process holds it: when that one dies, the next `acquire` succeeds, and says so.
--
--     local lock <close> = assert(billiard.lock {name = "ledger"})
--     do
--       local held <close> = assert(lock:hold())
--       if held.recovered then repair() end
--     end
-- @classmod billiard.lock

local native = require "billiard.native"
local shared = require "billiard.shared"

local Lock = shared.class("lock")
-- One that is fair keeps the place in its line only within a single wait in C, which therefore is
-- not cut into slices: the token ends it, Ctrl-C only once it is over.
local function whole(self)
  local fair = self._fair
  if fair == nil then
    fair = native.bp_lock_fifo(self._handle) == 1
    self._fair = fair
  end
  return fair
end

shared.lockable(Lock, native.bp_lock_acquire, native.bp_lock_wait, native.bp_lock_unlock, whole)
shared.describe(Lock, function(handle) return native.bp_lock_describe(handle, nil) end)

--- Who holds it, as a look shows.
-- @return nil when nobody; or the process id, and whether that is this process ("self"), another
-- ("other") or one that has died ("dead")
function Lock:holder()
  local held_by, pid = native.bp_lock_holder(shared.handle_of(self, "holder"))
  return shared.holder(held_by, pid)
end

local known <const> = {name = true, segment = true, fifo = true}

local function new(options)
  local given = shared.options(options, 1, "lock", known)
  return shared.wrap(Lock, native.bp_lock_create(given))
end

return {new = new}
