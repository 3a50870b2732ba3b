-- Locks, rlocks and semaphores: their rules, scoped use, other processes, and holders that die.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

TestLock = {}

function TestLock.test_one_holder_at_a_time() -- SYNC-1 SYNC-10
  local lock <close> = assert(billiard.lock())
  luaunit.assertEquals({lock:acquire()}, {true, false})
  assert_failure("TIMEOUT", lock:acquire(0))
  assert_failure("TIMEOUT", lock:acquire(0.06)) -- longer than a slice
  luaunit.assertTrue(lock:unlock())
  luaunit.assertTrue(lock:acquire(0))
  luaunit.assertTrue(lock:unlock())
  luaunit.assertStrContains(assert_failure("STATE", lock:unlock()), "too many times") -- SYNC-11
end

function TestLock.test_a_block_holds_it()
  local lock <close> = assert(billiard.lock())
  do
    local held <close> = assert(lock:hold())
    luaunit.assertFalse(held.recovered)
    luaunit.assertEquals(select(2, lock:holder()), "self")
    assert_failure("TIMEOUT", lock:hold(0))
  end
  luaunit.assertNil(lock:holder())
  luaunit.assertErrorMsgContains("oops", function()
    local held <close> = assert(lock:hold())
    lock:unlock() -- the block's own error is what counts
    error("oops")
  end)
  do
    local held <close> = assert(lock:hold())
    luaunit.assertTrue(held:unlock())
    luaunit.assertNil(lock:holder())
  end
end

function TestLock.test_text() -- SYNC-12
  local lock = assert(billiard.lock())
  luaunit.assertEquals(tostring(lock), "<Lock(owner=None)>")
  assert(lock:acquire())
  luaunit.assertEquals(tostring(lock), "<Lock(owner=MainProcess)>")
  lock:release()
  luaunit.assertEquals(tostring(lock), "billiard.lock (released)")
end

function TestLock.test_names_and_ids() -- G-SYNC-10 SHM-36
  local name = support.queue_name("lock")
  local first <close> = assert(billiard.lock {name = name})
  local second <close> = assert(billiard.lock {name = name})
  assert(first:acquire())
  assert_failure("TIMEOUT", second:acquire(0))
  luaunit.assertEquals(first:id(), 0)
  luaunit.assertStrContains(assert_failure("INVALID", billiard.lock {name = "a/b"}), "name")

  local segment <close> = assert(billiard.segment())
  local anonymous <close> = assert(billiard.lock {segment = segment})
  local same <close> = assert(billiard.attach("lock", anonymous:id(), segment))
  assert(anonymous:acquire())
  assert_failure("TIMEOUT", same:acquire(0))
  assert_failure("INVALID", billiard.attach("event", anonymous:id(), segment))
  local id = anonymous:id()
  same:release()
  anonymous:release()
  assert_failure("NOT_FOUND", billiard.attach("lock", id, segment))
end

function TestLock.test_a_token_ends_a_wait()
  local lock <close> = assert(billiard.lock())
  assert(lock:acquire())
  local token = assert(billiard.interrupt())
  token:raise()
  assert_failure("INTERRUPTED", lock:acquire(nil, token))
end

function TestLock.test_forgotten_ones_are_collected()
  local segment <close> = assert(billiard.segment())
  for _ = 1, 300 do assert(assert(billiard.lock {segment = segment}):acquire()) end
  collectgarbage()
  luaunit.assertEquals(assert(segment:stats()).objects, 0)
end

TestDeath = {}

function TestDeath.test_the_next_one_gets_a_dead_holders_lock_and_is_told() -- G-SYNC-1 GAP-28
  for _, make in ipairs {billiard.lock, billiard.rlock} do
    local lock <close> = assert(make())
    local seen
    local died
    do
      local taken <close> = assert(billiard.event())
      local pool <close> = assert(billiard.pool {
        workers = 1,
        tasks = {
          hold = function()
            assert(lock:acquire())
            assert(taken:set())
            support.pause(1e6)
          end,
        },
      })
      local lost = assert(pool:apply_async("hold"))
      assert(taken:wait())
      assert_failure("TIMEOUT", lock:acquire(0))
      seen = {lock:holder()}
      luaunit.assertEquals(seen[2], "other")
      support.kill(seen[1])
      died = {lock:acquire()}
      assert_failure("WORKER_LOST", lost:get())
    end
    luaunit.assertEquals(died, {true, true})
    luaunit.assertTrue(lock:unlock())
    luaunit.assertEquals({lock:acquire(0)}, {true, false})
  end
end

function TestDeath.test_units_of_a_tracked_semaphore_come_back() -- G-SYNC-5
  local semaphore <close> = assert(billiard.semaphore(1, {tracked = true}))
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      hold = function()
        assert(semaphore:acquire())
        support.pause(1e6)
      end,
    },
  })
  local lost = assert(pool:apply_async("hold"))
  support.wait_until(function() return semaphore:value() == 0 end)
  assert_failure("TIMEOUT", semaphore:acquire(0))
  assert_failure("STATE", semaphore:post()) -- this process holds none
  support.kill(support.busy_worker(pool, lost:job()).pid)
  luaunit.assertTrue(semaphore:acquire())
  luaunit.assertEquals(semaphore:returned(), 1)
  assert_failure("WORKER_LOST", lost:get())
end

TestRLock = {}

function TestRLock.test_depth() -- SYNC-20 SYNC-21 SYNC-22
  local lock <close> = assert(billiard.rlock())
  for depth = 1, 3 do
    luaunit.assertTrue(lock:acquire())
    luaunit.assertEquals(lock:count(), depth)
  end
  luaunit.assertEquals(tostring(lock), "<RLock(MainProcess, 3)>")
  for _ = 1, 3 do luaunit.assertTrue(lock:unlock()) end
  luaunit.assertEquals(tostring(lock), "<RLock(None, 0)>")
  luaunit.assertStrContains(assert_failure("STATE", lock:unlock()), "not owned")
end

function TestRLock.test_a_fork_does_not_own_what_its_parent_owns() -- SYNC-7
  local lock <close> = assert(billiard.rlock())
  assert(lock:acquire())
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      try = function()
        local _, _, code = lock:unlock()
        return {lock:acquire(0) or "not taken", code}
      end,
    },
  })
  luaunit.assertEquals(assert(pool:apply("try")), {"not taken", "STATE"})
  luaunit.assertTrue(lock:unlock())
end

function TestRLock.test_exclusion_between_processes()
  local lock <close> = assert(billiard.rlock())
  local counter <close> = assert(billiard.value("i", 0, {lock = false}))
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      count = function()
        for _ = 1, 2000 do
          local held <close> = assert(lock:hold())
          counter.value = counter.value + 1
        end
        return true
      end,
    },
  })
  local jobs = {assert(pool:apply_async("count")), assert(pool:apply_async("count"))}
  for _, job in ipairs(jobs) do assert(job:get()) end
  luaunit.assertEquals(counter.value, 4000)
end

function TestRLock.test_a_fair_lock_excludes_too() -- G-SYNC-9
  local lock <close> = assert(billiard.lock {fifo = true})
  local counter <close> = assert(billiard.value("i", 0, {lock = false}))
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      count = function()
        for _ = 1, 200 do
          local held <close> = assert(lock:hold())
          counter.value = counter.value + 1
        end
        return true
      end,
    },
  })
  local jobs = {assert(pool:apply_async("count")), assert(pool:apply_async("count"))}
  for _, job in ipairs(jobs) do assert(job:get()) end
  luaunit.assertEquals(counter.value, 400)
end

TestSemaphore = {}

function TestSemaphore.test_counts() -- SYNC-31 SYNC-33 SYNC-34
  local semaphore <close> = assert(billiard.semaphore(2))
  luaunit.assertTrue(semaphore:acquire(0))
  luaunit.assertTrue(semaphore:acquire(0))
  assert_failure("TIMEOUT", semaphore:acquire(0))
  luaunit.assertEquals(tostring(semaphore), "<Semaphore(value=0)>")
  luaunit.assertTrue(semaphore:post(3))
  luaunit.assertEquals(semaphore:value(), 3)
  do
    local held <close> = assert(semaphore:hold())
    luaunit.assertEquals(semaphore:value(), 2)
  end
  luaunit.assertEquals(semaphore:value(), 3)
  luaunit.assertEquals(semaphore:bound(), billiard.SEM_VALUE_MAX)
end

function TestSemaphore.test_bounds() -- SYNC-30 SYNC-32
  local semaphore <close> = assert(billiard.bounded_semaphore(1))
  luaunit.assertStrContains(assert_failure("STATE", semaphore:post()), "too many times")
  luaunit.assertEquals(tostring(semaphore), "<BoundedSemaphore(value=1, maxvalue=1)>")
  assert_failure("INVALID", billiard.semaphore(-1))
  assert_failure("INVALID", billiard.semaphore(billiard.SEM_VALUE_MAX + 1))
  assert_failure("INVALID", semaphore:post(0))
end

os.exit(luaunit.LuaUnit.run())
