-- What becomes of tasks that fail, of workers that die, and of what forked workers inherit.

local exit <const> = os.exit -- luaunit replaces it by one that refuses
local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

local function sleep_for_ever()
  support.wait_until(function() return false end)
end

local function echo(value)
  return value
end

-- Applies one task in a pool of its own, and proves that the pool goes on.
local function apply_alone(task, ...)
  local pool <close> =
    assert(billiard.pool {workers = 1, tasks = {task = task, echo = echo}})
  local outcome = table.pack(pool:apply("task", ...))
  luaunit.assertEquals(pool:apply("echo", 42), 42)
  return table.unpack(outcome, 1, outcome.n)
end

TestTaskErrors = {}

function TestTaskErrors.test_a_text()
  local message, detail =
    assert_failure("TASK_FAILED", apply_alone(function() error("boom", 0) end))
  luaunit.assertEquals(message, "boom")
  luaunit.assertEquals(detail.class, "string")
  luaunit.assertStrContains(detail.backtrace, "worker_test.lua")
  luaunit.assertNotStrContains(detail.backtrace, "xpcall")
  luaunit.assertEquals(tostring(detail), "boom")
  luaunit.assertEquals(detail.code, "TASK_FAILED")
  luaunit.assertIsNumber(detail.job)
end

function TestTaskErrors.test_a_text_with_position()
  local message = assert_failure("TASK_FAILED", apply_alone(function() error("boom") end))
  luaunit.assertStrMatches(message, ".*worker_test.lua:%d+: boom")
end

function TestTaskErrors.test_a_runtime_error()
  local message = assert_failure("TASK_FAILED", apply_alone(function() return nil .. "x" end))
  luaunit.assertStrContains(message, "attempt to concatenate a nil value")
end

function TestTaskErrors.test_objects()
  local function raise(value)
    return select(2, assert_failure("TASK_FAILED", apply_alone(function() error(value, 0) end)))
  end
  local named = setmetatable({message = "told"}, {__name = "MyError"})
  luaunit.assertEquals(raise(named).class, "MyError")
  luaunit.assertEquals(raise(named).message, "told")
  local speaking = setmetatable({}, {__tostring = function() return "spoken" end})
  luaunit.assertEquals(raise(speaking).class, "table")
  luaunit.assertEquals(raise(speaking).message, "spoken")
  local broken = setmetatable({}, {__tostring = function() error("broken", 0) end})
  luaunit.assertStrContains(raise(broken).message, "broken")
  luaunit.assertEquals(raise(nil).class, "nil")
  luaunit.assertEquals(raise(7).message, "7")
  luaunit.assertEquals(raise("a\0b").message, "a\\0b")
end

function TestTaskErrors.test_nil_and_a_text()
  local message, detail =
    assert_failure("TASK_FAILED", apply_alone(function() return nil, "no such thing" end))
  luaunit.assertEquals(message, "no such thing")
  luaunit.assertEquals(detail.class, "string")
  luaunit.assertNil(detail.backtrace)
  luaunit.assertEquals(table.pack(apply_alone(function() return nil end)).n, 1)
end

function TestTaskErrors.test_results_without_encoding()
  local pool <close> = assert(billiard.pool {workers = 1, tasks = {
    list = function() return {print} end,
    thread = function() return coroutine.create(print) end,
    echo = echo,
  }})
  local message, detail = assert_failure("TASK_FAILED", pool:apply("list"))
  luaunit.assertEquals(detail.class, "EncodingError")
  luaunit.assertStrContains(message, "a function")
  assert_failure("TASK_FAILED", pool:apply("thread"))
  luaunit.assertEquals(pool:apply("echo", 42), 42)
  luaunit.assertEquals(assert(pool:stats()).restarts, 0)
end

function TestTaskErrors.test_deep_recursion()
  local message = assert_failure("TASK_FAILED", apply_alone(function()
    local function deeper() return 1 + deeper() end
    return deeper()
  end))
  luaunit.assertStrContains(message, "stack overflow")
end

TestLostWorkers = {}

function TestLostWorkers.test_exit_status()
  local message, detail = assert_failure("WORKER_LOST", apply_alone(function() exit(3) end))
  luaunit.assertEquals(detail.exit_status, 3)
  luaunit.assertEquals(detail.exit_text, "exitcode 3")
  luaunit.assertEquals(message,
    ("Worker exited prematurely: exitcode 3 Job: %d."):format(detail.job))
  local _, closed = assert_failure("WORKER_LOST", apply_alone(function() exit(4, true) end))
  luaunit.assertEquals(closed.exit_status, 4)
end

function TestLostWorkers.test_signal()
  local pool <close> = assert(billiard.pool {
    workers = 1, tasks = {wait = sleep_for_ever, echo = echo},
  })
  local lost, waiting = assert(pool:apply_async("wait")), assert(pool:apply_async("echo", 5))
  local pid = support.busy_worker(pool, lost:job()).pid
  support.kill(pid)
  local message, detail = assert_failure("WORKER_LOST", lost:get())
  luaunit.assertEquals(message,
    ("Worker exited prematurely: signal 9 (SIGKILL) Job: %d."):format(lost:job()))
  luaunit.assertEquals(detail.pid, pid)
  luaunit.assertEquals(detail.exit_status, -9)
  luaunit.assertEquals(detail.exit_text, "signal 9 (SIGKILL)")
  luaunit.assertEquals(detail.job, lost:job())
  luaunit.assertEquals(waiting:get(), 5)
  luaunit.assertEquals(assert(pool:stats()).lost, 1)
end

TestInitializer = {}

function TestInitializer.test_runs_first_in_each_worker()
  local prepared
  local pool <close> = assert(billiard.pool {
    workers = 2,
    initializer = function() prepared = "yes" end,
    tasks = {prepared = function() return prepared end},
  })
  for _ = 1, 10 do luaunit.assertEquals(pool:apply("prepared"), "yes") end
  luaunit.assertNil(prepared)
end

-- The first of the two calls that notices.
function TestInitializer.test_failure_reaches_the_host()
  local function make_and_wait()
    local pool <close>, message, code = billiard.pool {
      workers = 1, max_boot_failures = 2, tasks = {echo = print},
      initializer = function() error("the database is down") end,
    }
    if not pool then return nil, message, code end
    return pool:wait_ready()
  end
  luaunit.assertStrContains(assert_failure("POOL_FAILED", make_and_wait()), "the database is down")
end

TestInheritance = {}

function TestInheritance.test_the_parents_handles_in_a_worker()
  local parent <close> = assert(billiard.pool {workers = 1, tasks = {echo = echo}})
  local result = assert(parent:apply_async("echo", 1))
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      use = function()
        local codes = {}
        for index, call in ipairs {
          function() return parent:apply_async("echo", 1) end,
          function() return parent:stats() end,
          function() return parent:close() end,
          function() return parent:terminate() end,
          function() return parent:join(0) end,
          function() return parent:fd() end,
          function() return parent:drain() end,
          function() return result:get(0) end,
        } do
          codes[index] = select(3, call()) or "no failure"
        end
        parent:release()
        result:discard()
        collectgarbage()
        return codes
      end,
    },
  })
  luaunit.assertEquals(pool:apply("use"),
    {"FORKED", "FORKED", "FORKED", "FORKED", "FORKED", "FORKED", "FORKED", "FORKED"})
  luaunit.assertEquals(result:get(), 1)
  luaunit.assertEquals(parent:apply("echo", 2), 2)
end

function TestInheritance.test_a_collecting_worker_harms_nobody()
  local results = {}
  local parent <close> = assert(billiard.pool {workers = 1, tasks = {echo = echo}})
  for value = 1, 100 do results[value] = assert(parent:apply_async("echo", value)) end
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      forget = function()
        results = nil
        for _ = 1, 3 do collectgarbage() end
        return "collected"
      end,
    },
  })
  luaunit.assertEquals(pool:apply("forget"), "collected")
  for value = 1, 100 do luaunit.assertEquals(results[value]:get(), value) end
end

function TestInheritance.test_output_is_written_once()
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "w"))
  file:write("host\n") -- still in the buffer when the workers are forked
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      say = function(text)
        file:write(text, "\n")
        file:flush()
        return true
      end,
    },
  })
  for _ = 1, 5 do assert(pool:apply("say", "worker")) end
  pool:close()
  pool:join()
  local lines = {}
  for line in io.lines(path) do lines[line] = (lines[line] or 0) + 1 end
  os.remove(path)
  luaunit.assertEquals(lines, {host = 1, worker = 5})
end

function TestInheritance.test_pools_inside_workers_three_levels_deep()
  local function nested(levels)
    if levels == 0 then return "innermost" end
    local inner <close> = assert(billiard.pool {workers = 1, tasks = {nested = nested}})
    return inner:apply("nested", levels - 1)
  end
  luaunit.assertEquals(nested(3), "innermost")
end

function TestInheritance.test_a_second_pool_beside_and_behind_the_first()
  local function pool_of()
    return assert(billiard.pool {workers = 1, tasks = {echo = echo}})
  end
  do
    local first <close> = pool_of()
    luaunit.assertEquals(first:apply("echo", 1), 1)
    local second <close> = pool_of()
    luaunit.assertEquals({second:apply("echo", 2), (first:apply("echo", 3))}, {2, 3})
  end
  local third <close> = pool_of()
  luaunit.assertEquals(third:apply("echo", 4), 4)
end

function TestInheritance.test_a_pool_made_in_a_coroutine()
  local pool = coroutine.wrap(function()
    return assert(billiard.pool {workers = 1, tasks = {echo = echo}})
  end)()
  collectgarbage()
  luaunit.assertEquals(pool:apply("echo", 9), 9)
  pool:release()
end

os.exit(luaunit.LuaUnit.run())
