-- Callbacks of jobs and of pools, inside pump and drain; hooks of workers; workers that come and go.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const>, wait_until <const> = support.assert_failure, support.wait_until

local function echo(value)
  return value
end

local function own_pid()
  local stat <close> = assert(io.open("/proc/self/stat"))
  return stat:read("n")
end

local function pool_of(more)
  local options = {
    workers = 1,
    tasks = {
      echo = echo,
      own_pid = own_pid,
      fail = function(message) error(message, 0) end,
      wait = function() wait_until(function() return false end) end,
    },
  }
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options))
end

TestCallbacks = {}

function TestCallbacks.test_one_of_both_once_and_only_in_pump()
  local pool <close> = pool_of()
  local said = {}
  local function say(word)
    return function(value) said[#said + 1] = word .. " " .. tostring(value) end
  end
  local results = {}
  for index, task in ipairs {"echo", "fail"} do
    results[index] = assert(pool:submit {
      task = task, args = {"x"}, callback = say "value", error_callback = say "error",
    })
  end
  for _, result in ipairs(results) do assert(result:wait()) end
  luaunit.assertEquals(said, {}) -- nobody has pumped
  local called = 0
  while called < 2 do called = called + assert(pool:pump(1)) end
  luaunit.assertEquals(said, {"value x", "error x"})
  luaunit.assertEquals(pool:pump(), 0)
  luaunit.assertEquals(results[1]:get(), "x")
end

function TestCallbacks.test_a_value_may_be_nil()
  local pool <close> = pool_of()
  local called
  assert(pool:submit {
    task = "echo",
    callback = function(...) called = select("#", ...) end,
    error_callback = function() luaunit.fail("no error") end,
  })
  assert(pool:pump(1000))
  luaunit.assertEquals(called, 1)
end

function TestCallbacks.test_the_descriptor_and_handle_result_event()
  local pool <close> = pool_of()
  local seen
  assert(pool:submit {task = "echo", args = {7}, callback = function(value) seen = value end})
  assert(billiard.poll {pool:fd()})
  luaunit.assertEquals(pool:handle_result_event(pool:fd(), "ignored"), 1)
  luaunit.assertEquals(seen, 7)
end

function TestCallbacks.test_failing_ones_are_logged()
  local texts = {}
  local pool <close> = pool_of {
    log = function(text) texts[#texts + 1] = text end,
    callbacks_propagate = {"Urgent"},
  }
  local called = 0
  assert(pool:submit {task = "echo", callback = function() error("plain", 0) end})
  assert(pool:submit {task = "echo", callback = function()
    error(setmetatable({message = "now"}, {__name = "Urgent"}))
  end})
  local last = assert(pool:submit {task = "echo", callback = function() called = called + 1 end})
  assert(last:wait())
  local raised
  wait_until(function()
    local ok, problem = pcall(pool.pump, pool)
    raised = raised or not ok and problem
    return called == 1
  end)
  luaunit.assertEquals(raised and raised.message, "now")
  luaunit.assertEquals(#texts, 1)
  luaunit.assertStrContains(texts[1], "Pool callback raised exception: plain")
  luaunit.assertEquals(pool:pump(), 0) -- raised once
end

function TestCallbacks.test_a_failing_one_of_a_map() -- GAP-13
  local texts, called = {}, false
  local pool <close> = pool_of {log = function(text) texts[#texts + 1] = text end}
  local failing = assert(pool:map_async("echo", {1, 2}, {callback = function() error("plain", 0) end}))
  assert(pool:map_async("echo", {3}, {callback = function() called = true end}))
  while not called do assert(pool:pump(1)) end
  luaunit.assertEquals(#texts, 1)
  luaunit.assertStrContains(texts[1], "plain")
  luaunit.assertTrue(failing:ready())
  luaunit.assertEquals(failing:get(), {1, 2, n = 2})
end

function TestCallbacks.test_a_slow_one_delays_the_others() -- POOL-87
  local pool <close> = pool_of()
  local order = {}
  local second
  assert(pool:submit {task = "echo", args = {1}, callback = function()
    second:wait() -- its outcome is there, its callback waits
    order[#order + 1] = "first"
  end})
  second = assert(pool:submit {task = "echo", callback = function() order[#order + 1] = "second" end})
  while #order < 2 do assert(pool:pump(1)) end
  luaunit.assertEquals(order, {"first", "second"})
end

function TestCallbacks.test_discarded_results_have_none()
  local pool <close> = pool_of()
  local gone = assert(pool:submit {task = "echo", callback = function() luaunit.fail("called") end})
  local list = assert(pool:map_async("echo", {1}, {callback = function() luaunit.fail("called") end}))
  gone:discard()
  list:discard()
  local called = false
  assert(pool:submit {task = "echo", callback = function() called = true end})
  wait_until(function()
    assert(pool:pump())
    return called
  end)
  assert_failure("CLOSED", gone:get())
  assert_failure("CLOSED", list:get())
end

function TestCallbacks.test_they_may_use_and_end_the_pool()
  local pool <close> = pool_of()
  local values = {}
  assert(pool:submit {task = "echo", args = {1}, callback = function(value)
    values[#values + 1] = value
    assert(pool:submit {task = "echo", args = {2}, callback = function(second)
      values[#values + 1] = second
      pool:release()
    end})
  end})
  wait_until(function()
    if #values < 2 then assert(pool:pump(1)) end
    return #values == 2
  end)
  support.assert_misuse({"pump", "released"}, pool.pump, pool)
end

function TestCallbacks.test_drain_and_callbacks_together()
  local pool <close> = pool_of {notify = true}
  local seen = {}
  local result = assert(pool:submit {
    task = "echo", args = {3}, callback = function(value) seen[1] = value end,
  })
  assert(pool:submit {task = "echo", notify = false, callback = function() seen[2] = true end})
  local drained = {}
  wait_until(function()
    table.move(assert(pool:drain(1)), 1, 9, #drained + 1, drained)
    return seen[2]
  end)
  luaunit.assertEquals(#drained, 1)
  luaunit.assertTrue(drained[1] == result)
  luaunit.assertEquals(seen[1], 3)
end

function TestCallbacks.test_limits()
  local pool <close> = pool_of {notify = true}
  local said = {}
  assert(pool:submit {
    task = "wait", time_limit = 0.1,
    timeout_callback = function(soft, limit) said[#said + 1] = {soft, limit} end,
    error_callback = function(detail) said[#said + 1] = detail.code end,
  })
  wait_until(function()
    assert(pool:pump(1))
    return #said == 2
  end)
  luaunit.assertEquals(said, {{false, 0.1}, "TIME_LIMIT"})
end

function TestCallbacks.test_acceptance_comes_first()
  local pool <close> = pool_of()
  local said = {}
  local result = assert(pool:submit {
    task = "own_pid",
    correlation_id = "order 7",
    accept_callback = function(pid, time) said[1] = {pid, time <= billiard.now()} end,
    callback = function(pid) said[#said + 1] = pid end,
  })
  luaunit.assertEquals(result:correlation_id(), "order 7")
  wait_until(function()
    assert(pool:pump(1))
    return #said == 2
  end)
  luaunit.assertEquals(said[1], {said[2], true})
  luaunit.assertTrue(result:accepted())
  luaunit.assertNil(assert(pool:apply_async("echo")):correlation_id())
end

function TestCallbacks.test_limits_that_are_set_and_cancelled()
  local said = {}
  local pool <close> = pool_of {
    on_timeout_set = function(job, soft, hard) said[#said + 1] = {"set", job, soft, hard} end,
    on_timeout_cancel = function(job) said[#said + 1] = {"cancel", job} end,
  }
  assert(pool:apply("echo", 1)) -- without limits, nothing is told
  local result = assert(pool:submit {
    task = "echo", time_limit = 1000,
    callback = function() said[#said + 1] = "done" end,
  })
  wait_until(function()
    assert(pool:pump(1))
    return #said == 3
  end)
  luaunit.assertEquals(said,
    {{"set", result:job(), nil, 1000.0}, {"cancel", result:job()}, "done"})
end

TestSynack = {}

function TestSynack.test_a_job_begins_when_its_acceptance_was_answered()
  local pool <close> = pool_of {synack = true}
  local accepted = false
  local result = assert(pool:submit {
    task = "echo", args = {5}, accept_callback = function() accepted = true end,
  })
  assert_failure("TIMEOUT", result:get(0.05))
  wait_until(function()
    assert(pool:pump(1))
    return accepted
  end)
  luaunit.assertEquals(result:get(), 5)
  luaunit.assertEquals(pool:apply("echo", 6), 6) -- nobody asks about this one
end

function TestSynack.test_a_failing_callback_refuses()
  local pool <close> = pool_of {synack = true, log = function() end}
  local refused
  local result = assert(pool:submit {
    task = "echo",
    accept_callback = function() error("not today", 0) end,
    error_callback = function(detail) refused = detail end,
  })
  wait_until(function()
    assert(pool:pump(1))
    return refused
  end)
  luaunit.assertEquals(refused.code, "REJECTED")
  luaunit.assertStrContains(refused.message, "not today")
  assert_failure("REJECTED", result:get())
  luaunit.assertEquals(pool:apply("echo", 42), 42)
  luaunit.assertTrue(pool:did_start_ok())
end

function TestSynack.test_cancel()
  local pool <close> = pool_of {synack = true}
  local result = assert(pool:submit {task = "echo", accept_callback = function() end})
  wait_until(function() return result:cancel() end) -- at the latest when its worker asks
  assert_failure("REJECTED", result:get())
  assert_failure("STATE", result:cancel())
  assert_failure("STATE", assert(pool:apply_async("wait")):cancel())
end

TestOrder = {}

function TestOrder.test_priorities()
  local order <const>, gate <const> = assert(billiard.queue()), assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      take = function() return gate:get() end,
      put = function(value) return order:put(value) end,
    },
  })
  local results = {assert(pool:apply_async("take"))}
  support.busy_worker(pool, results[1]:job())
  for index, priority in ipairs {-3, 0, 3, 0} do
    results[index + 1] =
      assert(pool:submit {task = "put", args = {index}, priority = priority})
  end
  assert(gate:put("go"))
  for _, result in ipairs(results) do assert(result:get()) end
  local seen = {}
  for index = 1, 4 do seen[index] = assert(order:get(0)) end
  luaunit.assertEquals(seen, {3, 2, 4, 1})
  support.assert_misuse({"priority"}, pool.submit, pool, {task = "put", priority = 4})
end

function TestOrder.test_slots()
  local gate <const> = assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 1, slots = 2, wait_for_slot = true, tasks = {take = function() return gate:get() end},
  })
  luaunit.assertEquals({pool:slots()}, {2, 2})
  local first, second = assert(pool:submit {task = "take"}), assert(pool:apply_async("take"))
  luaunit.assertEquals({pool:slots()}, {0, 2})
  assert_failure("FULL", pool:submit {task = "take", timeout = 0.02})
  local third = assert(pool:submit {task = "take", wait_for_slot = false})
  assert(gate:put("a"))
  luaunit.assertEquals(first:get(), "a")
  local fourth = assert(pool:submit {task = "take", timeout = 1000})
  for index = 1, 3 do assert(gate:put(index)) end
  for index, result in ipairs {second, third, fourth} do
    luaunit.assertEquals(result:get(), index)
  end
  wait_until(function() return pool:slots() == 2 end)
end

TestWorkersComeAndGo = {}

function TestWorkersComeAndGo.test_up_and_down()
  local up, down = {}, {}
  local pool <close> = pool_of {
    workers = 2,
    on_process_up = function(worker) up[#up + 1] = worker end,
    on_process_down = function(worker) down[#down + 1] = worker end,
  }
  luaunit.assertEquals(#up, 2) -- told before the pool was there
  luaunit.assertEquals({up[1].index, up[2].index}, {0, 1})
  luaunit.assertEquals(up[1].group, "default")
  assert(pool:wait_ready())
  support.kill(up[1].pid)
  wait_until(function()
    assert(pool:pump(1))
    return #up == 3 and #down == 1
  end)
  luaunit.assertEquals(down[1].pid, up[1].pid)
  luaunit.assertEquals(down[1].exit_status, -9)
  luaunit.assertStrContains(down[1].exit_text, "SIGKILL")
  luaunit.assertEquals(up[3].index, 0)
  luaunit.assertFalse(pool:did_start_ok())
end

local function pids_of(pool)
  local pids = {}
  for _, worker in ipairs(assert(pool:workers())) do
    if worker.pid then pids[#pids + 1] = worker.pid end
  end
  return pids
end

function TestWorkersComeAndGo.test_grow_and_shrink()
  local pool <close> = pool_of {max_workers = 3}
  luaunit.assertTrue(pool:grow())
  wait_until(function() return #pids_of(pool) == 2 end)
  assert_failure("FULL", pool:grow(5))
  assert_failure("INVALID", pool:grow(-1))
  assert(pool:wait_ready())
  luaunit.assertTrue(pool:shrink())
  wait_until(function() return #pids_of(pool) == 1 end)
  luaunit.assertTrue(pool:grow(0))
  support.assert_misuse({"grow", "count"}, pool.grow, pool, 1.5)
  support.assert_misuse({"shrink", "no such option"}, pool.shrink, pool, 1, {groups = "x"})
  assert_failure("INVALID", pool:grow(1, "no such group"))
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestWorkersComeAndGo.test_busy_workers_shrink_when_asked_to_drain()
  local gate <const> = assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 2, tasks = {take = function() return gate:get() end},
  })
  assert(pool:wait_ready())
  local results = {assert(pool:apply_async("take")), assert(pool:apply_async("take"))}
  wait_until(function() return results[1]:accepted() and results[2]:accepted() end)
  assert_failure("STATE", pool:shrink(1))
  luaunit.assertTrue(pool:shrink(1, {drain = true}))
  assert(gate:put("a"))
  assert(gate:put("b"))
  local got = {assert(results[1]:get()), assert(results[2]:get())}
  table.sort(got)
  luaunit.assertEquals(got, {"a", "b"})
  wait_until(function() return #pids_of(pool) == 1 end)
end

function TestWorkersComeAndGo.test_restart_and_sentinel()
  local pool <close> = pool_of()
  local pid = assert(pool:apply("own_pid"))
  local sentinel <close> = assert(pool:sentinel(pid))
  assert_failure("TIMEOUT", sentinel:wait(0))
  luaunit.assertIsNumber(sentinel:fd())
  luaunit.assertTrue(pool:restart())
  luaunit.assertTrue(sentinel:wait())
  wait_until(function() return pool:apply("own_pid") ~= pid end)
  sentinel:release()
  support.assert_misuse({"wait", "released"}, sentinel.wait, sentinel)
  assert_failure("NOT_FOUND", pool:sentinel(pid))
end

TestHooks = {}

function TestHooks.test_order_and_arguments()
  local said <const> = assert(billiard.queue())
  local function say(name)
    return function(...) assert(said:put {name, ...}) end
  end
  local pid
  do
    local pool <close> = pool_of {
      initializer = say "initializer",
      on_loop_start = say "start",
      on_loop_stop = say "stop",
      on_process_exit = say "exit",
    }
    pid = assert(pool:apply("own_pid"))
    assert(pool:close())
    assert(pool:join())
  end
  local order = {}
  for index = 1, 4 do order[index] = assert(said:get(0)) end
  luaunit.assertEquals(order, {{"initializer"}, {"start", pid}, {"stop", pid}, {"exit", pid, 0}})
end

function TestHooks.test_values_are_prepared() -- POOL-95
  local pool <close> = pool_of {
    prepare_result = function(value)
      if value == 3 then error("not this one", 0) end
      return {value, own_pid()}
    end,
  }
  local pid = assert(pool:apply("own_pid"))[2]
  luaunit.assertEquals(pool:map("echo", {1, "x"}), {{1, pid}, {"x", pid}, n = 2})
  luaunit.assertEquals(assert_failure("TASK_FAILED", pool:apply("echo", 3)), "not this one")
  luaunit.assertEquals(assert_failure("TASK_FAILED", pool:apply("fail", "own")), "own")
  luaunit.assertEquals(pool:apply("own_pid"), {pid, pid})
end

function TestHooks.test_a_failing_hook_ends_nothing()
  local pool <close> = pool_of {on_loop_start = function() error("the hook fails") end}
  luaunit.assertEquals(pool:apply("echo", 1), 1)
  luaunit.assertTrue(pool:did_start_ok())
end

function TestHooks.test_only_for_lua_workers()
  support.assert_misuse({"on_process_exit", "only for Lua workers"}, billiard.pool,
    {workers = 1, command = {"/bin/true"}, on_process_exit = print})
end

os.exit(luaunit.LuaUnit.run())
