-- Scenarios of what queues can besides put and get.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"

local deliveries = {}

function deliveries.queue_batch(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario)
  assert(queue:put_many {1, 2, 3, 4, 5})
  local first = table.concat(assert(queue:get_many(3)), " ")
  return ("ok %s; then ok %s"):format(first, table.concat(assert(queue:get_many(10)), " "))
end

function deliveries.queue_in_place(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario)
  local expected = {}
  do
    local reservation <close> = assert(queue:reserve(512))
    for index = 1, 512 do
      expected[index] = string.char((index - 1) % 256)
      assert(reservation:write(index, expected[index]))
    end
    assert(reservation:commit())
  end
  local message <close> = assert(queue:take())
  local bytes = message:bytes()
  assert(message:ack())
  return ("ok %d %s size=%d"):format(#bytes,
    bytes == table.concat(expected) and "equal" or "different", #queue)
end

function deliveries.queue_redelivery(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local queue <close> = assert(billiard.queue {name = name, delivery = "at_least_once"})
  assert(queue:put(7))
  local assistant <close> = Assistant.start(nonce, "take", name)
  assert(assistant:says() == "held")
  assistant:kill()
  local message <close> = assert(queue:take())
  return ("ok %s redelivered=%d"):format(message:value(), message:redelivered())
end

function deliveries.queue_fd(nonce, scenario)
  local queue <close> = support.queue(nonce, scenario)
  local fd = assert(queue:fd())
  local function readable(timeout) return #assert(billiard.poll({fd}, timeout)) == 1 end
  local before = readable(0)
  assert(queue:put(1))
  local with_one = readable()
  assert(queue:get())
  local _, _, code = queue:get(0)
  assert(code == "EMPTY")
  return ("ok %s %s %s"):format(before, with_one, readable(0))
end

function deliveries.joinable_queue()
  local queue <close> = assert(billiard.joinable_queue())
  assert(queue:put(1))
  assert(queue:put(2))
  local before = tostring(queue:join(0) or false)
  for _ = 1, 2 do
    assert(queue:get())
    assert(queue:task_done())
  end
  return ("ok %s %s; then %s"):format(before, queue:join(0) or false,
    support.error_naming("too many times", queue.task_done, queue))
end

function deliveries.simple_queue()
  local queue <close> = assert(billiard.simple_queue())
  local before = queue:empty()
  assert(queue:put(1))
  local with_one = queue:empty()
  local value = queue:get()
  queue:close()
  local _, _, code = queue:put(2)
  return ("ok %s %s %s %s"):format(before, with_one, value, code)
end

return deliveries
