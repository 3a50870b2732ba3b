-- Run by pool_watch_test.lua: has a busy pool and an idle one. It prints its pid and the id of the job that it
-- runs, and stays until it is killed.

local billiard = require "billiard"

local gate <const> = assert(billiard.queue())
billiard.task("echo", function(value) return value end)
billiard.task("take", function() return gate:get() end)

local function my_pid()
  local file <close> = assert(io.open("/proc/self/stat"))
  return file:read("n")
end

local busy <close> = assert(billiard.pool {
  groups = {{name = "odd", workers = 1}, {name = "even", workers = 1}},
})
assert(busy:wait_ready())
local idle <close> = assert(billiard.pool {workers = 1})
assert(idle:wait_ready())
assert(assert(busy:submit {task = "echo", args = {1}, group = "even"}):get())
local held = assert(busy:submit {task = "take", group = "even"})
repeat local begun = held:accepted() until begun or held:wait(0.001)
assert(busy:submit {task = "echo", args = {2}, group = "even"})
print(my_pid(), held:job())
io.stdout:flush()
held:get()
