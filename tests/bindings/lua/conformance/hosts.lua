-- Scenarios of what a host is told of its jobs, how its own loop drives a pool, and what another process sees
-- of it.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"

local hosts = {}

function hosts.callbacks_order()
  local pool <close> = support.pool(1)
  local said = {}
  assert(pool:submit {
    task = "add",
    args = {40, 2},
    accept_callback = function() said[#said + 1] = "accepted" end,
    callback = function(value) said[#said + 1] = "done " .. value end,
  })
  while #said < 2 do assert(pool:pump(1)) end
  return table.concat(said, " ")
end

-- add(40, 2) with an acceptance that fails; returns when that has been asked.
local function add_with_failing_acceptance(pool)
  local asked = false
  local result = assert(pool:submit {task = "add", args = {40, 2}, accept_callback = function()
    asked = true
    error("on purpose", 0)
  end})
  while not asked do assert(pool:pump(1)) end
  return result
end

function hosts.failing_acceptance()
  local pool <close> = support.pool(1)
  local result = add_with_failing_acceptance(pool)
  return support.outcome(result.get, result)
end

function hosts.refused_acceptance()
  local pool <close> = support.pool(1, {synack = true})
  local result = add_with_failing_acceptance(pool)
  return support.outcome(result.get, result) .. support.then_add(pool)
end

function hosts.failing_callback()
  local pool <close> = support.pool(1)
  local called = false
  local result = assert(pool:submit {task = "echo", args = {1}, callback = function()
    called = true
    error("on purpose", 0)
  end})
  while not called do assert(pool:pump(1)) end
  return "ok " .. (result:ready() and "ready" or "not ready") .. support.then_add(pool)
end

function hosts.event_loop()
  local pool <close> = support.pool(1, {threads = false})
  local results = {}
  for number = 1, 3 do
    results[number] = assert(pool:submit {task = "echo", args = {number}, notify = true})
  end
  local ended = 0
  while ended < 3 do
    assert(billiard.poll {pool:fd()})
    ended = ended + #assert(pool:drain())
  end
  local sum = 0
  for _, result in ipairs(results) do sum = sum + assert(result:get(0)) end
  return "ok " .. sum
end

function hosts.watched_pool(nonce, scenario)
  local host <close> = Assistant.start(nonce, "host_pool", scenario .. "-" .. nonce)
  assert(host:says() == "busy")
  local watch <close> = assert(billiard.watch_pool(math.tointeger(host.pid)))
  local stats, worker = assert(watch:stats()), assert(watch:workers())[1]
  host:kill()
  return ("ok running=%d queued=%d workers=%d %s %s; then %s"):format(stats.running, stats.queued,
    stats.workers, worker.state, worker.group, support.outcome(watch.stats, watch))
end

return hosts
