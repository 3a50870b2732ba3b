-- Scenarios of conditions, events and barriers.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"

local meetings = {}

-- "true", or "false" for a time-out, or what went wrong.
local function answer(ok, _, code)
  if ok then return "true" end
  return code == "TIMEOUT" and "false" or "error " .. code
end

local function index_of(index, _, code)
  return tostring(index or code)
end

function meetings.condition_timeout()
  local condition <close> = assert(billiard.condition())
  assert(condition:acquire())
  local notified = answer(condition:wait(0.05))
  return ("ok %s %s"):format(notified, condition:unlock() and "released" or "not released")
end

function meetings.condition_unowned()
  local condition <close> = assert(billiard.condition())
  return ("%s; then %s"):format(
    support.error_naming("must acquire", condition.wait, condition),
    support.error_naming("not owned", condition.notify, condition))
end

function meetings.condition_wakes(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local condition <close> = assert(billiard.condition {name = name})
  local assistant <close> = Assistant.start(nonce, "wait_condition", name)
  assert(assistant:says() == "ready")
  do
    local held <close> = assert(condition:hold())
    assert(condition:notify())
  end
  return "ok " .. assistant:says()
end

function meetings.condition_wait_for()
  local condition <close> = assert(billiard.condition())
  local held <close> = assert(condition:hold())
  local first = answer(condition:wait_for(function() return true end))
  return ("ok %s %s"):format(first,
    answer(condition:wait_for(function() return false end, 0.05)))
end

function meetings.event_basics()
  local event <close> = assert(billiard.event())
  local seen = {tostring(event:is_set()), answer(event:wait(0))}
  assert(event:set())
  seen[3] = answer(event:wait())
  assert(event:clear())
  seen[4] = tostring(event:is_set())
  return "ok " .. table.concat(seen, " ")
end

function meetings.event_wakes(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local event <close> = assert(billiard.event {name = name})
  local assistant <close> = Assistant.start(nonce, "wait_event", name)
  assert(assistant:says() == "ready")
  assert(event:set())
  return "ok " .. assistant:says()
end

function meetings.barrier_meets(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local barrier <close> = assert(billiard.barrier(2, {name = name}))
  local assistant <close> = Assistant.start(nonce, "wait_barrier", name)
  local indexes = {index_of(barrier:wait())}
  assert(assistant:says() == "ready")
  indexes[2] = assistant:says()
  table.sort(indexes)
  return "ok " .. table.concat(indexes, " ")
end

function meetings.barrier_timeout()
  local barrier <close> = assert(billiard.barrier(2))
  local seen = {index_of(barrier:wait(0)), tostring(barrier:broken()), index_of(barrier:wait())}
  assert(barrier:reset())
  seen[4] = tostring(barrier:broken())
  return table.concat(seen, " ")
end

function meetings.barrier_action()
  local count = 0
  local barrier <close> =
    assert(billiard.barrier(1, {action = function() count = count + 1 end}))
  local first, second = index_of(barrier:wait()), index_of(barrier:wait())
  return ("ok %s %s action=%d"):format(first, second, count)
end

function meetings.barrier_dead(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local barrier <close> = assert(billiard.barrier(2, {name = name}))
  local assistant <close> = Assistant.start(nonce, "wait_barrier", name)
  assert(assistant:says() == "ready")
  while barrier:waiting() ~= 1 do support.pause() end
  assistant:kill()
  return index_of(barrier:wait())
end

function meetings.barrier_parties()
  return support.error_naming("parties", billiard.barrier, 0)
end

return meetings
