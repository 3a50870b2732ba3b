-- Waits: timeouts, tokens, signals, coroutines and event loops.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const>, wait_until <const> = support.assert_failure, support.wait_until

-- A pool with a task that waits for a message of the queue `gate`.
local function gated_pool(more)
  local gate = assert(billiard.queue())
  local options = {
    workers = 2,
    tasks = {
      take = function() return gate:get() end,
      echo = function(value) return value end,
    },
  }
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options)), gate
end

TestTimeouts = {}

function TestTimeouts.test_get_and_wait()
  local pool <close>, gate = gated_pool()
  local result = assert(pool:apply_async("take"))
  for _, timeout in ipairs {0, -1, 0.001, 0.12} do
    local began = billiard.now()
    assert_failure("TIMEOUT", result:get(timeout))
    assert_failure("TIMEOUT", result:wait(timeout))
    luaunit.assertTrue(billiard.now() - began >= 2 * timeout)
  end
  luaunit.assertFalse(result:ready())
  assert(gate:put("go"))
  luaunit.assertTrue(result:wait())
  luaunit.assertTrue(result:ready())
  for _ = 1, 3 do luaunit.assertEquals(result:get(0), "go") end
  luaunit.assertTrue(result:wait(0))
end

function TestTimeouts.test_very_long_ones()
  local pool <close> = gated_pool()
  for _, timeout in ipairs {math.huge, 1e300, math.maxinteger, 9e9} do
    luaunit.assertEquals(assert(pool:apply_async("echo", 1)):get(timeout), 1)
  end
end

function TestTimeouts.test_a_table_is_new_each_time()
  local pool <close> = gated_pool()
  local result = assert(pool:apply_async("echo", {1, 2}))
  local first = result:get()
  first[1] = "changed"
  luaunit.assertEquals(result:get(), {1, 2})
end

function TestTimeouts.test_what_a_result_tells()
  local pool <close>, gate = gated_pool()
  local first, second = assert(pool:apply_async("take")), assert(pool:apply_async("echo", 1))
  luaunit.assertTrue(second:job() > first:job())
  wait_until(function() return first:pid() end)
  luaunit.assertTrue(support.alive(first:pid()))
  luaunit.assertStrMatches(tostring(first), "billiard.result: job %d+, accepted, not ready")
  assert(gate:put(1))
  local job, pid = first:job(), first:pid()
  assert(first:get())
  luaunit.assertEquals({first:job(), first:pid()}, {job, pid})
  luaunit.assertEquals(tostring(first), ("billiard.result: job %d, accepted, ready"):format(job))
end

function TestTimeouts.test_discard()
  local pool <close>, gate = gated_pool()
  local result = assert(pool:apply_async("take"))
  result:discard()
  result:discard()
  assert_failure("CLOSED", result:get())
  assert(gate:put(1))
  luaunit.assertEquals(pool:apply("echo", 2), 2)
end

function TestTimeouts.test_results_outlive_their_pool()
  local pool <close>, gate = gated_pool()
  local read, unread = assert(pool:apply_async("echo", 1)), assert(pool:apply_async("echo", {2}))
  luaunit.assertEquals(read:get(), 1)
  assert(unread:wait())
  pool:release()
  luaunit.assertEquals(read:get(), 1)
  luaunit.assertEquals(unread:get(), {2})
  luaunit.assertEquals(#gate, 0)
end

TestTokens = {}

function TestTokens.test_a_raised_token_ends_every_wait()
  local pool <close> = gated_pool()
  local token = assert(billiard.interrupt())
  local result, queue = assert(pool:apply_async("take")), assert(billiard.queue())
  luaunit.assertFalse(token:raised())
  token:raise()
  luaunit.assertTrue(token:raised())
  for _ = 1, 2 do
    assert_failure("INTERRUPTED", result:get(nil, token))
    assert_failure("INTERRUPTED", result:wait(nil, token))
    assert_failure("INTERRUPTED", queue:get(nil, token))
  end
  luaunit.assertEquals(assert(pool:apply_async("echo", 1)):get(5), 1)
  token:reset()
  luaunit.assertFalse(token:raised())
  assert_failure("TIMEOUT", result:get(0.001, token))
end

function TestTokens.test_what_needs_no_wait_succeeds()
  local pool <close>, queue = gated_pool(), assert(billiard.queue())
  local token = assert(billiard.interrupt())
  local result = assert(pool:apply_async("echo", 1))
  assert(result:wait())
  assert(queue:put(2))
  token:raise()
  luaunit.assertEquals(result:get(nil, token), 1)
  luaunit.assertEquals(queue:get(nil, token), 2)
end

-- Signals to a program of its own, see waiting_program.lua.
TestSignals = {}

-- Sends the signal to the program when it waits. Returns what it says then, and its worker's pid.
local function signal_program(how, signal)
  local command = table.concat(support.lua_command("waiting_program.lua"), " ")
  local output <close> = assert(io.popen(command .. " " .. how .. " 2>&1"))
  local pid, worker = output:read("n", "n")
  luaunit.assertEquals({output:read("l", "l")}, {"", "waiting"})
  support.kill(pid, signal)
  return output:read("a"), worker
end

local function interrupted_program(how)
  return (signal_program(how, "INT"))
end

-- A program that is stopped as it waits; meanwhile what it waits for is `given`, and Ctrl-C pressed.
local function interrupt_as_it_gets(how, name, given)
  local command = table.concat(support.lua_command("waiting_program.lua"), " ")
  local output <close> = assert(io.popen(("%s %s %s 2>&1"):format(command, how, name)))
  local pid = output:read("n", "n")
  luaunit.assertEquals({output:read("l", "l")}, {"", "waiting"})
  support.kill(pid, "STOP")
  wait_until(function()
    local file <close> = assert(io.open(("/proc/%d/stat"):format(pid)))
    return file:read("a"):match("%) T")
  end)
  given()
  support.kill(pid, "INT")
  support.kill(pid, "CONT")
  luaunit.assertStrContains(output:read("a"), "interrupted!")
end

function TestSignals.test_ctrl_c_takes_no_message_with_it()
  for _, how in ipairs {"named_queue", "named_queue_take", "named_queue_many"} do
    local name = support.queue_name("ctrl_c")
    local queue <close> = assert(billiard.queue {name = name})
    interrupt_as_it_gets(how, name, function() assert(queue:put("kept")) end)
    luaunit.assertEquals(queue:get(0), "kept")
  end
end

function TestSignals.test_ctrl_c_takes_no_lock_and_no_unit_with_it()
  local name = support.queue_name("ctrl_c")
  local lock <close> = assert(billiard.lock {name = name})
  assert(lock:acquire())
  interrupt_as_it_gets("named_lock", name, function() assert(lock:unlock()) end)
  luaunit.assertEquals({lock:acquire(0)}, {true, false}) -- it did not die with the lock
  local semaphore <close> = assert(billiard.semaphore(0, {name = name}))
  interrupt_as_it_gets("named_semaphore", name, function() assert(semaphore:post()) end)
  luaunit.assertEquals(semaphore:value(), 1)
end

function TestSignals.test_ctrl_c_ends_a_get()
  luaunit.assertStrContains(interrupted_program("get"), "interrupted!")
end

function TestSignals.test_ctrl_c_ends_a_long_timeout()
  luaunit.assertStrContains(interrupted_program("timeout"), "interrupted!")
end

function TestSignals.test_ctrl_c_ends_a_queue_get()
  luaunit.assertStrContains(interrupted_program("queue"), "interrupted!")
end

function TestSignals.test_ctrl_c_ends_a_join()
  luaunit.assertStrContains(interrupted_program("join"), "interrupted!")
end

function TestSignals.test_ctrl_c_ends_a_drain()
  luaunit.assertStrContains(interrupted_program("drain"), "interrupted!")
end

function TestSignals.test_ctrl_c_ends_waits_for_shared_objects()
  for _, how in ipairs {"lock", "semaphore", "event", "barrier", "value", "unfinished"} do
    luaunit.assertStrContains(interrupted_program(how), "interrupted!")
  end
end

function TestSignals.test_ctrl_c_in_a_condition_leaves_the_lock_held() -- SYNC-42
  local name = support.queue_name("ctrl_c")
  local condition <close> = assert(billiard.condition {name = name})
  local command = table.concat(support.lua_command("waiting_program.lua"), " ")
  local output <close> = assert(io.popen(("%s condition %s 2>&1"):format(command, name)))
  local pid = output:read("n")
  wait_until(function() return condition:waiters() == 1 end)
  support.kill(pid, "INT")
  local said = output:read("a")
  luaunit.assertStrContains(said, "held true")
  luaunit.assertStrContains(said, "interrupted!")
end

function TestSignals.test_ctrl_c_in_a_coroutine()
  luaunit.assertStrContains(interrupted_program("coroutine"), "code INTERRUPTED")
end

function TestSignals.test_no_worker_outlives_a_killed_host()
  local _, worker = signal_program("get", "KILL")
  wait_until(function() return not support.alive(worker) end)
end

function TestSignals.test_a_debuggers_hook_interrupts_nothing()
  local pool <close> = gated_pool()
  local result = assert(pool:apply_async("take"))
  debug.sethook(function() end, "l", 100)
  local code = coroutine.wrap(function() return select(3, result:get(0.12)) end)()
  debug.sethook()
  luaunit.assertEquals(code, "TIMEOUT")
end

TestEvents = {}

function TestEvents.test_drain_announces_each_job_once()
  local pool <close> = gated_pool {notify = true}
  luaunit.assertEquals(pool:drain(), {})
  local missing = {}
  for value = 1, 200 do missing[assert(pool:apply_async("echo", value))] = value end
  while next(missing) do
    for _, result in ipairs(assert(pool:drain(10))) do
      luaunit.assertTrue(result:ready())
      luaunit.assertEquals(result:get(0), missing[result])
      missing[result] = nil
    end
  end
  luaunit.assertEquals(pool:drain(), {})
  luaunit.assertEquals(pool:drain(0.02), {})
end

function TestEvents.test_drain_announces_failures_too()
  local pool <close> = gated_pool {notify = true}
  local lost = assert(pool:apply_async("take"))
  support.kill(support.busy_worker(pool, lost:job()).pid)
  local announced = pool:drain(10)
  luaunit.assertTrue(announced[1] == lost and #announced == 1)
  assert_failure("WORKER_LOST", lost:get(0))
end

function TestEvents.test_only_jobs_that_ask_are_announced()
  local pool <close> = gated_pool()
  assert(assert(pool:apply_async("echo", 1)):wait())
  local asked = assert(pool:submit {task = "echo", args = {2}, notify = true})
  luaunit.assertTrue(assert(pool:drain(10))[1] == asked)
end

function TestEvents.test_results_nobody_holds_are_announced()
  local pool <close> = gated_pool {notify = true}
  assert(pool:apply_async("echo", "kept"))
  collectgarbage()
  luaunit.assertEquals(assert(pool:drain(10))[1]:get(0), "kept")
end

-- An event loop in its smallest form: `tasks` are coroutines, each resumed when its result has
-- come.
local function run_loop(pool, ...)
  local waiting, count = {}, 0
  local function resume(thread, ...)
    local ok, awaited = coroutine.resume(thread, ...)
    assert(ok, awaited)
    if coroutine.status(thread) == "dead" then
      count = count - 1
    else
      waiting[awaited] = thread
    end
  end
  for _, body in ipairs {...} do
    count = count + 1
    resume(coroutine.create(body))
  end
  while count > 0 do
    for _, result in ipairs(assert(pool:drain(10))) do
      local thread = waiting[result]
      waiting[result] = nil
      if thread then resume(thread) end
    end
  end
end

function TestEvents.test_coroutines_await_results()
  local pool <close>, gate = gated_pool {notify = true}
  local log = {}
  local function note(text)
    log[#log + 1] = text
  end
  run_loop(pool, function()
    note("first " .. assert(pool:apply_async("take")):await())
  end, function()
    for step = 1, 3 do note("second " .. assert(pool:apply_async("echo", step)):await()) end
    assert(gate:put("opened"))
  end)
  luaunit.assertEquals(log, {"second 1", "second 2", "second 3", "first opened"})
end

function TestEvents.test_await_fails_like_get()
  local pool <close> = gated_pool()
  local thread = coroutine.wrap(function()
    local result = assert(pool:apply_async("take"))
    support.kill(support.busy_worker(pool, result:job()).pid)
    return select(3, result:await())
  end)
  local code = wait_until(function()
    local value = thread()
    return type(value) == "string" and value
  end)
  luaunit.assertEquals(code, "WORKER_LOST")
end

function TestEvents.test_await_outside_a_coroutine_waits()
  local pool <close> = gated_pool()
  luaunit.assertEquals(assert(pool:apply_async("echo", 5)):await(), 5)
end

os.exit(luaunit.LuaUnit.run())
