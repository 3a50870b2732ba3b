-- Scenarios of named queues.

local billiard = require "billiard"
local support = require "conformance.support"

local queues = {}

local function code_of(call, ...)
  local code, value = support.attempt(call, ...)
  return code or tostring(value)
end

function queues.queue_order(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario, {capacity = 10})
  for value = 1, 5 do assert(queue:put(value)) end
  local seen = {}
  for index = 1, 5 do seen[index] = assert(queue:get()) end
  return "ok " .. table.concat(seen, " ")
end

function queues.queue_full(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario, {capacity = 2})
  assert(queue:put(1))
  assert(queue:put(2))
  return ("%s %s size=%d"):format(code_of(queue.put, queue, 3, 0),
    code_of(queue.put, queue, 3, 0.05), #queue)
end

function queues.queue_empty(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario)
  return code_of(queue.get, queue, 0) .. " " .. code_of(queue.get, queue, 0.05)
end

function queues.queue_closed(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario)
  assert(queue:put(1))
  queue:close()
  return code_of(queue.put, queue, 2) .. " " .. code_of(queue.get, queue)
end

function queues.queue_closed_for_all(nonce, scenario)
  local first <close>, name = support.queue(nonce, scenario)
  local second <close> = assert(billiard.queue {name = name})
  assert(first:put(1))
  assert(first:close_all())
  return table.concat({
    code_of(second.put, second, 2), code_of(second.get, second), code_of(second.get, second),
  }, " ")
end

function queues.queue_too_large(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario, {max_message = 1000})
  local refused = support.error_naming("2000", queue.put_bytes, queue, ("x"):rep(2000), 0)
  assert(queue:put(7))
  return refused .. "; then " .. support.outcome(queue.get, queue)
end

return queues
