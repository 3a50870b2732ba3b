-- Scenarios of a pool's end, and of a pool in a forked child.

local billiard = require "billiard"
local support = require "conformance.support"

local lifecycle = {}

function lifecycle.submit_after_close()
  local pool <close> = support.pool(1)
  assert(pool:close())
  return support.outcome(pool.apply_async, pool, "echo", 1)
end

function lifecycle.close_completes()
  local pool <close> = support.pool(2)
  local results = {}
  for value = 0, 49 do results[value] = assert(pool:apply_async("echo", value)) end
  assert(pool:close())
  assert(pool:join())
  local sum = 0
  for value = 0, 49 do sum = sum + assert(results[value]:get(0)) end
  return "ok " .. sum
end

function lifecycle.terminate_resolves(nonce, scenario)
  local _ <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local results = {assert(pool:apply_async("take", gate_name))}
  support.wait_until_begun(pool, results[1]:job())
  for value = 1, 3 do results[value + 1] = assert(pool:apply_async("echo", value)) end
  assert(pool:terminate())
  assert(pool:join())
  local codes = {}
  for index, result in ipairs(results) do
    codes[index] = support.attempt(result.get, result, 0) or "OK"
  end
  return table.concat(codes, " ")
end

function lifecycle.join_before_close()
  local pool <close> = support.pool(1)
  return support.outcome(pool.join, pool)
end

-- Lua can not fork by itself; but a worker of a second pool is a forked child of the host, and has
-- the first pool as an upvalue.
function lifecycle.pool_in_forked_child()
  local pool <close> = support.pool(1)
  local children <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      submit_to_parents_pool = function()
        return support.outcome(pool.apply_async, pool, "echo", 1)
      end,
    },
  })
  return assert(children:apply("submit_to_parents_pool")) .. support.then_add(pool)
end

return lifecycle
