-- Time limits, and other ways in which jobs and workers are ended or tried again.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

local function spin()
  while true do end
end

local function echo(value)
  return value
end

local function own_pid()
  local stat <close> = assert(io.open("/proc/self/stat"))
  return stat:read("n")
end

local function pool_of(tasks, more)
  local options = {workers = 1, tasks = tasks}
  for name, value in pairs(more or {}) do options[name] = value end
  options.tasks.echo, options.tasks.own_pid = echo, own_pid
  return assert(billiard.pool(options))
end

-- The failure of a task that does not catch its soft limit, in a pool that goes on with the same
-- worker.
local function assert_interrupts(task)
  local pool <close> = pool_of {task = task}
  local pid = assert(pool:apply("own_pid"))
  local result = assert(pool:submit {task = "task", soft_time_limit = 0.1})
  local message, detail = assert_failure("TASK_FAILED", result:get())
  luaunit.assertEquals(detail.class, "SoftTimeLimitExceeded")
  luaunit.assertStrContains(message, "soft time limit")
  luaunit.assertEquals(pool:apply("own_pid"), pid)
end

TestSoftLimit = {}

function TestSoftLimit.test_interrupts_a_loop()
  assert_interrupts(spin)
end

function TestSoftLimit.test_interrupts_a_wait()
  assert_interrupts(function() assert(billiard.queue()):get() end)
end

function TestSoftLimit.test_interrupts_a_wait_for_another_process()
  assert_interrupts(function() io.popen("sleep 1000"):read("a") end)
end

function TestSoftLimit.test_interrupts_coroutines()
  assert_interrupts(function() coroutine.wrap(spin)() end)
  assert_interrupts(function()
    local inner = coroutine.create(function() coroutine.wrap(spin)() end)
    local _, problem = coroutine.resume(inner)
    error(problem, 0)
  end)
end

function TestSoftLimit.test_follows_a_coroutine_that_yields()
  -- Instructions run only in coroutines that yield at once, and in their resumer.
  assert_interrupts(function()
    while true do
      local step = coroutine.wrap(function() coroutine.yield() end)
      step()
    end
  end)
end

function TestSoftLimit.test_can_be_caught_and_comes_once()
  local pool <close> = pool_of {
    task = function(seconds)
      local ok, problem = pcall(spin)
      local till = billiard.now() + seconds
      while billiard.now() < till do end -- nothing comes any more
      return {ok, problem == billiard.SOFT_TIME_LIMIT_EXCEEDED, tostring(problem)}
    end,
  }
  local result = assert(pool:submit {task = "task", args = {0.05}, soft_time_limit = 0.1})
  local seen = assert(result:get())
  luaunit.assertFalse(seen[1])
  luaunit.assertTrue(seen[2])
  luaunit.assertStrContains(seen[3], "soft time limit")
end

-- Code that catches everything ends neither the pool's knowledge of the limit nor the task's.
function TestSoftLimit.test_is_not_lost_to_who_catches_everything()
  local told
  local pool <close> = pool_of({
    task = function()
      local before = billiard.soft_limit_reached()
      pcall(spin) -- whatever it was
      return {before, billiard.soft_limit_reached()}
    end,
    ask = function() return billiard.soft_limit_reached() end,
  }, {notify = true})
  local result = assert(pool:submit {
    task = "task", soft_time_limit = 0.1, timeout_callback = function(soft) told = soft end,
  })
  luaunit.assertEquals(result:get(), {false, true})
  while told == nil do assert(pool:pump(1)) end
  luaunit.assertTrue(told)
  luaunit.assertEquals(pool:apply("ask"), false) -- the next job
  luaunit.assertFalse(billiard.soft_limit_reached())
end

function TestSoftLimit.test_keeps_the_tasks_own_hook()
  local pool <close> = pool_of {
    task = function()
      local function hook() end
      debug.sethook(hook, "", 1000000)
      pcall(spin)
      local kept, _, count = debug.gethook()
      debug.sethook()
      return kept == hook and count
    end,
  }
  luaunit.assertEquals(assert(pool:submit {task = "task", soft_time_limit = 0.1}):get(), 1000000)
end

function TestSoftLimit.test_hits_no_neighbour()
  local pool <close> = pool_of {
    work = function(seconds)
      local till = billiard.now() + seconds
      while billiard.now() < till do end
      return "done"
    end,
  }
  local results = {}
  for index = 1, 60 do -- about the limit, and without one, in turn
    local limited = index % 2 == 1
    results[index] = assert(pool:submit {
      task = "work", args = {limited and 0.009 + index / 30000 or 0.003},
      soft_time_limit = limited and 0.010 or -1,
    })
  end
  for index, result in ipairs(results) do
    local value, _, _, detail = result:get()
    if index % 2 == 0 then luaunit.assertEquals(value, "done") end
    if value == nil then luaunit.assertEquals(detail.class, "SoftTimeLimitExceeded") end
  end
end

function TestSoftLimit.test_of_the_pool()
  local pool <close> = pool_of({task = spin}, {soft_time_limit = 0.1})
  local _, detail = assert_failure("TASK_FAILED", pool:apply("task"))
  luaunit.assertEquals(detail.class, "SoftTimeLimitExceeded")
end

function TestSoftLimit.test_a_stray_signal_is_nobodys()
  local pool <close> = pool_of {
    task = function()
      os.execute("kill -s USR1 $PPID")
      return "went on"
    end,
  }
  luaunit.assertEquals(pool:apply("task"), "went on")
  support.kill(assert(pool:apply("own_pid")), "USR1")
  luaunit.assertEquals(pool:apply("echo", 42), 42)
  luaunit.assertTrue(pool:did_start_ok())
end

TestHardLimit = {}

function TestHardLimit.test_of_a_job_and_of_the_pool()
  local pool <close> = pool_of({task = spin}, {time_limit = 0.1})
  local _, detail = assert_failure("TIME_LIMIT", pool:apply("task"))
  luaunit.assertIsNumber(detail.pid)
  local slow = assert(pool:submit {task = "task", time_limit = -1})
  assert_failure("TIMEOUT", slow:get(0.3))
  assert(slow:terminate())
  local unlimited <close> = pool_of({task = spin})
  assert_failure("TIME_LIMIT", assert(unlimited:submit {task = "task", time_limit = 0.1}):get())
  luaunit.assertEquals(unlimited:apply("echo", 42), 42)
end

function TestHardLimit.test_ends_who_swallows_the_soft_one()
  local pool <close> = pool_of {task = function() while true do pcall(spin) end end}
  assert_failure("TIME_LIMIT", assert(pool:submit {
    task = "task", soft_time_limit = 0.05, time_limit = 0.2,
  }):get())
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

TestEndedJobs = {}

function TestEndedJobs.test_terminate()
  local pool <close> = pool_of {task = spin}
  local running, queued = assert(pool:apply_async("task")), assert(pool:apply_async("echo", 1))
  local next_one = assert(pool:apply_async("echo", 2))
  local worker = support.busy_worker(pool, running:job())
  luaunit.assertTrue(running:accepted())
  luaunit.assertFalse(queued:accepted())
  assert_failure("STATE", running:successful())
  luaunit.assertTrue(queued:terminate())
  assert_failure("TERMINATED", queued:get(0))
  luaunit.assertTrue(running:terminate(9))
  assert_failure("TERMINATED", running:get(0))
  luaunit.assertEquals(next_one:get(), 2)
  luaunit.assertTrue(next_one:successful())
  luaunit.assertFalse(running:successful())
  luaunit.assertTrue(next_one:terminate()) -- has its outcome
  luaunit.assertEquals(next_one:get(), 2)
  support.wait_until(function() return not support.alive(worker.pid) end)
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestEndedJobs.test_terminate_job()
  local pool <close> = pool_of {task = spin}
  local running = assert(pool:apply_async("task"))
  local pid = support.busy_worker(pool, running:job()).pid
  luaunit.assertTrue(pool:terminate_job(pid, nil, running:job() + 1)) -- another job
  luaunit.assertTrue(pool:terminate_job(1 << 30))                    -- nobody
  assert_failure("TIMEOUT", running:get(0.05))
  luaunit.assertTrue(pool:terminate_job(pid, nil, running:job()))
  local _, detail = assert_failure("TERMINATED", running:get())
  luaunit.assertEquals(detail.pid, pid)
  support.assert_misuse({"terminate_job", "pid"}, pool.terminate_job, pool, "x")
  support.assert_misuse({"terminate_job", "job"}, pool.terminate_job, pool, pid, 9, -1)
  assert_failure("INVALID", pool:terminate_job(pid, 1000))
end

function TestEndedJobs.test_expiry()
  local pool <close> = pool_of {task = spin}
  local running = assert(pool:apply_async("task"))
  support.busy_worker(pool, running:job())
  local expiring = assert(pool:submit {task = "echo", args = {1}, expires = 0.05})
  assert_failure("EXPIRED", expiring:get())
  assert(running:terminate())
  luaunit.assertEquals(assert(pool:submit {task = "echo", args = {1}, expires = 1000}):get(), 1)
end

function TestEndedJobs.test_retries()
  local left <const> = assert(billiard.value("i", 2))
  local pool <close> = pool_of {
    task = function()
      if left:add(-1) > 0 then os.execute("kill -s KILL $PPID") end
      return "third"
    end,
  }
  local result = assert(pool:submit {task = "task", retries = 2})
  luaunit.assertEquals(result:get(), "third")
  left.value = 2
  assert_failure("WORKER_LOST", assert(pool:submit {task = "task", retries = 1}):get())
end

TestRecycling = {}

function TestRecycling.test_after_so_many_jobs()
  local statuses = {}
  local pool <close> = pool_of({}, {
    max_tasks_per_child = 2,
    on_process_down = function(worker) statuses[#statuses + 1] = worker.exit_status end,
  })
  local pids, different = {}, 0
  for _ = 1, 6 do
    local pid = assert(pool:apply("own_pid"))
    different = different + (pids[pid] and 0 or 1)
    pids[pid] = true
  end
  luaunit.assertEquals(different, 3)
  support.wait_until(function()
    assert(pool:pump())
    return #statuses >= 2
  end)
  luaunit.assertEquals(statuses[1], 155)
  luaunit.assertEquals(statuses[2], 155)
end

function TestRecycling.test_memory()
  local kept = {}
  local function grow(mebibytes)
    -- Small strings, so that nothing larger is needed on the way.
    for index = 1, mebibytes << 20 >> 10 do
      kept[#kept + 1] = ("%010d"):format(index):rep(100)
    end
    return own_pid()
  end
  local pool <close> = pool_of({
    grow = grow,
    grow_and_stay = function()
      grow(200)
      spin()
    end,
  }, {max_memory_per_child = 40 << 10})
  local first = assert(pool:apply("grow", 1))
  luaunit.assertEquals(pool:apply("own_pid"), first)
  luaunit.assertEquals(pool:apply("grow", 55), first) -- finishes, and its worker leaves
  support.wait_until(function() return pool:apply("own_pid") ~= first end)
  assert_failure("MEMORY_LIMIT", pool:apply("grow_and_stay"))
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestRecycling.test_what_the_statistics_tell()
  local pool <close> = pool_of({task = spin}, {max_tasks_per_child = 2})
  assert_failure("TIME_LIMIT", assert(pool:submit {task = "task", time_limit = 0.05}):get())
  local slow = assert(pool:submit {task = "task"})
  support.busy_worker(pool, slow:job())
  assert_failure("EXPIRED", assert(pool:submit {task = "echo", expires = 0.01}):get())
  assert(slow:terminate())
  for _ = 1, 2 do assert(pool:apply("own_pid")) end
  local stats = support.wait_until(function()
    local stats = assert(pool:stats())
    return stats.restarts_recycled == 1 and stats.ready == 1 and stats
  end)
  luaunit.assertEquals(stats.submitted, 5)
  luaunit.assertEquals(
    {stats.succeeded, stats.timed_out, stats.expired, stats.terminated, stats.over_memory},
    {2, 1, 1, 1, 0})
  luaunit.assertEquals(stats.restarts, stats.restarts_lost + stats.restarts_recycled +
    stats.restarts_boot + stats.restarts_asked)
  luaunit.assertEquals(stats.restarts_boot, 0)
  luaunit.assertTrue(assert(pool:workers())[1].memory > 0)
end

TestWrongLimits = {}

function TestWrongLimits.test_of_pools()
  local function assert_refused(texts, more)
    more.workers, more.tasks = 1, {echo = echo}
    support.assert_misuse(texts, billiard.pool, more)
  end
  for _, count in ipairs {0, -1, 1.5, "2"} do
    assert_refused({"max_tasks_per_child"}, {max_tasks_per_child = count})
  end
  assert_refused({"max_memory_per_child"}, {max_memory_per_child = -1})
  assert_refused({"max_restarts"}, {max_restarts = -1})
  assert_refused({"max_restart_freq"}, {max_restart_freq = 0})
  assert_refused({"soft_time_limit"}, {soft_time_limit = "1"})
  assert_refused({"time_limit"}, {time_limit = -2})
  assert_refused({"max_workers"}, {max_workers = 0})
  assert_refused({"on_process_up", "function"}, {on_process_up = true})
  assert_refused({"on_process_exit", "function"}, {on_process_exit = "x"})
  local pool <close> = pool_of({}, {time_limit = 0, soft_time_limit = -1})
  luaunit.assertEquals(pool:apply("echo", 1), 1)
end

function TestWrongLimits.test_of_jobs()
  local pool <close> = pool_of {}
  local function assert_refused(field, value)
    support.assert_misuse({"submit", field}, pool.submit, pool, {task = "echo", [field] = value})
  end
  assert_refused("time_limit", "1")
  assert_refused("soft_time_limit", 0 / 0)
  assert_refused("expires", 0)
  assert_refused("retries", -1)
  assert_refused("retries", 1.5)
  assert_refused("callback", "x")
  assert_refused("timeout_callback", print) -- the pool tells of no limits
end

TestRestartLimit = {}

function TestRestartLimit.test_fails_the_pool()
  local pool <close> = pool_of({}, {max_restarts = 1, max_restart_freq = 1000})
  luaunit.assertTrue(pool:maintain())
  local ok, message, code
  support.wait_until(function()
    -- No job begins in between: that would set the count back.
    for _, worker in ipairs(assert(pool:workers())) do
      if worker.state == "idle" then os.execute("kill -s KILL " .. worker.pid) end
    end
    ok, message, code = pool:maintain()
    return not ok
  end)
  luaunit.assertEquals(code, "RESTART_LIMIT", message)
  assert_failure("RESTART_LIMIT", pool:apply("echo", 1))
end

os.exit(luaunit.LuaUnit.run())
