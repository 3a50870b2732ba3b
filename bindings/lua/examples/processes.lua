-- Processes, a connection between them, and a shared value: run it with `lua processes.lua`.
local billiard = require "billiard"

-- What processes that are started anew find by name; arguments may be shared objects and connections.
billiard.entry("square_all", function(connection, total)
  while true do
    local number, _, code = connection:recv()
    if code == "END_OF_STREAM" then break end
    total:add(number * number)
  end
end)
billiard.freeze_support() -- a child runs its entry here, and goes no further

local sender, receiver = billiard.pipe()
local total <close> = assert(billiard.value("q", 0))
local process <close> = assert(billiard.process {
  entry = "square_all", args = {receiver, total}, start_method = "spawn",
})
assert(process:start())
receiver:close() -- the child has its own
for number = 1, 4 do assert(sender:send(number)) end
sender:close()
assert(process:join())
print("total", total.value, "exit code", process:exit_code())
