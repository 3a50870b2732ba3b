-- The workloads of benchmarks/README.md through the Lua layer.
--   workloads WORKLOAD [--name=number]...
-- Lua has no fork and no kill, so there is no workload `kill`, and the other processes are workers of a pool, which shares what was made before it.

local billiard = require "billiard"
local measure = require "measure"

local name <const>, given <const> = measure.arguments(arg)
local workloads = {}

local function throughput(run) measure.report(name, measure.throughput(given.seconds, run)) end
local function latency(run) measure.report(name, measure.latency(given.seconds, run)) end

local function new_pool(workers)
  return assert(billiard.pool {
    workers = workers,
    tasks = {no_op = function() return true end, add_one = function(n) return n + 1 end},
  })
end

local function ready_pool(workers)
  local pool = new_pool(workers)
  assert(pool:wait_ready())
  return pool
end

-- Runs bodies[i](i) in a process each, which ends with the pool that this returns.
local function processes(bodies)
  if #bodies == 0 then return setmetatable({}, {__close = function() end}) end
  local pool = assert(billiard.pool {
    workers = #bodies,
    tasks = {body = function(index) return bodies[index](index) end},
  })
  for index = 1, #bodies do assert(pool:apply_async("body", index)) end
  return pool
end

local function repeated(body, count)
  local bodies = {}
  for index = 1, count do bodies[index] = body end
  return bodies
end

function workloads.pool()
  local pool <close> = ready_pool(given.workers)
  local bytes <const>, window <const> = ("x"):rep(given.bytes), given.in_flight
  throughput(function(items)
    local flying = {}
    for index = 1, items do
      flying[index] = assert(pool:apply_async("no_op", bytes))
      local oldest = index - window + 1
      if oldest > 0 then
        assert(flying[oldest]:get())
        flying[oldest] = nil
      end
    end
    for index = math.max(1, items - window + 2), items do assert(flying[index]:get()) end
  end)
end

function workloads.apply()
  local pool <close> = ready_pool(1)
  local bytes <const> = ("x"):rep(given.bytes)
  latency(function() assert(pool:apply("no_op", bytes)) end)
end

function workloads.map()
  local pool <close> = ready_pool(given.workers)
  local numbers = {}
  for index = 1, given.items do numbers[index] = 3 end
  latency(function()
    local sum = 0
    for _, value in ipairs(assert(pool:map("add_one", numbers))) do sum = sum + value end
    assert(sum == 4 * #numbers)
  end)
end

local function queue_for(bytes)
  return assert(billiard.queue {capacity = bytes > 65536 and 16 or 1000})
end

function workloads.queue()
  local queue, data = queue_for(given.bytes), ("x"):rep(given.bytes)
  local producer <close> = processes {function() while true do assert(queue:put_bytes(data)) end end}
  throughput(function(items)
    for _ = 1, items do assert(queue:get_bytes()) end
  end)
end

function workloads.queue_in_place()
  local queue, size = queue_for(given.bytes), given.bytes
  local producer <close> = processes {function()
    while true do
      local reserved <close> = assert(queue:reserve(size))
      assert(reserved:commit())
    end
  end}
  throughput(function(items)
    for _ = 1, items do
      local message <close> = assert(queue:take())
      assert(message:ack())
    end
  end)
end

-- What other processes did, each in a line of its own.
local function new_counts() return assert(billiard.array("q", 8 * 17, {lock = false})) end
local function sum_of(counts)
  local sum = 0
  for index = 8, 8 * 17, 8 do sum = sum + counts[index] end
  return sum
end

-- `items` steps of all processes, of which this one does its part; it looks every 32 steps.
local function together(counts, items, step)
  local before, mine = sum_of(counts), 0
  while mine + sum_of(counts) - before < items do
    for _ = 1, 32 do step() end
    mine = mine + 32
  end
end

function workloads.queue_many()
  local queue, counts, data = queue_for(given.bytes), new_counts(), ("x"):rep(given.bytes)
  local bodies = repeated(function() while true do assert(queue:put_bytes(data)) end end, given.producers)
  for index = 1, math.min(given.consumers - 1, 16) do
    bodies[#bodies + 1] = function()
      local got = 0
      while true do
        assert(queue:get_bytes())
        got = got + 1
        counts[8 * index] = got
      end
    end
  end
  local others <close> = processes(bodies)
  throughput(function(items)
    together(counts, items, function() assert(queue:get_bytes()) end)
  end)
end

function workloads.ping_pong()
  local there, back = assert(billiard.queue {capacity = 10}), assert(billiard.queue {capacity = 10})
  local data = ("x"):rep(given.bytes)
  local other <close> = processes {function()
    while true do assert(back:put_bytes((assert(there:get_bytes())))) end
  end}
  latency(function()
    assert(there:put_bytes(data))
    assert(back:get_bytes())
  end)
end

local function pair_of_lock(lock)
  return function()
    assert(lock:acquire())
    assert(lock:unlock())
  end
end

local function pair_of_semaphore(semaphore)
  return function()
    assert(semaphore:acquire())
    assert(semaphore:post())
  end
end

local function alone(pair)
  throughput(function(items)
    for _ = 1, items do pair() end
  end)
end

local function contended(pair)
  local counts = new_counts()
  local others <close> = processes(repeated(function(index)
    local pairs_done = 0
    while true do
      pair()
      pairs_done = pairs_done + 1
      counts[8 * index] = pairs_done
    end
  end, math.min(given.processes - 1, 16)))
  throughput(function(items) together(counts, items, pair) end)
end

function workloads.lock() alone(pair_of_lock(assert(billiard.lock()))) end
function workloads.semaphore() alone(pair_of_semaphore(assert(billiard.bounded_semaphore(1)))) end
function workloads.lock_contended() contended(pair_of_lock(assert(billiard.lock()))) end
function workloads.semaphore_contended()
  contended(pair_of_semaphore(assert(billiard.bounded_semaphore(1))))
end

function workloads.event()
  local there, back = assert(billiard.event()), assert(billiard.event())
  local function await(event)
    assert(event:wait())
    assert(event:clear())
  end
  local other <close> = processes {function()
    while true do
      await(there)
      assert(back:set())
    end
  end}
  latency(function()
    assert(there:set())
    await(back)
  end)
end

function workloads.condition()
  local condition = assert(billiard.condition())
  local theirs = assert(billiard.value("i", 0, {lock = false}))
  local function hand_over(to)
    assert(condition:acquire())
    while theirs.value == to do assert(condition:wait()) end
    theirs.value = to
    assert(condition:notify())
    assert(condition:unlock())
  end
  local other <close> = processes {function() while true do hand_over(0) end end}
  latency(function()
    hand_over(1)
    assert(condition:acquire())
    while theirs.value == 1 do assert(condition:wait()) end
    assert(condition:unlock())
  end)
end

function workloads.pool_start()
  local starts, ends, finish = {}, {}, billiard.now() + given.seconds
  repeat
    local begun = billiard.now()
    local pool <close> = new_pool(given.workers)
    assert(pool:apply("no_op"))
    local first = billiard.now()
    assert(pool:close())
    assert(pool:join())
    starts[#starts + 1] = (first - begun) * 1e9
    ends[#ends + 1] = (billiard.now() - first) * 1e9
  until billiard.now() >= finish and #starts >= 5
  measure.report("pool_start", measure.of_samples(starts), "start")
  measure.report("pool_start", measure.of_samples(ends), "end")
end

function workloads.value_add()
  local value = assert(billiard.value("q", 0))
  throughput(function(items)
    for _ = 1, items do value:add(1) end
  end)
end

function workloads.value_locked_add()
  local value = assert(billiard.value("q", 0))
  throughput(function(items)
    for _ = 1, items do
      assert(value:acquire())
      value.value = value.value + 1
      assert(value:unlock())
    end
  end)
end

function workloads.array_copy()
  local data = ("x"):rep(given.bytes // 8 * 8)
  local array = assert(billiard.array("d", #data // 8, {lock = false}))
  throughput(function(items)
    for _ = 1, items do assert(array:set_bytes(data)) end
  end)
end

-- What stands still, to be looked at by benchmarks/driver/held.py.

local function stand_still(pool)
  local pids = {}
  for _, worker in ipairs(assert(pool:workers())) do pids[#pids + 1] = worker.pid end
  print(string.format('{"name": "%s", "state": "ready", "workers": [%s]}', name, table.concat(pids, ", ")))
  io.stdout:flush()
  io.read "a"
end

function workloads.idle()
  local pool <close> = ready_pool(given.workers)
  assert(pool:apply("no_op"))
  stand_still(pool)
end

function workloads.queued()
  local never <const> = assert(billiard.event())
  local pool <close> = assert(billiard.pool {
    workers = 1,
    tasks = {hang = function() return never:wait() end, no_op = function() return true end},
  })
  local jobs, bytes = {assert(pool:apply_async("hang"))}, ("x"):rep(given.bytes)
  for index = 1, given.items do jobs[index + 1] = assert(pool:apply_async("no_op", bytes)) end
  stand_still(pool)
end

-- Lua has no fork of its own, and a forked Lua state that does nothing is a worker.
workloads.floor = workloads.idle

if not workloads[name] then
  local names = {}
  for known in pairs(workloads) do names[#names + 1] = known end
  table.sort(names)
  io.stderr:write("usage: workloads WORKLOAD [--name=number]...; the workloads are: ",
    table.concat(names, " "), "\n")
  os.exit(2)
end
workloads[name]()
