-- Scenarios of calls that succeed.

local support = require "conformance.support"
local values = require "conformance.values"

local calls = {}

function calls.apply_value()
  local pool <close> = support.pool(2)
  return support.outcome(pool.apply, pool, "add", 40, 2)
end

function calls.apply_nonce(nonce)
  local pool <close> = support.pool(2)
  return support.outcome(pool.apply, pool, "echo", nonce)
end

function calls.no_arguments()
  local pool <close> = support.pool(2)
  return support.outcome(pool.apply, pool, "count_arguments")
end

local function reversed(pool, bytes)
  local result = assert(pool:submit {task = "reverse", bytes = bytes})
  return assert(result:get())
end

function calls.empty_raw_payload()
  local pool <close> = support.pool(2)
  return "ok " .. #reversed(pool, "")
end

local function compare_reversed(size, byte_at)
  local bytes = {}
  for index = 0, size - 1 do bytes[index + 1] = string.char(byte_at(index)) end
  bytes = table.concat(bytes)
  local pool <close> = support.pool(2)
  local answer = reversed(pool, bytes)
  return ("ok %d %s"):format(#answer, answer == bytes:reverse() and "equal" or "different")
end

function calls.raw_bytes()
  return compare_reversed(512, function(index) return index % 256 end)
end

function calls.large_payload()
  return compare_reversed(1048576, function(index) return (index * 31 + 7) % 256 end)
end

local function echoed(pool, value)
  local answer, message = pool:apply("echo", value)
  assert(message == nil, message)
  return values.notation(answer)
end

function calls.value_nil()
  local pool <close> = support.pool(2)
  return "ok " .. echoed(pool, nil)
end

function calls.value_kinds()
  local pool <close> = support.pool(2)
  local seen = {}
  for index, value in ipairs(values.peer) do seen[index] = echoed(pool, value) end
  return "ok " .. table.concat(seen, " ")
end

function calls.many_jobs()
  local pool <close> = support.pool(2)
  local results = {}
  for value = 0, 999 do results[value] = assert(pool:apply_async("echo", value)) end
  local right, sum = 0, 0
  for value = 0, 999 do
    local answer = assert(results[value]:get())
    if answer == value then right = right + 1 end
    sum = sum + answer
  end
  return ("ok %d %d"):format(right, sum)
end

function calls.fifo_order(nonce, scenario)
  local gate <close>, gate_name = support.queue(nonce, scenario)
  local order <close>, order_name = support.queue(nonce, scenario, {suffix = "R"})
  local pool <close> = support.pool(1)
  local results = {assert(pool:apply_async("take", gate_name))}
  support.wait_until_begun(pool, results[1]:job())
  for value = 0, 19 do
    results[#results + 1] = assert(pool:apply_async("put", order_name, value))
  end
  assert(gate:put("go"))
  for _, result in ipairs(results) do
    local _, message = result:get()
    assert(message == nil, message)
  end
  local seen = {}
  for index = 1, 20 do seen[index] = assert(order:get(0)) end
  return "ok " .. table.concat(seen, " ")
end

return calls
