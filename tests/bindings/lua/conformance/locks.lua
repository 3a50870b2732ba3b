-- Scenarios of locks, rlocks and semaphores.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"

local locks = {}

-- "true", "false" for a time-out, "recovered", or what went wrong.
local function taken(object, timeout)
  local ok, recovered, code = object:acquire(timeout)
  if ok then return "true", recovered == true and "recovered" or "clean" end
  return code == "TIMEOUT" and "false" or "error " .. code
end

function locks.lock_try()
  local lock <close> = assert(billiard.lock())
  local first, second = taken(lock), taken(lock, 0)
  assert(lock:unlock())
  return ("ok %s %s %s"):format(first, second, (taken(lock, 0)))
end

function locks.lock_release_free()
  local lock <close> = assert(billiard.lock())
  local refused = support.error_naming("too many times", lock.unlock, lock)
  return refused .. "; then ok " .. taken(lock)
end

function locks.lock_owner_died(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local lock <close> = assert(billiard.lock {name = name})
  local assistant <close> = Assistant.start(nonce, "hold_lock", name)
  assert(assistant:says() == "held")
  local before = taken(lock, 0)
  assistant:kill()
  local after, recovered = taken(lock)
  assert(lock:unlock())
  local again, clean = taken(lock, 0)
  return ("ok %s %s %s %s %s"):format(before, after, recovered, again, clean)
end

function locks.lock_bad_name()
  return support.error_naming("name", billiard.lock, {name = "a/b"})
end

function locks.rlock_depth()
  local lock <close> = assert(billiard.rlock())
  for _ = 1, 3 do assert(lock:acquire()) end
  local released = {}
  for index = 1, 3 do released[index] = tostring(lock:unlock()) end
  return ("ok %s; then %s"):format(table.concat(released, " "),
    support.error_naming("not owned", lock.unlock, lock))
end

function locks.semaphore_counts()
  local semaphore <close> = assert(billiard.semaphore(2))
  local seen = {}
  for index = 1, 3 do seen[index] = taken(semaphore, 0) end
  seen[4] = semaphore:value()
  assert(semaphore:post())
  seen[5] = semaphore:value()
  return "ok " .. table.concat(seen, " ")
end

function locks.semaphore_bounds()
  local semaphore <close> = assert(billiard.bounded_semaphore(1))
  local refused = support.error_naming("too many times", semaphore.post, semaphore)
  return ("%s; then ok %d; then %s"):format(refused, semaphore:value(),
    support.error_naming("value", billiard.semaphore, -1))
end

function locks.tracked_semaphore(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local semaphore <close> = assert(billiard.semaphore(1, {name = name, tracked = true}))
  local assistant <close> = Assistant.start(nonce, "hold_unit", name)
  assert(assistant:says() == "held")
  local before = taken(semaphore, 0)
  assistant:kill()
  local after = taken(semaphore)
  return ("ok %s %s returned=%d"):format(before, after, semaphore:returned())
end

return locks
