-- Scenarios of values and arrays.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"
local values = require "conformance.values"

local typed = {}

function typed.value_basics()
  local value <close> = assert(billiard.value("i", 7))
  local first = value:get()
  assert(value:set(-3))
  local before = assert(value:add(5))
  local exchanged = value:compare_exchange(2, 9)
  return ("ok %d %d %s %s %d"):format(first, before, exchanged, (value:compare_exchange(2, 9)),
    value:get())
end

function typed.value_range()
  local value <close> = assert(billiard.value("b"))
  local refused = support.error_naming("200", value.set, value, 200)
  local wrapping <close> = assert(billiard.value("b", 0, {wrap = true}))
  assert(wrapping:set(200))
  return ("%s; then ok %d"):format(refused, wrapping:get())
end

function typed.value_typecode()
  return support.error_naming("type", billiard.value, "z")
end

function typed.value_shared(nonce, scenario)
  local name = scenario .. "-" .. nonce
  local value <close> = assert(billiard.value("q", 0, {name = name}))
  local assistant <close> = Assistant.start(nonce, "add", name, 1000)
  for _ = 1, 1000 do assert(value:add(1)) end
  assert(assistant:says() == "done")
  return "ok " .. value:get()
end

function typed.value_structure()
  local value <close> = assert(billiard.value("x:d,n:i"))
  value.x = 2.5
  value.n = 7
  return ("ok %d %s"):format(value.n, value.x)
end

function typed.value_by_id()
  local value <close> = assert(billiard.value("i", 7))
  local same <close> = assert(billiard.attach("value", value:id()))
  value.value = 8
  return "ok " .. same.value
end

function typed.array_basics()
  local array <close> = assert(billiard.array("h", {1, 2, 3}))
  array[-1] = -5
  return ("ok %s length=%d; then %s"):format(table.concat(array:values(), " "), #array,
    support.error_naming("index", array.get, array, #array + 1))
end

function typed.array_characters()
  local array <close> = assert(billiard.array("c", 5))
  assert(array:set_text("ab"))
  return ("ok %s %s; then %s"):format(array:text(), values.hex(array:bytes()),
    support.error_naming("6", array.set_text, array, "abcdef"))
end

function typed.array_view()
  local array <close> = assert(billiard.array("i", 1000))
  for index = 1, #array do array[index] = (index - 1) * (index - 1) end
  local sum = 0
  for _, element in ipairs(array:values()) do sum = sum + element end
  return "ok " .. sum
end

return typed
