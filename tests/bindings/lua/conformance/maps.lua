-- Scenarios of one task over many items.

local support = require "conformance.support"

local maps = {}

-- first, first + 1, ... last
local function numbers(first, last)
  local list = {}
  for number = first, last do list[#list + 1] = number end
  return list
end

function maps.map_order()
  local pool <close> = support.pool(2)
  local values = assert(pool:map("echo", numbers(0, 99)))
  local sum, order = 0, "ordered"
  for index = 1, values.n do
    sum = sum + values[index]
    if values[index] ~= index - 1 then order = "not ordered" end
  end
  return ("ok %d %s"):format(sum, order)
end

function maps.map_empty()
  local pool <close> = support.pool(2)
  return "ok " .. assert(pool:map("echo", {}, {chunk_size = 20})).n
end

function maps.map_failure()
  local pool <close> = support.pool(1)
  local code, message, detail =
    support.attempt(pool.map, pool, "fail", {"a", "b"}, {chunk_size = 1})
  return support.task_failure(code, message, detail) .. support.then_add(pool)
end

function maps.imap_order()
  local pool <close> = support.pool(2)
  local iterator <close> = assert(pool:imap("echo", numbers(0, 49)))
  local sum, order = 0, "ordered"
  for value = 0, 49 do
    local index, seen = assert(iterator:next())
    sum = sum + seen
    if seen ~= value or index ~= value + 1 then order = "not ordered" end
  end
  local index, problem = iterator:next()
  return ("ok %d %s; then %s"):format(sum, order, index or problem or "end")
end

function maps.imap_unordered_all()
  local pool <close> = support.pool(2)
  local sum = 0
  for _, value in assert(pool:imap_unordered("echo", numbers(0, 49))) do sum = sum + value end
  return "ok " .. sum
end

-- The outcome of every item in words, and "end".
local function outcomes(pool, task, failed)
  local seen = {}
  for _, value, message, code, detail in assert(pool:imap(task, numbers(0, 3))) do
    seen[#seen + 1] = message and failed(code, message, detail) or "ok " .. value
  end
  return table.concat(seen, "; ") .. "; end"
end

function maps.imap_item_error()
  local pool <close> = support.pool(1)
  return outcomes(pool, "fail_odd", support.task_failure)
end

function maps.imap_worker_killed()
  local pool <close> = support.pool(1)
  return outcomes(pool, "kill_at_two", function(code, _, detail)
    return ("error %s signal=%d"):format(code, -detail.exit_status)
  end)
end

return maps
