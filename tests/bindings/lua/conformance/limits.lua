-- Scenarios of jobs that are ended, tried again or put in another order.

local support = require "conformance.support"

local limits = {}

function limits.hard_limit(nonce, scenario)
  local _ <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local result = assert(pool:submit {task = "take", args = {gate_name}, time_limit = 0.2})
  return support.outcome(result.get, result) .. support.then_add(pool)
end

function limits.soft_limit()
  local pool <close> = support.pool(1)
  local result = assert(pool:submit {task = "wait_for_soft_limit", soft_time_limit = 0.2})
  return support.outcome(result.get, result)
end

-- Submits a job that keeps the pool's one worker busy until its queue gets a message, and returns
-- its result when it has begun.
local function occupy(pool, gate_name)
  local result = assert(pool:apply_async("take", gate_name))
  support.wait_until_begun(pool, result:job())
  return result
end

function limits.terminate_job(nonce, scenario)
  local _ <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local result = occupy(pool, gate_name)
  assert(result:terminate())
  return support.outcome(result.get, result) .. support.then_add(pool)
end

function limits.expired_job(nonce, scenario)
  local gate <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local taken = occupy(pool, gate_name)
  local expiring = assert(pool:submit {task = "echo", args = {1}, expires = 0.1})
  local outcome = support.outcome(expiring.get, expiring)
  assert(gate:put("go"))
  assert(taken:get())
  return outcome .. support.then_add(pool)
end

function limits.retried_job(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  assert(queue:put("die"))
  local pool <close> = support.pool(1)
  local result = assert(pool:submit {task = "killed_once", args = {name}, retries = 1})
  return support.outcome(result.get, result)
end

function limits.priorities(nonce, scenario)
  local gate <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local taken = occupy(pool, gate_name)
  local order <close>, order_name = support.queue(nonce, scenario, {suffix = "R"})
  local results = {taken}
  for value, priority in ipairs {-1, 0, 1} do
    results[#results + 1] = assert(pool:submit {
      task = "put", args = {order_name, value}, priority = priority,
    })
  end
  assert(gate:put("go"))
  for _, result in ipairs(results) do assert(result:wait()) end
  local seen = {}
  for index = 1, 3 do seen[index] = assert(order:get(0)) end
  return "ok " .. table.concat(seen, " ")
end

return limits
