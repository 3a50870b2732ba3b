--- Functions of the user that a worker calls besides its tasks (private; POOL-18, POOL-97).

local native = require "billiard.native"

local worker_hooks = {}

--- The names of the options, besides `initializer`.
worker_hooks.NAMES = {"on_loop_start", "on_loop_stop", "on_process_exit", "prepare_result"}

-- A hook that fails ends nothing: the worker's jobs have their outcomes all the same.
local function call(name, hook, ...)
  if not hook then return end
  local ok, problem = xpcall(hook, debug.traceback, ...)
  if not ok then
    io.stderr:write("billiard: ", name, " failed: ", tostring(problem), "\n")
  end
end

--- The calls of one worker, for options that may lack any of the hooks.
function worker_hooks.of(options)
  local pid = native.process_id()
  return {
    loop_start = function() call("on_loop_start", options.on_loop_start, pid) end,
    loop_stop = function() call("on_loop_stop", options.on_loop_stop, pid) end,
    process_exit = function(status)
      call("on_process_exit", options.on_process_exit, pid, status)
    end,
  }
end

-- Gives the value of a task that has not failed to the hook.
local function prepared(prepare, value, problem, ...)
  if value == nil and type(problem) == "string" then return value, problem, ... end
  return prepare(value)
end

--- The tasks of a worker, each with what `prepare_result` makes of its value.
-- @param set functions by name
-- @param prepare the hook, or nil
function worker_hooks.preparing(set, prepare)
  if not prepare then return set end
  local preparing = {}
  for name, task in pairs(set) do
    preparing[name] = function(...) return prepared(prepare, task(...)) end
  end
  return preparing
end

return worker_hooks
