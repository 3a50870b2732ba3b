-- Run by serve_test.lua as a pool's command: a Lua program that serves.

local billiard = require "billiard"

billiard.task("environment", os.getenv)
billiard.task("fail", function() error("failed in a command") end)
billiard.task("exit", os.exit)
billiard.task("spin", function() while true do end end)

if not billiard.worker_requested() then
  print("not started by a pool")
  os.exit(2)
end
os.exit(assert(billiard.serve {
  tasks = {
    double = function(n) return 2 * n end,
    requested = billiard.worker_requested,
    serve_again = function() return select(3, billiard.serve()) end,
  },
  initializer = arg[1] == "broken" and function() error("broken command") end or nil,
}))
