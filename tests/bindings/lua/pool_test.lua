-- Pools: calls, the ends of a pool, what is shown of it.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const>, wait_until <const> = support.assert_failure, support.wait_until

local function sleep_for_ever()
  support.wait_until(function() return false end)
end

local function pool_of(tasks, more)
  local options = {workers = 1, tasks = tasks}
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options))
end

TestCalls = {}

function TestCalls.test_arguments_keep_their_number_and_nils()
  local pool <close> = pool_of {
    kinds = function(...)
      local kinds = {}
      for index = 1, select("#", ...) do kinds[index] = type((select(index, ...))) end
      return kinds
    end,
  }
  luaunit.assertEquals(pool:apply("kinds"), {})
  luaunit.assertEquals(pool:apply("kinds", nil), {"nil"})
  luaunit.assertEquals(pool:apply("kinds", nil, 1, nil), {"nil", "number", "nil"})
  local result = assert(pool:submit {task = "kinds", args = {n = 3, [2] = "x"}})
  luaunit.assertEquals(result:get(), {"nil", "string", "nil"})
end

function TestCalls.test_values_keep_every_bit()
  local pool <close> = pool_of {echo = function(value) return value end}
  for _, value in ipairs {
    math.maxinteger, math.mininteger, 3, 3.0, -0.0, 2 ^ 63, "\0\xff\xfe", "",
    ("\xff"):rep(1 << 20), {{}},
  } do
    local back = assert(pool:apply("echo", value))
    luaunit.assertEquals(back, value)
    luaunit.assertEquals(math.type(back), math.type(value))
  end
  luaunit.assertEquals(select("#", pool:apply("echo", nil)), 1)
  luaunit.assertEquals(pool:apply("echo", false), false)
end

function TestCalls.test_raw_bytes()
  local pool <close> = pool_of {
    reverse = string.reverse,
    size = function(bytes) return {size = #bytes} end,
  }
  for _, bytes in ipairs {"", "abc", "\0\1\xff", ("ab\0"):rep(1 << 20)} do
    local reversed = assert(pool:submit {task = "reverse", bytes = bytes}):get()
    luaunit.assertTrue(reversed == bytes:reverse())
    luaunit.assertEquals(assert(pool:submit {task = "size", bytes = bytes}):get(), {size = #bytes})
  end
end

function TestCalls.test_closures_and_registered_tasks()
  local factor = 3
  billiard.task("registered", function(n) return n + factor end)
  billiard.task("replaced", function() return "old" end)
  local pool <close> = pool_of {
    times = function(n) return n * factor end,
    replaced = function() return "own" end,
  }
  factor = 1000 -- the worker has its copy
  luaunit.assertEquals(pool:apply("times", 5), 15)
  luaunit.assertEquals(pool:apply("registered", 5), 8)
  luaunit.assertEquals(pool:apply("replaced"), "own")
end

function TestCalls.test_unknown_task()
  local pool <close> = pool_of {echo = function(value) return value end}
  luaunit.assertStrContains(assert_failure("UNKNOWN_TASK", pool:apply_async("ekko")), "ekko")
  billiard.task("defined_later", print)
  assert_failure("UNKNOWN_TASK", pool:apply("defined_later"))
  luaunit.assertEquals(pool:apply("echo", 1), 1)
end

function TestCalls.test_too_large()
  local pool <close> = pool_of({echo = function(value) return value end}, {max_payload = 100})
  assert_failure("TOO_LARGE", pool:apply("echo", ("x"):rep(200)))
  luaunit.assertEquals(pool:apply("echo", "small"), "small")
end

function TestCalls.test_forgotten_results_do_not_fill_the_pool()
  local pool <close> = pool_of({echo = function(value) return value end}, {max_jobs = 8})
  collectgarbage("stop")
  for value = 1, 500 do assert(pool:apply_async("echo", value)) end
  collectgarbage("restart")
  luaunit.assertEquals(pool:apply("echo", "last"), "last")
end

function TestCalls.test_a_full_pool()
  local pool <close> = pool_of({wait = sleep_for_ever}, {max_jobs = 2})
  local first, second = assert(pool:apply_async("wait")), assert(pool:apply_async("wait"))
  assert_failure("FULL", pool:submit {task = "wait", timeout = 0.02})
  assert_failure("FULL", pool:submit {task = "wait", timeout = 0})
  local token = assert(billiard.interrupt())
  token:raise()
  assert_failure("INTERRUPTED", pool:submit {task = "wait", interrupt = token})
  luaunit.assertTrue(first ~= second)
end

TestEnds = {}

function TestEnds.test_close_completes_what_was_queued()
  local pool <close> = pool_of {echo = function(value) return value end}
  local results = {}
  for value = 1, 20 do results[value] = assert(pool:apply_async("echo", value)) end
  luaunit.assertTrue(pool:close())
  luaunit.assertTrue(pool:close())
  assert_failure("STATE", pool:apply_async("echo", 1))
  luaunit.assertTrue(pool:join())
  luaunit.assertTrue(pool:join(0))
  for value = 1, 20 do luaunit.assertEquals(results[value]:get(0), value) end
end

function TestEnds.test_terminate_resolves_everything()
  local pool <close> = pool_of {wait = sleep_for_ever}
  local results = {}
  for index = 1, 5 do results[index] = assert(pool:apply_async("wait")) end
  support.busy_worker(pool)
  luaunit.assertTrue(pool:terminate())
  luaunit.assertTrue(pool:join())
  for index = 1, 5 do assert_failure("TERMINATED", results[index]:get(0)) end
end

function TestEnds.test_join_needs_close()
  local pool <close> = pool_of {echo = function(value) return value end}
  assert_failure("STATE", pool:join())
  luaunit.assertEquals(pool:apply("echo", 1), 1)
end

local function worker_pids(pool)
  assert(pool:wait_ready())
  local pids = {}
  for _, worker in ipairs(assert(pool:workers())) do pids[#pids + 1] = worker.pid end
  return pids
end

local function wait_until_gone(pids)
  for _, pid in ipairs(pids) do
    wait_until(function() return not support.alive(pid) end)
  end
end

function TestEnds.test_close_variable_ends_the_workers()
  local pids, result
  do
    local pool <close> = pool_of({wait = sleep_for_ever}, {workers = 2})
    pids = worker_pids(pool)
    result = assert(pool:apply_async("wait"))
  end
  luaunit.assertEquals(#pids, 2)
  wait_until_gone(pids)
  assert_failure("TERMINATED", result:get(0))
end

function TestEnds.test_an_error_ends_the_workers_too()
  local pids
  local ok, problem = pcall(function()
    local pool <close> = pool_of {wait = sleep_for_ever}
    pids = worker_pids(pool)
    error("the block fails")
  end)
  luaunit.assertFalse(ok)
  luaunit.assertStrContains(problem, "the block fails")
  wait_until_gone(pids)
end

function TestEnds.test_a_forgotten_pool_is_collected()
  local pids = worker_pids(pool_of {wait = sleep_for_ever})
  collectgarbage()
  collectgarbage()
  wait_until_gone(pids)
end

function TestEnds.test_many_pools_one_after_another()
  local function open_files()
    local count = 0
    for _ in require("lfs").dir("/proc/self/fd") do count = count + 1 end
    return count
  end
  local function once(index)
    local pool <close> = pool_of {echo = function(value) return value end}
    luaunit.assertEquals(pool:apply("echo", index), index)
  end
  once(0)
  local before = open_files()
  for index = 1, 20 do once(index) end
  luaunit.assertEquals(open_files(), before)
end

TestViews = {}

function TestViews.test_all_workers_are_started_at_once()
  local pool <close> = pool_of({wait = sleep_for_ever}, {workers = 3})
  local workers = assert(pool:workers())
  luaunit.assertEquals(#workers, 3)
  for _, worker in ipairs(workers) do luaunit.assertTrue(support.alive(worker.pid)) end
end

function TestViews.test_stats()
  local pool <close> = pool_of({
    echo = function(value) return value end,
    fail = function() error("no") end,
  }, {workers = 2})
  assert(pool:wait_ready())
  for value = 1, 10 do pool:apply("echo", value) end
  pool:apply("fail")
  local stats = wait_until(function()
    local stats = assert(pool:stats())
    return stats.queued + stats.running == 0 and stats
  end)
  luaunit.assertEquals(stats.submitted, 11)
  luaunit.assertEquals(stats.succeeded, 10)
  luaunit.assertEquals(stats.failed, 1)
  luaunit.assertEquals(stats.workers, 2)
  luaunit.assertEquals(stats.ready, 2)
  luaunit.assertTrue(support.alive(stats.template_pid))
end

function TestViews.test_workers()
  local pool <close> = assert(billiard.pool {
    groups = {
      {name = "waiters", workers = 1, tasks = {wait = sleep_for_ever}},
      {workers = 2, tasks = {echo = function(value) return value end}},
    },
  })
  assert(pool:wait_ready())
  local before = billiard.now()
  local result = assert(pool:apply_async("wait"))
  local busy = support.busy_worker(pool, result:job())
  luaunit.assertEquals(busy.group, "waiters")
  luaunit.assertEquals(busy.pid, result:pid())
  luaunit.assertTrue(busy.since >= before and busy.since <= billiard.now())
  local idle = {}
  for _, worker in ipairs(assert(pool:workers())) do
    luaunit.assertTrue(support.alive(worker.pid))
    luaunit.assertEquals(worker.starts, 1)
    if worker.state == "idle" then idle[#idle + 1] = worker end
  end
  luaunit.assertEquals(#idle, 2)
  luaunit.assertEquals(idle[1].group, "group-1")
  luaunit.assertNil(idle[1].job)
  luaunit.assertNil(idle[1].since)
end

function TestViews.test_a_busy_group_blocks_no_other()
  local pool <close> = assert(billiard.pool {
    groups = {
      {name = "slow", workers = 1, tasks = {wait = sleep_for_ever}},
      {name = "quick", workers = 1, tasks = {echo = function(value) return value end}},
    },
  })
  for _ = 1, 10 do assert(pool:apply_async("wait")) end
  support.busy_worker(pool)
  for value = 1, 10 do luaunit.assertEquals(pool:apply("echo", value), value) end
  local result = assert(pool:submit {task = "echo", args = {7}, group = "quick"})
  luaunit.assertEquals(result:get(), 7)
  assert_failure("UNKNOWN_TASK", pool:submit {task = "echo", group = "slow"})
end

os.exit(luaunit.LuaUnit.run())
