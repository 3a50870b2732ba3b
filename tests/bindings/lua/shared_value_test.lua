-- Segments, blocks of memory, values and arrays.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const>, assert_misuse <const> =
  support.assert_failure, support.assert_misuse

TestSegment = {}

function TestSegment.test_objects_go_back() -- G-SHM-2
  local segment <close> = assert(billiard.segment {max_bytes = 1 << 20})
  local before = assert(segment:stats())
  luaunit.assertEquals(before.objects, 0)
  for _ = 1, 100 do
    assert(billiard.value("i", 1, {segment = segment}))
    assert(billiard.array("d", 10, {segment = segment}))
    assert(billiard.condition {segment = segment})
    assert(billiard.memory(100, {segment = segment}))
  end
  collectgarbage()
  local after = assert(segment:stats())
  luaunit.assertEquals({after.objects, after.bytes_in_use}, {0, before.bytes_in_use})
  luaunit.assertEquals(after.processes, 1)
end

function TestSegment.test_a_full_one_is_an_error() -- G-SHM-6
  local segment <close> = assert(billiard.segment {max_bytes = 1 << 20})
  local kept = {}
  local _, code
  repeat
    kept[#kept + 1], _, code = billiard.memory(1 << 16, {segment = segment})
  until code
  luaunit.assertEquals(code, "NOMEM")
  luaunit.assertTrue(#kept > 0)
  luaunit.assertEquals(kept[1]:read(1, 3), "\0\0\0")
end

function TestSegment.test_names_and_descriptors()
  local name = support.queue_name("segment")
  local first <close> = assert(billiard.segment {name = name})
  local second <close> = assert(billiard.segment {name = name})
  local value <close> = assert(billiard.value("i", 7, {segment = first}))
  luaunit.assertEquals(assert(billiard.attach("value", value:id(), second)):get(), 7)
  local third <close> = assert(billiard.segment {fd = first:fd()})
  luaunit.assertEquals(assert(billiard.attach("value", value:id(), third)):get(), 7)
  luaunit.assertTrue(first:sweep())
  assert_misuse({"'fd'"}, billiard.segment, {fd = 1, name = name})
end

TestMemory = {}

function TestMemory.test_reads_and_writes() -- SHM-40 G-SHM-7
  local memory <close> = assert(billiard.memory(10))
  luaunit.assertEquals(#memory, 10)
  luaunit.assertEquals(memory:read(), ("\0"):rep(10))
  luaunit.assertTrue(memory:write(9, "ab"))
  luaunit.assertEquals(memory:read(8), "\0ab")
  luaunit.assertEquals(memory:read(11), "")
  for _, position in ipairs {0, -1, 10, math.maxinteger, math.mininteger} do
    assert_failure("INVALID", memory:write(position, "ab"))
    assert_failure("INVALID", memory:read(position, 2))
  end
  assert_failure("INVALID", memory:read(1, math.maxinteger))
  assert_failure("INVALID", billiard.memory(-1))
  luaunit.assertEquals(#assert(billiard.memory(0)), 0)
end

TestValue = {}

function TestValue.test_every_typecode() -- SHM-8 SHM-32
  local examples = {
    c = {"a", "\0"}, u = {"é", "€"}, ["?"] = {true, false}, f = {1.5, -2.0}, d = {1e300, -0.25},
    b = {-128, 127}, B = {0, 255}, h = {-32768, 32767}, H = {0, 65535}, i = {-1 << 31, 2147483647},
    I = {0, 4294967295}, l = {math.mininteger, math.maxinteger}, L = {0, math.maxinteger},
    q = {math.mininteger, math.maxinteger}, Q = {0, math.maxinteger},
  }
  for code, values in pairs(examples) do
    local value <close> = assert(billiard.value(code, values[1]), code)
    luaunit.assertEquals(value.value, values[1], code)
    value.value = values[2]
    luaunit.assertEquals(value:get(), values[2], code)
    luaunit.assertEquals(math.type(value:get()), math.type(values[2]), code)
    local array <close> = assert(billiard.array(code, values))
    luaunit.assertEquals(array:values(), values, code)
    luaunit.assertEquals({array[1], array[2], array[3]}, values, code)
  end
  luaunit.assertStrContains(assert_failure("INVALID", billiard.value("z")), "type")
end

function TestValue.test_what_does_not_fit() -- SHM-22
  local value <close> = assert(billiard.value("b", 1))
  luaunit.assertStrContains(assert_failure("INVALID", value:set(200)), "200")
  assert_misuse({"integer", "1.5"}, value.set, value, 1.5)
  assert_misuse({"integer", "string"}, value.set, value, "1")
  assert_misuse({"200 is out of range"}, function() value.value = 200 end)
  assert_failure("INVALID", billiard.value("B", -1))
  assert_failure("INVALID", billiard.value("b", 200))
  assert_failure("INVALID", value:add(200))
  luaunit.assertEquals(value:get(), 1)
  local wrapping <close> = assert(billiard.value("b", 200, {wrap = true}))
  luaunit.assertEquals(wrapping:get(), -56)
  wrapping.value = 128
  luaunit.assertEquals(wrapping:get(), -128)
  local same <close> = assert(billiard.attach("value", wrapping:id()))
  luaunit.assertTrue(same:set(255))
  luaunit.assertEquals(wrapping:get(), -1)
end

function TestValue.test_structures() -- SHM-9
  local value <close> = assert(billiard.value("x:d,n:i,set:?", {x = 2.5}))
  luaunit.assertEquals(value:get(), {x = 2.5, n = 0, set = false})
  value.n = 7
  luaunit.assertTrue(value:set(true, "set")) -- a field that is called like a method
  luaunit.assertEquals({value.x, value.n, value:get("set")}, {2.5, 7, true})
  luaunit.assertEquals(value:add(1, "n"), 7)
  luaunit.assertTrue(value:set {n = 1})
  luaunit.assertEquals(value:get(), {x = 0.0, n = 1, set = false})
  assert_misuse({"'y'"}, function() return value.y end)
  assert_misuse({"'y'"}, value.set, value, {y = 1})
  assert_misuse({"field"}, value.add, value, 1)
  assert_misuse({"not an integer"}, value.add, value, 1, "x")
  luaunit.assertEquals(#value:bytes(), value:size())
  luaunit.assertTrue(value:set_bytes(value:bytes()))
  assert_failure("INVALID", value:set_bytes("short"))
end

function TestValue.test_atomic_calls() -- G-SHM-4
  local value <close> = assert(billiard.value("i", 7))
  luaunit.assertEquals(value:add(-10), 7)
  luaunit.assertEquals(value:exchange(5), -3)
  luaunit.assertEquals({value:compare_exchange(5, 9)}, {true, 5})
  luaunit.assertEquals({value:compare_exchange(5, 1)}, {false, 9})
end

-- In a program of its own, where no object was made before the pool.
function TestValue.test_an_object_that_is_younger_than_the_pool() -- SHM-36
  local program = [[
    local billiard = require "billiard"
    local pool <close> = assert(billiard.pool {
      workers = 1,
      tasks = {read = function(id) return assert(billiard.attach("value", id)):get() end},
    })
    local value = assert(billiard.value("i", 7))
    print(assert(pool:apply("read", value:id())))
  ]]
  local output <close> = assert(io.popen(("'%s' -e '%s' 2>&1"):format(arg[-1], program)))
  luaunit.assertEquals(output:read("a"), "7\n")
end

function TestValue.test_exact_counts_between_processes() -- G-SHM-4 SHM-25
  local counter <close> = assert(billiard.value("q"))
  local pool <close> = assert(billiard.pool {
    workers = 2,
    tasks = {
      count = function()
        for _ = 1, 20000 do counter:add(1) end
        return true
      end,
    },
  })
  local jobs = {assert(pool:apply_async("count")), assert(pool:apply_async("count"))}
  for _, job in ipairs(jobs) do assert(job:get()) end
  luaunit.assertEquals(counter.value, 40000)
end

function TestValue.test_waiting_for_a_change()
  local value <close> = assert(billiard.value("i", 0))
  assert_failure("TIMEOUT", value:wait(0, 0.06))
  luaunit.assertTrue(value:wait(1, 0))
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {change = function() return value:set(5) and value:wake() end},
  })
  local job = assert(pool:apply_async("change"))
  luaunit.assertTrue(value:wait(0))
  luaunit.assertEquals(value:get(), 5)
  assert(job:get())
end

function TestValue.test_locks() -- SHM-20 SHM-30 SHM-31 SHM-33 SHM-34 SHM-35
  local value <close> = assert(billiard.value("i", 5))
  luaunit.assertEquals(tostring(value), "<Synchronized wrapper for i(5)>")
  do
    local held <close> = assert(value:hold())
    value.value = value.value + 1 -- its own lock: an rlock, taken again
    luaunit.assertEquals(assert(value:lock()):count(), 1)
  end
  local raw <close> = assert(value:copy())
  luaunit.assertEquals({tostring(raw), raw:get()}, {"<i(6)>", 6})
  assert_failure("STATE", raw:acquire())
  assert_failure("NOT_FOUND", raw:lock())
  local lock <close> = assert(billiard.lock())
  local wrapped <close> = assert(raw:synchronize {lock = lock})
  assert(wrapped:acquire())
  luaunit.assertEquals(select(2, lock:holder()), "self")
  assert(wrapped:unlock())
  luaunit.assertStrContains(assert_failure("STATE", wrapped:synchronize()), "already")
  assert_misuse({"'lock'"}, billiard.value, "i", 0, {lock = 7})
end

function TestValue.test_access_waits_for_the_lock_and_survives_its_holder() -- SHM-31 G-SYNC-1
  local value <close> = assert(billiard.value("i", 0))
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {
      hold = function()
        assert(value:acquire())
        assert(value:set(1))
        support.pause(1e6)
      end,
    },
  })
  local lost = assert(pool:apply_async("hold"))
  local lock <close> = assert(value:lock())
  local pid = support.wait_until(function() return (lock:holder()) end)
  support.kill(pid)
  assert(value:set(2))
  luaunit.assertEquals(value:get(), 2)
  assert_failure("WORKER_LOST", lost:get())
  luaunit.assertEquals({value:acquire()}, {true, true}) -- the news is kept
  assert(value:unlock())
  luaunit.assertEquals({value:acquire()}, {true, false})
end

TestArray = {}

function TestArray.test_indexes() -- SHM-21 SHM-23 G-SHM-7
  local array <close> = assert(billiard.array("h", {1, 2, 3}))
  array[-1] = -5
  luaunit.assertEquals(array:values(), {1, 2, -5})
  luaunit.assertEquals(#array, 3)
  luaunit.assertEquals(tostring(array), "<SynchronizedArray wrapper for h[3]>")
  local seen = {}
  for index, element in ipairs(array) do seen[index] = element end
  luaunit.assertEquals(seen, {1, 2, -5})
  for _, index in ipairs {0, 4, -4, math.maxinteger, math.mininteger} do
    luaunit.assertNil(array[index])
    luaunit.assertStrContains(assert_failure("INVALID", array:get(index)), "index")
    assert_failure("INVALID", array:set(index, 1))
    assert_failure("INVALID", array:add(index, 1))
    assert_misuse({"index"}, function() array[index] = 1 end)
  end
  luaunit.assertEquals(array:values(), {1, 2, -5})
  assert_failure("INVALID", billiard.array("h", -1))
  luaunit.assertEquals(#assert(billiard.array("h", {})), 0)
end

function TestArray.test_ranges()
  local array <close> = assert(billiard.array("i", 1000))
  for index = 1, 1000 do array[index] = index * index end -- in place: SHM-25
  local sum = 0
  for _, element in ipairs(array:values()) do sum = sum + element end
  luaunit.assertEquals(sum, 333833500)
  luaunit.assertEquals(array:values(3, 5), {9, 16, 25})
  luaunit.assertEquals(array:values(-2), {999 * 999, 1000000})
  luaunit.assertTrue(array:set_values({1, 2}, 999))
  luaunit.assertEquals(array:values(998), {998 * 998, 1, 2})
  assert_failure("INVALID", array:set_values({1, 2}, 1000))
  assert_failure("INVALID", array:values(1, 1001))
  luaunit.assertTrue(array:fill(7, 2, 4))
  luaunit.assertEquals(array:values(1, 5), {1, 7, 7, 7, 25})
  luaunit.assertTrue(array:set_bytes(array:bytes(1, 2), 4))
  luaunit.assertEquals(array:values(4, 5), {1, 7})
end

function TestArray.test_text() -- SHM-24
  local array <close> = assert(billiard.array("c", 5))
  luaunit.assertTrue(array:set_text("ab"))
  luaunit.assertEquals({array:text(), array:bytes(), array[2]}, {"ab", "ab\0\0\0", "b"})
  luaunit.assertStrContains(assert_failure("INVALID", array:set_text("abcdef")), "6")
  luaunit.assertTrue(array:set_text("abcde"))
  luaunit.assertEquals(array:text(), "abcde")
  luaunit.assertEquals(assert(billiard.array("c", "text")):text(), "text")
end

function TestArray.test_structures_and_copies() -- SHM-35
  local array <close> = assert(billiard.array("x:d,n:i", {{x = 1, n = 2}, {x = 3}}))
  luaunit.assertEquals(array:values(), {{x = 1.0, n = 2}, {x = 3.0, n = 0}})
  array[2] = {n = 9}
  luaunit.assertEquals({array:get(2, "n"), array:get(2, "x")}, {9, 0.0})
  luaunit.assertEquals(array:add(2, 1, "n"), 9)
  local copy <close> = assert(array:copy())
  luaunit.assertTrue(copy:set(1, 5.5, "x"))
  luaunit.assertEquals({array[1].x, copy[1].x}, {1.0, 5.5})
end

function TestArray.test_by_id_and_by_name() -- SHM-36
  local array <close> = assert(billiard.array("i", {1, 2}))
  local same <close> = assert(billiard.attach("array", array:id()))
  array[2] = 5
  luaunit.assertEquals(same:values(), {1, 5})
  local name = support.queue_name("array")
  local named <close> = assert(billiard.array("i", {1, 2}, {name = name}))
  local again <close> = assert(billiard.array("i", {8, 9}, {name = name}))
  luaunit.assertEquals(again:values(), {1, 2})
  assert_failure("EXISTS", billiard.array("i", 3, {name = name}))
end

TestMisuse = {}

function TestMisuse.test_released_objects()
  local objects = {
    billiard.segment(), billiard.memory(1), billiard.lock(), billiard.rlock(),
    billiard.semaphore(), billiard.event(), billiard.condition(), billiard.barrier(1),
    billiard.value("i"), billiard.array("i", 1),
  }
  luaunit.assertEquals(#objects, 10)
  for _, object in ipairs(objects) do
    object:release()
    object:release()
    for name, call in pairs(getmetatable(object)) do
      if not name:find "^__" and name ~= "release" and name ~= "adopt" then
        assert_misuse({"released"}, call, object, 1, 1, 1)
      end
    end
    luaunit.assertIsString(tostring(object))
  end
end

function TestMisuse.test_options_and_arguments()
  assert_misuse({"'lock'", "no such option", "fif"}, billiard.lock, {fif = true})
  assert_misuse({"'fifo'", "boolean"}, billiard.lock, {fifo = 1})
  assert_misuse({"'name'"}, billiard.event, {name = 7})
  assert_misuse({"'segment'"}, billiard.event, {segment = billiard.lock()})
  assert_misuse({"parties"}, billiard.barrier, 1.5)
  assert_misuse({"'action'"}, billiard.barrier, 1, {action = 7})
  assert_misuse({"#1", "type"}, billiard.value, 7)
  assert_misuse({"#2", "length"}, billiard.array, "i", 1.5)
  assert_misuse({"kind"}, billiard.attach, "pool", 1)
  assert_misuse({"id"}, billiard.attach, "lock", -1)
  local lock <close> = assert(billiard.lock())
  assert_misuse({"timeout"}, lock.acquire, lock, "1")
  assert_misuse({"interrupt"}, lock.acquire, lock, 1, 7)
  local line = debug.getinfo(1, "l").currentline + 1
  local function wrong() lock:acquire("1") end
  luaunit.assertStrContains(select(2, pcall(wrong)), "shared_value_test.lua:" .. line .. ":")
end

os.exit(luaunit.LuaUnit.run())
