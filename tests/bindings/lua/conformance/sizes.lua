-- Scenarios of workers that come and go without a job's loss.

local support = require "conformance.support"

local sizes = {}

function sizes.recycled_workers()
  local pool <close> = support.pool(1, {max_tasks_per_child = 2})
  local pids, count = {}, 0
  for _ = 1, 6 do
    local pid = assert(pool:apply("own_pid"))
    if not pids[pid] then count = count + 1 end
    pids[pid] = true
  end
  return "ok " .. count
end

-- The processes of the pool's list, by their ids; how many; and how many of them are ready.
local function living(pool)
  local pids, count, ready = {}, 0, 0
  for _, worker in ipairs(assert(pool:workers())) do
    if worker.pid then
      pids[worker.pid] = true
      count = count + 1
      if worker.state == "idle" or worker.state == "busy" then ready = ready + 1 end
    end
  end
  return pids, count, ready
end

local function wait_for_count(pool, expected)
  repeat
    support.pause()
    local _, count = living(pool)
  until count == expected
  return expected
end

function sizes.grow_and_shrink()
  local pool <close> = support.pool(2)
  assert(pool:wait_ready())
  assert(pool:grow(2))
  local seen = {wait_for_count(pool, 4)}
  assert(pool:wait_ready())
  assert(pool:shrink(3))
  seen[2] = wait_for_count(pool, 1)
  assert(pool:shrink(0))
  seen[3] = wait_for_count(pool, 1)
  return table.concat(seen, " ") .. " " .. support.outcome(pool.shrink, pool, 5)
end

function sizes.restart_idle()
  local pool <close> = support.pool(2)
  assert(pool:wait_ready())
  local before = living(pool)
  assert(pool:restart())
  while true do
    local now, _, ready = living(pool)
    local left = false
    for pid in pairs(before) do left = left or now[pid] end
    if not left and ready == 2 then return "ok " .. ready end
    support.pause()
  end
end

return sizes
