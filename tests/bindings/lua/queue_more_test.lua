-- What queues can besides put and get: batches, messages in place, delivery, unfinished messages,
-- descriptors, and the simple queue.

local billiard = require "billiard"
local luaunit = require "luaunit"
local native = require "billiard.native"
local support = require "support"

local assert_failure <const>, assert_misuse <const> =
  support.assert_failure, support.assert_misuse

TestBatch = {}

function TestBatch.test_many_at_once() -- QUEUE-13
  local queue <close> = assert(billiard.queue())
  luaunit.assertEquals(queue:put_many {1, "two", {3}, false, 5}, 5)
  luaunit.assertEquals(queue:get_many(3), {1, "two", {3}, n = 3})
  luaunit.assertEquals(queue:get_many(1 << 40), {false, 5, n = 2})
  assert_failure("EMPTY", queue:get_many(3, 0))
  luaunit.assertEquals(queue:put_many {}, 0)
  luaunit.assertEquals(queue:put_many_bytes {"\0", ""}, 2)
  luaunit.assertEquals(queue:get_many(5), {"\0", "", n = 2})
  assert_misuse({"value 2", "function"}, queue.put_many, queue, {1, print})
  assert_misuse({"most"}, queue.get_many, queue, 0)
end

function TestBatch.test_a_full_queue_keeps_what_is_in()
  local queue <close> = assert(billiard.queue {capacity = 3})
  local _, detail = assert_failure("FULL", queue:put_many({1, 2, 3, 4, 5}, 0.06))
  luaunit.assertEquals(detail.done, 3)
  luaunit.assertEquals(queue:get_many(9), {1, 2, 3, n = 3})
end

function TestBatch.test_a_long_list_goes_through_a_short_queue()
  local queue <close> = assert(billiard.queue {capacity = 4})
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      sum = function(count)
        local sum = 0
        while count > 0 do
          local values = assert(queue:get_many(3))
          for _, value in ipairs(values) do sum = sum + value end
          count = count - #values
        end
        return sum
      end,
    },
  })
  local job = assert(pool:apply_async("sum", 300))
  local list = {}
  for value = 1, 300 do list[value] = value end
  luaunit.assertEquals(queue:put_many(list), 300)
  luaunit.assertEquals(job:get(), 300 * 301 // 2)
end

function TestBatch.test_what_can_not_be_decoded()
  local queue <close> = assert(billiard.queue())
  assert(queue:put(1))
  assert(native.bp_queue_put(queue._handle, "\xC1", native.BP_FORMAT_MSGPACK, 0, nil) == 0)
  local value, _, code, detail = queue:get_many(5)
  luaunit.assertEquals({value, code}, {nil, "CORRUPT"})
  luaunit.assertEquals(detail.values, {1, billiard.null, n = 2})
end

TestInPlace = {}

function TestInPlace.test_reserve_and_take() -- G-QUEUE-3
  local queue <close> = assert(billiard.queue())
  local expected = {}
  do
    local reservation <close> = assert(queue:reserve(512))
    luaunit.assertEquals(#reservation, 512)
    for index = 1, 512 do
      expected[index] = string.char((index - 1) % 256)
      assert(reservation:write(index, expected[index]))
    end
    assert_failure("INVALID", reservation:write(512, "ab"))
    assert_failure("INVALID", reservation:write(0, "a"))
    luaunit.assertEquals(#queue, 0)
    assert_failure("INVALID", reservation:commit(513))
    luaunit.assertTrue(reservation:commit())
    assert_failure("STATE", reservation:commit())
    assert_failure("STATE", reservation:write(1, "a"))
  end
  do
    local reservation <close> = assert(queue:reserve(100)) -- never committed
  end
  local message <close> = assert(queue:take())
  luaunit.assertEquals({message:bytes()}, {table.concat(expected), "raw"})
  luaunit.assertTrue(message:ack())
  assert_failure("STATE", message:ack())
  assert_failure("STATE", message:value())
  assert_failure("EMPTY", queue:take(0))
end

function TestInPlace.test_give_back_and_forget()
  local queue <close> = assert(billiard.queue {delivery = "at_least_once"})
  luaunit.assertEquals(queue:delivery(), "at_least_once")
  assert(queue:put("a"))
  assert(queue:put("b"))
  for times = 0, 2 do
    local message <close> = assert(queue:take())
    luaunit.assertEquals({message:value(), message:redelivered()}, {"a", times})
    if times == 0 then assert(message:give_back()) end -- else <close> gives it back
  end
  luaunit.assertEquals({queue:get(), queue:get()}, {"a", "b"})
end

TestDelivery = {}

-- A worker that dies with a message that it has not acknowledged.
local function die_with_a_message(queue)
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      take = function()
        local message = assert(queue:take())
        support.pause(1e6)
        return message:value()
      end,
    },
  })
  local lost = assert(pool:apply_async("take"))
  support.wait_until(function() return #queue == 0 end)
  support.kill(support.busy_worker(pool, lost:job()).pid)
  assert_failure("WORKER_LOST", lost:get())
end

function TestDelivery.test_a_dead_takers_message_comes_again() -- G-QUEUE-1 G-QUEUE-8
  local queue <close> = assert(billiard.queue {delivery = "at_least_once"})
  assert(queue:put(7))
  die_with_a_message(queue)
  local message <close> = assert(queue:take())
  luaunit.assertEquals({message:value(), message:redelivered()}, {7, 1})
  luaunit.assertTrue(message:ack())
end

function TestDelivery.test_or_is_lost()
  local queue <close> = assert(billiard.queue())
  luaunit.assertEquals(queue:delivery(), "at_most_once")
  assert(queue:put(7))
  die_with_a_message(queue)
  luaunit.assertEquals(queue:lost(), 1)
  assert_failure("EMPTY", queue:get(0))
end

TestJoinable = {}

function TestJoinable.test_join_waits_for_what_is_unfinished() -- QUEUE-40 QUEUE-41 QUEUE-42
  local queue <close> = assert(billiard.joinable_queue())
  luaunit.assertTrue(queue:joinable())
  assert(queue:put(1))
  assert(queue:put(2))
  luaunit.assertEquals(queue:unfinished(), 2)
  assert_failure("TIMEOUT", queue:join(0.06))
  for _ = 1, 2 do
    assert(queue:get())
    luaunit.assertTrue(queue:task_done())
  end
  luaunit.assertTrue(queue:join(0))
  luaunit.assertStrContains(assert_failure("STATE", queue:task_done()), "too many times")
  local plain <close> = assert(billiard.queue())
  luaunit.assertFalse(plain:joinable())
  assert_failure("STATE", plain:task_done())
  assert_failure("STATE", plain:join(0))
end

function TestJoinable.test_workers_finish_them()
  local queue <close> = assert(billiard.queue {joinable = true})
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      work = function()
        while queue:get() do assert(queue:task_done()) end
        return true
      end,
    },
  })
  local jobs = {assert(pool:apply_async("work")), assert(pool:apply_async("work"))}
  for value = 1, 100 do assert(queue:put(value)) end
  luaunit.assertTrue(queue:join())
  luaunit.assertEquals({queue:unfinished(), #queue}, {0, 0})
  assert(queue:close_all())
  for _, job in ipairs(jobs) do assert(job:get()) end
end

TestDescriptor = {}

function TestDescriptor.test_readable_while_there_are_messages() -- QUEUE-10
  local queue <close> = assert(billiard.queue())
  local fd = assert(queue:fd())
  luaunit.assertEquals(queue:fd(), fd)
  luaunit.assertEquals(billiard.poll({fd}, 0), {})
  assert(queue:put(1))
  luaunit.assertEquals(billiard.poll {fd}, {fd})
  luaunit.assertEquals(queue:get(0), 1)
  assert_failure("EMPTY", queue:get(0))
  luaunit.assertEquals(billiard.poll({fd}, 0), {})
  queue:close_fd()
  queue:close_fd()
  luaunit.assertTrue(queue:fd() >= 0)
  queue:close()
  assert_failure("CLOSED", queue:fd())
end

TestSimple = {}

function TestSimple.test_put_get_empty_close() -- QUEUE-50 QUEUE-51 QUEUE-52 QUEUE-53
  local queue <close> = assert(billiard.simple_queue())
  luaunit.assertTrue(queue:empty())
  assert(queue:put(1))
  assert(queue:put_bytes("raw"))
  luaunit.assertFalse(queue:empty())
  luaunit.assertEquals({queue:get(), queue:get_bytes()}, {1, "raw", "raw"})
  queue:close()
  queue:close()
  assert_failure("CLOSED", queue:put(2))
  assert_failure("CLOSED", queue:get())
  assert_misuse({"'capacity'"}, billiard.simple_queue, {capacity = 1})
  local named <close> = assert(billiard.simple_queue {name = support.queue_name("simple")})
  assert(named:put("x"))
  luaunit.assertEquals(named:get(), "x")
end

TestMisuse = {}

function TestMisuse.test_options_and_released_handles()
  assert_misuse({"'delivery'"}, billiard.queue, {delivery = "sometimes"})
  assert_misuse({"'joinable'"}, billiard.queue, {joinable = 1})
  local queue <close> = assert(billiard.queue())
  assert(queue:put(1))
  local reservation, message = assert(queue:reserve(1)), assert(queue:take())
  reservation:release()
  reservation:release()
  message:release()
  message:release()
  assert_misuse({"write", "reservation was released"}, reservation.write, reservation, 1, "a")
  assert_misuse({"ack", "message was released"}, message.ack, message)
end

os.exit(luaunit.LuaUnit.run())
