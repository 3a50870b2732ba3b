-- What the tests of the Lua binding share.

local billiard = require "billiard"
local luaunit = require "luaunit"

local support = {}

-- A name that no other test or run uses.
function support.queue_name(test)
  return ("billiard-lua-test-%s-%d-%x"):format(test, billiard.now() * 1e6 // 1,
    math.random(1 << 30))
end

-- Asserts that calling raises misuse whose text contains each of the given texts.
function support.assert_misuse(texts, call, ...)
  local ok, problem = pcall(call, ...)
  luaunit.assertFalse(ok, "no error was raised")
  for _, text in ipairs(texts) do luaunit.assertStrContains(problem, text) end
end

-- Asserts `nil, message, code` and returns message and detail.
function support.assert_failure(expected, value, message, code, detail)
  luaunit.assertNil(value)
  luaunit.assertEquals(code, expected, message)
  luaunit.assertIsString(message)
  return message, detail
end

local clock <const> = assert(billiard.queue())

function support.pause(seconds)
  clock:get(seconds)
end

-- Waits until the predicate holds; the test's own time limit ends a wait in vain.
function support.wait_until(predicate)
  while true do
    local value = predicate()
    if value then return value end
    support.pause(0.001)
  end
end

-- The entry of a worker that is busy (with that job).
function support.busy_worker(pool, job)
  return support.wait_until(function()
    for _, worker in ipairs(assert(pool:workers())) do
      if worker.state == "busy" and (job == nil or worker.job == job) then return worker end
    end
  end)
end

function support.kill(pid, signal)
  assert(os.execute(("kill -s %s %d"):format(signal or "KILL", pid)))
end

-- Whether a process exists and is no zombie.
function support.alive(pid)
  local file <close> = io.open(("/proc/%d/stat"):format(pid))
  return file ~= nil and not file:read("a"):match("%) Z")
end

-- The command that starts this interpreter with a program beside the tests.
function support.lua_command(program)
  local folder = arg[0]:match("^(.*/)") or "./"
  return {arg[-1], folder .. program}
end

return support
