-- Scenarios of waits that end early, and of looking at a pool.

local billiard = require "billiard"
local support = require "conformance.support"

local waits = {}

-- Calls `early(pool, result)` while the one worker waits for a message, then lets the job finish.
local function around_a_waiting_job(nonce, scenario, workers, early)
  local gate <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(workers)
  local result = assert(pool:apply_async("take", gate_name))
  local seen = early(pool, result)
  assert(gate:put("go"))
  return seen .. "; then " .. support.outcome(result.get, result)
end

function waits.timeout_then_value(nonce, scenario)
  return around_a_waiting_job(nonce, scenario, 1, function(_, result)
    return support.outcome(result.get, result, 0.05)
  end)
end

function waits.timeout_zero_polls(nonce, scenario)
  return around_a_waiting_job(nonce, scenario, 1, function(pool, result)
    support.wait_until_begun(pool, result:job())
    return support.outcome(result.get, result, 0)
  end)
end

function waits.interrupt_ends_wait(nonce, scenario)
  return around_a_waiting_job(nonce, scenario, 1, function(_, result)
    local token = assert(billiard.interrupt())
    token:raise()
    local outcome = support.outcome(result.get, result, nil, token)
    return outcome == "error INTERRUPTED" and "interrupted" or outcome
  end)
end

function waits.stats_busy_worker(nonce, scenario)
  return around_a_waiting_job(nonce, scenario, 2, function(pool, result)
    support.wait_until_begun(pool)
    local busy = {}
    for _, worker in ipairs(assert(pool:workers())) do
      if worker.state == "busy" then busy[#busy + 1] = worker end
    end
    return ("busy=%d job=%s pid=%s"):format(#busy,
      busy[1].job == result:job() and "same" or tostring(busy[1].job),
      busy[1].pid == result:pid() and "same" or tostring(busy[1].pid))
  end)
end

return waits
