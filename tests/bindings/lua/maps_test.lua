-- One task over many items: map, starmap, imap, imap_unordered.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const>, assert_misuse <const> =
  support.assert_failure, support.assert_misuse

local function own_pid()
  local stat <close> = assert(io.open("/proc/self/stat"))
  return stat:read("n")
end

local tasks <const> = {
  echo = function(value) return value end,
  add = function(a, b) return a + b end,
  count = function(...) return select("#", ...) end,
  reverse = string.reverse,
  own_pid = own_pid,
  wait = function() support.wait_until(function() return false end) end,
  odd = function(n) return n % 2 == 1 and n or error("even " .. n, 0) end,
  kill_at_three = function(n)
    if n == 3 then os.execute("kill -s KILL $PPID") end
    return n
  end,
}

local function pool_of(more)
  local options = {workers = 2, tasks = tasks}
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options))
end

local function numbers(last)
  local list = {}
  for number = 1, last do list[number] = number end
  return list
end

-- A list with the field n, as results are.
local function packed(...)
  return table.pack(...)
end

TestMap = {}

function TestMap.test_order_for_all_sizes_of_chunks()
  local pool <close> = pool_of()
  local expected = numbers(50)
  expected.n = 50
  luaunit.assertEquals(pool:map("echo", numbers(50)), expected)
  for _, size in ipairs {1, 7, 50, 1000} do
    luaunit.assertEquals(pool:map("echo", numbers(50), {chunk_size = size}), expected)
  end
end

function TestMap.test_inputs()
  local pool <close> = pool_of()
  luaunit.assertEquals(pool:map("echo", ("a b c"):gmatch("%a")), packed("a", "b", "c"))
  luaunit.assertEquals(pool:map("count", {n = 3, [2] = 1}), packed(1, 1, 1))
  luaunit.assertEquals(pool:map("echo", {n = 3, [2] = 1}), packed(nil, 1, nil))
  luaunit.assertEquals(pool:map("echo", {}), packed())
  luaunit.assertEquals(pool:map("echo", {}, {chunk_size = 20}), packed())
  luaunit.assertEquals(pool:starmap("add", {{1, 2}, {3, 4}}), packed(3, 7))
  luaunit.assertEquals(pool:starmap("count", {{}, {n = 2}}), packed(0, 2))
  luaunit.assertEquals(pool:map("reverse", {"ab\0", ""}, {bytes = true}), packed("\0ba", ""))
end

function TestMap.test_the_first_failure_decides()
  local pool <close> = pool_of {workers = 1}
  local message, detail = assert_failure("TASK_FAILED", pool:map("odd", {1, 2, 3, 4}))
  luaunit.assertEquals(message, "even 2")
  luaunit.assertEquals(detail.class, "string")
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestMap.test_a_lost_worker_fails_the_map_once()
  local pool <close> = pool_of()
  local _, detail = assert_failure("WORKER_LOST", pool:map("kill_at_three", numbers(8)))
  luaunit.assertEquals(detail.exit_status, -9)
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestMap.test_recycled_workers_lose_nothing()
  local pool <close> = pool_of {max_tasks_per_child = 1}
  local expected = numbers(20)
  expected.n = 20
  luaunit.assertEquals(pool:map("echo", numbers(20), {chunk_size = 2}), expected)
end

function TestMap.test_limits_of_chunks()
  local pool <close> = pool_of()
  assert_failure("TIME_LIMIT", pool:map("wait", {1}, {time_limit = 0.1}))
  local _, detail =
    assert_failure("TASK_FAILED", pool:map("wait", {1, 2}, {soft_time_limit = 0.1}))
  luaunit.assertEquals(detail.class, "SoftTimeLimitExceeded")
end

function TestMap.test_async()
  local pool <close> = pool_of()
  local result = assert(pool:map_async("own_pid", numbers(40)))
  local values = assert(result:get())
  luaunit.assertTrue(result:ready())
  luaunit.assertTrue(result:accepted())
  luaunit.assertTrue(result:wait(0))
  luaunit.assertEquals(result:count(), 40)
  luaunit.assertStrContains(tostring(result), "ready")
  local known = {}
  for _, pid in ipairs(result:pids()) do known[pid] = true end
  for index = 1, 40 do luaunit.assertTrue(known[values[index]]) end
  luaunit.assertEquals(result:get(0), values) -- as often as one likes

  local waiting = assert(pool:map_async("wait", {1}))
  assert_failure("TIMEOUT", waiting:get(0.02))
  luaunit.assertFalse(waiting:ready())
  local token = assert(billiard.interrupt())
  token:raise()
  assert_failure("INTERRUPTED", waiting:wait(nil, token))
  assert(pool:terminate())
  assert_failure("TERMINATED", waiting:get())
end

function TestMap.test_callbacks_and_drain()
  local pool <close> = pool_of {notify = true}
  local seen
  local result = assert(pool:map_async("echo", {1, 2}, {callback = function(list) seen = list end}))
  luaunit.assertEquals(result:get(), packed(1, 2)) -- before its end was told
  local drained
  support.wait_until(function()
    drained = assert(pool:drain(1))
    return seen
  end)
  luaunit.assertEquals(seen, packed(1, 2))
  luaunit.assertTrue(drained[1] == result)
  luaunit.assertEquals(result:get(), packed(1, 2))
end

function TestMap.test_misuse()
  local pool <close> = pool_of()
  assert_misuse({"'map'", "chunk_size"}, pool.map, pool, "echo", {1}, {chunk_size = 0})
  assert_misuse({"'map'", "chunk_size"}, pool.map, pool, "echo", {1}, {chunk_size = 1.5})
  assert_misuse({"'map'", "item 2", "function"}, pool.map, pool, "echo", {1, print})
  assert_misuse({"'map'", "items"}, pool.map, pool, "echo", 7)
  assert_misuse({"'map'", "no field 'chunks'"}, pool.map, pool, "echo", {}, {chunks = 1})
  assert_misuse({"'starmap'", "item 1"}, pool.starmap, pool, "echo", {7})
  assert_misuse({"'map'", "item 1", "string"}, pool.map, pool, "echo", {7}, {bytes = true})
  assert_failure("UNKNOWN_TASK", pool:map("no such task", {1}))
  assert(pool:close())
  assert_failure("STATE", pool:map("echo", {1}))
end

TestImap = {}

function TestImap.test_order()
  local pool <close> = pool_of()
  local count = 0
  for index, value in assert(pool:imap("echo", numbers(100), {chunk_size = 3})) do
    count = count + 1
    luaunit.assertEquals({index, value}, {count, count})
  end
  luaunit.assertEquals(count, 100)
end

function TestImap.test_unordered_tells_whose_result_it_is()
  local pool <close> = pool_of()
  local seen, count = {}, 0
  for index, value in assert(pool:imap_unordered("echo", numbers(100))) do
    luaunit.assertEquals(index, value)
    luaunit.assertNil(seen[index])
    seen[index], count = true, count + 1
  end
  luaunit.assertEquals(count, 100)
end

function TestImap.test_input_without_end_is_read_only_as_far_as_needed()
  local pool <close> = pool_of()
  local read = 0
  local function count()
    read = read + 1
    return read
  end
  for index, value in assert(pool:imap("echo", count, {look_ahead = 4})) do
    luaunit.assertEquals(value, index)
    luaunit.assertTrue(read <= index + 4)
    if index == 50 then break end
  end
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

function TestImap.test_failing_items_fail_alone()
  local pool <close> = pool_of()
  local outcomes = {}
  for index, value, message, code in assert(pool:imap("odd", numbers(4), {chunk_size = 2})) do
    outcomes[index] = value or code .. " " .. message
  end
  luaunit.assertEquals(outcomes, {1, "TASK_FAILED even 2", 3, "TASK_FAILED even 4"})
end

function TestImap.test_a_lost_worker_costs_its_item()
  local pool <close> = pool_of()
  for _, method in ipairs {"imap", "imap_unordered"} do
    local outcomes = {}
    for index, value, _, code in assert(pool[method](pool, "kill_at_three", numbers(5))) do
      outcomes[index] = value or code
    end
    luaunit.assertEquals(outcomes, {1, 2, "WORKER_LOST", 4, 5})
  end
end

function TestImap.test_next_with_a_timeout_loses_nothing()
  local gate <const> = assert(billiard.queue())
  local pool <close> = assert(billiard.pool {
    workers = 1, tasks = {take = function() return gate:get() end},
  })
  local iterator <close> = assert(pool:imap("take", {1, 2}))
  luaunit.assertIsNumber(iterator:job())
  assert_failure("TIMEOUT", iterator:next(0))
  assert_failure("TIMEOUT", iterator:next(0.02))
  local token = assert(billiard.interrupt())
  token:raise()
  assert_failure("INTERRUPTED", iterator:next(nil, token))
  assert(gate:put("a"))
  luaunit.assertEquals({iterator:next()}, {1, "a"})
  assert(gate:put("b"))
  luaunit.assertEquals({iterator:next(1000)}, {2, "b"})
  luaunit.assertEquals(packed(iterator:next()), packed(nil))
  luaunit.assertEquals(packed(iterator:next()), packed(nil))
end

function TestImap.test_an_input_that_fails()
  local pool <close> = pool_of()
  local problem <const> = {"what was raised"}
  local read = 0
  local iterator <close> = assert(pool:imap("echo", function()
    read = read + 1
    if read == 4 then error(problem) end
    return read
  end))
  for index = 1, 3 do luaunit.assertEquals({iterator:next()}, {index, index}) end
  local ok, raised = pcall(iterator.next, iterator)
  luaunit.assertFalse(ok)
  luaunit.assertTrue(raised == problem)
  luaunit.assertNil(iterator:next())
end

function TestImap.test_items_without_encoding()
  local pool <close> = pool_of()
  local iterator <close> = assert(pool:imap("echo", {1, print, 3}))
  luaunit.assertEquals({iterator:next()}, {1, 1})
  assert_misuse({"item 2", "function"}, iterator.next, iterator)
  luaunit.assertNil(iterator:next())
end

function TestImap.test_misuse()
  local pool <close> = pool_of()
  assert_misuse({"'imap'", "chunk_size"}, pool.imap, pool, "echo", {}, {chunk_size = 0})
  assert_misuse({"'imap'", "look_ahead"}, pool.imap, pool, "echo", {}, {look_ahead = -1})
  assert_misuse({"'imap'", "items"}, pool.imap, pool, "echo")
  assert_failure("UNKNOWN_TASK", pool:imap("no such task", {1}))
end

function TestImap.test_forgotten_iterators_give_their_places_back()
  local pool <close> = pool_of {max_jobs = 20}
  for _ = 1, 50 do
    local iterator = assert(pool:imap("echo", numbers(10)))
    luaunit.assertEquals({iterator:next()}, {1, 1})
  end
  luaunit.assertEquals(pool:apply("echo", 42), 42)
end

os.exit(luaunit.LuaUnit.run())
