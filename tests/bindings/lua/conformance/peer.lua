-- One half of queue_between_languages.

local billiard = require "billiard"
local values = require "conformance.values"

local peer = {NAME = "queue_between_languages"}

local function open(name)
  return assert(billiard.queue {name = name}), assert(billiard.queue {name = name .. "-done"})
end

function peer.put(name)
  local queue, done = open(name)
  for _, value in ipairs(values.peer) do assert(queue:put(value)) end
  assert(queue:put_bytes("\0\1\2\3"))
  assert(done:get())
  return "ok put " .. #values.peer + 1
end

function peer.get(name)
  local queue, done = open(name)
  local seen = {}
  for index = 1, #values.peer + 1 do
    local bytes, format = assert(queue:get_bytes())
    seen[index] = format == "raw" and "raw:" .. values.hex(bytes)
      or values.notation(billiard.decode(bytes))
  end
  assert(done:put(#seen))
  return "ok " .. table.concat(seen, " ")
end

return peer
