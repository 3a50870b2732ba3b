-- Queues within a process, between processes, and when one of them dies.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

TestQueue = {}

function TestQueue.test_order_and_size()
  local queue <close> = assert(billiard.queue {capacity = 10})
  luaunit.assertEquals(queue:capacity(), 10)
  for value = 1, 10 do luaunit.assertTrue(queue:put(value)) end
  luaunit.assertEquals(#queue, 10)
  luaunit.assertEquals(queue:size(), 10)
  for value = 1, 10 do luaunit.assertEquals(queue:get(), value) end
  luaunit.assertEquals(#queue, 0)
  luaunit.assertEquals(queue:lost(), 0)
end

function TestQueue.test_full_and_empty()
  local queue <close> = assert(billiard.queue {capacity = 1})
  local function assert_late_failure(code, timeout, call, ...)
    local began = billiard.now()
    assert_failure(code, call(queue, ...))
    luaunit.assertTrue(billiard.now() - began >= timeout)
  end
  for _, timeout in ipairs {0, -1, 0.001, 0.12} do
    assert_late_failure("EMPTY", timeout, queue.get, timeout)
  end
  assert(queue:put(1))
  for _, timeout in ipairs {0, -1, 0.001, 0.12} do
    assert_late_failure("FULL", timeout, queue.put, 2, timeout)
  end
  luaunit.assertEquals(queue:get(), 1)
end

function TestQueue.test_every_kind_of_value()
  local queue <close> = assert(billiard.queue())
  for _, value in ipairs {
    true, false, 0, -1, math.maxinteger, math.mininteger, 1.5, 3.0, "", "text", "\0\xff", {},
    {1, {2}}, {a = {b = "c"}}, ("long"):rep(1 << 18),
  } do
    assert(queue:put(value))
    luaunit.assertEquals(queue:get(0), value)
  end
  assert(queue:put(nil))
  luaunit.assertEquals(table.pack(queue:get(0)).n, 1)
end

function TestQueue.test_bytes()
  local queue <close> = assert(billiard.queue())
  assert(queue:put_bytes("\0\1"))
  assert(queue:put_bytes(""))
  assert(queue:put_bytes("raw"))
  assert(queue:put({1}))
  luaunit.assertEquals({queue:get_bytes()}, {"\0\1", "raw"})
  luaunit.assertEquals({queue:get_bytes()}, {"", "raw"})
  luaunit.assertEquals(queue:get(), "raw")
  luaunit.assertEquals({queue:get_bytes()}, {billiard.encode {1}, "msgpack"})
end

-- GAP-31, G-QUEUE-6
function TestQueue.test_values_that_can_not_be_encoded()
  local queue <close> = assert(billiard.queue {capacity = 1})
  for _, value in ipairs {print, io.stdout, {1, print}, {a = coroutine.create(print)}} do
    support.assert_misuse({"'put'"}, queue.put, queue, value)
    luaunit.assertEquals(#queue, 0)
  end
  assert(queue:put(1))
  assert_failure("FULL", queue:put(2, 0))
  luaunit.assertEquals(queue:get(0), 1)
end

function TestQueue.test_too_large()
  local queue <close> = assert(billiard.queue {max_message = 100})
  assert_failure("TOO_LARGE", queue:put_bytes(("x"):rep(101)))
  luaunit.assertEquals(#queue, 0)
  assert(queue:put_bytes(("x"):rep(100)))
  luaunit.assertEquals(queue:get(), ("x"):rep(100))
end

function TestQueue.test_close_is_for_this_handle()
  local name = support.queue_name("close")
  local first <close> = assert(billiard.queue {name = name})
  local second <close> = assert(billiard.queue {name = name})
  assert(first:put(1))
  first:close()
  first:close()
  assert_failure("CLOSED", first:put(2))
  assert_failure("CLOSED", first:get())
  luaunit.assertEquals(second:get(0), 1)
end

function TestQueue.test_close_all()
  local name = support.queue_name("close_all")
  local first <close> = assert(billiard.queue {name = name})
  local second <close> = assert(billiard.queue {name = name})
  assert(first:put(1))
  luaunit.assertTrue(second:close_all())
  assert_failure("CLOSED", first:put(2))
  luaunit.assertEquals(first:get(), 1)
  assert_failure("CLOSED", first:get())
end

function TestQueue.test_the_name_goes_with_the_last_handle()
  local name = support.queue_name("name")
  do
    local queue <close> = assert(billiard.queue {name = name, capacity = 5})
    assert(queue:put("left behind"))
    local other <close> = assert(billiard.queue {name = name, capacity = 9})
    luaunit.assertEquals(other:capacity(), 5)
  end
  local again <close> = assert(billiard.queue {name = name, capacity = 7})
  luaunit.assertEquals(again:capacity(), 7)
  luaunit.assertEquals(#again, 0)
end

function TestQueue.test_forgotten_queues_are_collected()
  for _ = 1, 300 do assert(assert(billiard.queue()):put(1)) end
  collectgarbage()
  luaunit.assertEquals(assert(assert(billiard.queue {capacity = 1}):capacity()), 1)
end

TestBetweenProcesses = {}

function TestBetweenProcesses.test_forked_workers_share_an_anonymous_queue()
  local there <close> = assert(billiard.queue())
  local back <close> = assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      work = function()
        local count = 0
        for value in function() return there:get() end do
          assert(back:put(value * value))
          count = count + 1
        end
        return count
      end,
    },
  })
  local workers = {assert(pool:apply_async("work")), assert(pool:apply_async("work"))}
  for value = 1, 500 do assert(there:put(value)) end
  local sum = 0
  for _ = 1, 500 do sum = sum + assert(back:get()) end
  assert(there:close_all())
  luaunit.assertEquals(sum, 500 * 501 * 1001 // 6)
  luaunit.assertEquals(assert(workers[1]:get()) + assert(workers[2]:get()), 500)
end

function TestBetweenProcesses.test_a_killed_taker_takes_nothing_with_it()
  local queue <close> = assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 1, tasks = {take = function() return queue:get() end},
  })
  local lost = assert(pool:apply_async("take"))
  support.kill(support.busy_worker(pool, lost:job()).pid)
  assert_failure("WORKER_LOST", lost:get())
  local taken = assert(pool:apply_async("take"))
  assert(queue:put("for the living"))
  luaunit.assertEquals(taken:get(), "for the living")
end

os.exit(luaunit.LuaUnit.run())
