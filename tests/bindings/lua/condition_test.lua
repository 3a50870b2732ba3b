-- Events, conditions and barriers, alone and between processes.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

local function pool_of(workers, tasks)
  return assert(billiard.pool {workers = workers, tasks = tasks})
end

TestEvent = {}

function TestEvent.test_set_and_clear() -- SYNC-50 SYNC-51
  local event <close> = assert(billiard.event())
  luaunit.assertFalse(event:is_set())
  assert_failure("TIMEOUT", event:wait(0))
  assert_failure("TIMEOUT", event:wait(0.06))
  luaunit.assertTrue(event:set())
  luaunit.assertTrue(event:set())
  luaunit.assertTrue(event:wait())
  luaunit.assertEquals(tostring(event), "<Event(set)>")
  luaunit.assertTrue(event:clear())
  luaunit.assertFalse(event:is_set())
end

function TestEvent.test_all_who_wait_go_on_even_when_it_is_cleared_at_once() -- SYNC-52
  local event <close> = assert(billiard.event())
  local ready <close> = assert(billiard.semaphore(0))
  local pool <close> = pool_of(2, {
    wait = function()
      ready:post()
      return (event:wait())
    end,
  })
  local jobs = {assert(pool:apply_async("wait")), assert(pool:apply_async("wait"))}
  for _ = 1, 2 do assert(ready:acquire()) end
  for _, job in ipairs(jobs) do
    -- One that was just about to wait gets the next one.
    while not job:wait(0.01) do
      event:set()
      event:clear()
    end
    luaunit.assertTrue(job:get())
  end
end

TestCondition = {}

function TestCondition.test_the_lock_must_be_held() -- SYNC-42 SYNC-43
  local condition <close> = assert(billiard.condition())
  luaunit.assertStrContains(assert_failure("STATE", condition:wait(0)), "must acquire")
  luaunit.assertStrContains(assert_failure("STATE", condition:notify()), "not owned")
  luaunit.assertStrContains(assert_failure("STATE", condition:notify_all()), "not owned")
end

function TestCondition.test_a_time_out_leaves_the_lock_as_it_was() -- SYNC-42
  local rlock <close> = assert(billiard.rlock())
  local condition <close> = assert(billiard.condition {lock = rlock})
  for _ = 1, 2 do assert(condition:acquire()) end
  for _, timeout in ipairs {0, 0.001, 0.12} do
    assert_failure("TIMEOUT", condition:wait(timeout))
    luaunit.assertEquals(rlock:count(), 2)
  end
  luaunit.assertEquals(condition:waiters(), 0)
  luaunit.assertEquals(tostring(condition), "<Condition(<RLock(MainProcess, 2)>, 0)>") -- SYNC-46
end

function TestCondition.test_a_token_ends_a_wait_and_the_lock_is_held()
  local condition <close> = assert(billiard.condition())
  local token = assert(billiard.interrupt())
  token:raise()
  local held <close> = assert(condition:hold())
  assert_failure("INTERRUPTED", condition:wait(nil, token))
  luaunit.assertTrue(condition:notify())
end

function TestCondition.test_wait_for() -- SYNC-45
  local condition <close> = assert(billiard.condition())
  local held <close> = assert(condition:hold())
  luaunit.assertEquals(condition:wait_for(function() return "at once" end), "at once")
  local value, _, code = condition:wait_for(function() return false end, 0.01)
  luaunit.assertEquals({value, code}, {false, "TIMEOUT"})
  luaunit.assertErrorMsgContains("oops", condition.wait_for, condition, function() error "oops" end)
end

function TestCondition.test_producers_and_consumers() -- SYNC-43 SYNC-47
  local lock <close> = assert(billiard.lock())
  local condition <close> = assert(billiard.condition {lock = lock})
  local items <close> = assert(billiard.value("i", 0, {lock = false}))
  local pool <close> = pool_of(2, {
    consume = function()
      for _ = 1, 50 do
        local held <close> = assert(condition:hold())
        assert(condition:wait_for(function() return items.value > 0 end))
        items.value = items.value - 1
      end
      return true
    end,
  })
  local jobs = {assert(pool:apply_async("consume")), assert(pool:apply_async("consume"))}
  for _ = 1, 100 do
    local held <close> = assert(condition:hold())
    items.value = items.value + 1
    assert(condition:notify())
  end
  for _, job in ipairs(jobs) do luaunit.assertTrue(job:get()) end
  luaunit.assertEquals(items.value, 0)
end

function TestCondition.test_a_killed_waiter_takes_no_notification_with_it() -- G-SYNC-2
  local condition <close> = assert(billiard.condition())
  local pool <close> = pool_of(2, {
    wait = function()
      local held <close> = assert(condition:hold())
      return (condition:wait())
    end,
  })
  local first = assert(pool:apply_async("wait"))
  support.wait_until(function() return condition:waiters() == 1 end)
  local second = assert(pool:apply_async("wait"))
  support.wait_until(function() return condition:waiters() == 2 end)
  support.kill(support.busy_worker(pool, first:job()).pid)
  assert_failure("WORKER_LOST", first:get())
  do
    local held <close> = assert(condition:hold())
    assert(condition:notify())
  end
  luaunit.assertTrue(second:get())
end

TestBarrier = {}

function TestBarrier.test_all_meet_and_the_last_one_acts() -- SYNC-61 SYNC-62
  local acts <close> = assert(billiard.value("i", 0))
  local barrier <close> =
    assert(billiard.barrier(3, {action = function() assert(acts:add(1)) end}))
  local pool <close> = pool_of(2, {
    meet = function()
      local sum = 0
      for round = 1, 20 do
        sum = sum + assert(barrier:wait())
        assert(acts.value >= round)
      end
      return sum
    end,
  })
  local jobs = {assert(pool:apply_async("meet")), assert(pool:apply_async("meet"))}
  local sum = 0
  for _ = 1, 20 do sum = sum + assert(barrier:wait()) end
  for _, job in ipairs(jobs) do sum = sum + assert(job:get()) end
  luaunit.assertEquals(sum, 20 * (0 + 1 + 2))
  luaunit.assertEquals(acts.value, 20)
end

function TestBarrier.test_who_is_late_breaks_it() -- SYNC-63 SYNC-64 SYNC-65
  local barrier <close> = assert(billiard.barrier(2, {timeout = 0.06}))
  assert_failure("BROKEN", barrier:wait())
  luaunit.assertTrue(barrier:broken())
  assert_failure("BROKEN", barrier:wait(10))
  luaunit.assertTrue(barrier:reset())
  luaunit.assertFalse(barrier:broken())
  assert_failure("BROKEN", barrier:wait(0))
  assert(barrier:reset())
  luaunit.assertTrue(barrier:abort())
  luaunit.assertTrue(barrier:broken())
  luaunit.assertEquals({barrier:parties(), barrier:waiting()}, {2, 0})
end

function TestBarrier.test_an_action_that_fails_breaks_it()
  local barrier <close> = assert(billiard.barrier(1, {action = function() error "no action" end}))
  luaunit.assertErrorMsgContains("no action", barrier.wait, barrier)
  luaunit.assertTrue(barrier:broken())
end

function TestBarrier.test_a_token_breaks_it()
  local barrier <close> = assert(billiard.barrier(2))
  local token = assert(billiard.interrupt())
  token:raise()
  assert_failure("INTERRUPTED", barrier:wait(nil, token))
  luaunit.assertTrue(barrier:broken())
end

function TestBarrier.test_a_dead_participant_breaks_it() -- G-SYNC-6 GAP-27
  local barrier <close> = assert(billiard.barrier(3))
  local pool <close> = pool_of(1, {meet = function() return (barrier:wait()) end})
  local lost = assert(pool:apply_async("meet"))
  support.wait_until(function() return barrier:waiting() == 1 end)
  support.kill(support.busy_worker(pool, lost:job()).pid)
  assert_failure("BROKEN", barrier:wait())
  assert_failure("WORKER_LOST", lost:get())
end

function TestBarrier.test_parties() -- SYNC-60
  luaunit.assertStrContains(assert_failure("INVALID", billiard.barrier(0)), "parties")
  assert_failure("INVALID", billiard.barrier(1 << 40))
end

os.exit(luaunit.LuaUnit.run())
