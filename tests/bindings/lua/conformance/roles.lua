-- What an assistant does: main.lua NONCE --assist ROLE NAME [ARGUMENTS].

local billiard = require "billiard"
local support = require "conformance.support"

local roles = {}

local LIMIT <const> = 30 -- seconds that a role waits at most

local function say(...)
  io.stdout:write(table.concat({...}, " "), "\n")
  io.stdout:flush()
end

local function say_and_stay(...)
  say(...)
  io.stdin:read("a")
end

function roles.hold_lock(name)
  local lock <close> = assert(billiard.lock {name = name})
  local held <close> = assert(lock:hold())
  say_and_stay("held")
end

function roles.hold_unit(name)
  local semaphore <close> = assert(billiard.semaphore(1, {name = name, tracked = true}))
  local held <close> = assert(semaphore:hold())
  say_and_stay("held")
end

function roles.wait_event(name)
  local event <close> = assert(billiard.event {name = name})
  say("ready")
  say(tostring(event:wait(LIMIT) or false))
end

function roles.set_event(name)
  local event <close> = assert(billiard.event {name = name})
  assert(event:set())
  say("done")
end

function roles.wait_condition(name)
  local condition <close> = assert(billiard.condition {name = name})
  local notified
  do
    local held <close> = assert(condition:hold())
    say("ready")
    notified = condition:wait(LIMIT)
  end
  say(tostring(notified or false))
end

function roles.wait_barrier(name)
  local barrier <close> = assert(billiard.barrier(2, {name = name}))
  say("ready")
  local index, _, code = barrier:wait(LIMIT)
  say(tostring(index or code))
end

function roles.add(name, count)
  local value <close> = assert(billiard.value("q", 0, {name = name}))
  for _ = 1, math.tointeger(count) do assert(value:add(1)) end
  say("done")
end

function roles.take(name)
  local queue <close> = assert(billiard.queue {name = name, delivery = "at_least_once"})
  local message <close> = assert(queue:take()) -- not acknowledged
  say_and_stay("held")
end

function roles.host_pool(name)
  local queue <close> = assert(billiard.queue {name = name})
  local pool <close> = support.pool(1)
  local held = assert(pool:apply_async("take", name))
  support.wait_until_begun(pool, held:job())
  local queued = assert(pool:apply_async("echo", 1))
  say_and_stay("busy")
  queued:discard()
end

function roles.echo_client(address, key)
  local connection <close>, message, code = billiard.client(address, {authkey = key})
  if code == "AUTHENTICATION" then return say_and_stay(code) end
  assert(connection, message)
  while true do
    local value, problem, why = connection:recv()
    if why == "END_OF_STREAM" then break end
    assert(problem == nil, problem)
    assert(connection:send(value))
  end
  io.stdin:read("a")
end

-- Acquires, counts a dead holder, and runs the change.
local function locked(object, recovered, change)
  local held <close> = assert(object:hold())
  if held.recovered then recovered.count = recovered.count + 1 end
  change()
end

-- One of several processes that change the same objects.
function roles.together(name, parties, finishers, rounds)
  local lock <close> = assert(billiard.lock {name = name .. "-lock"})
  local event <close> = assert(billiard.event {name = name .. "-event"})
  local start <close> =
    assert(billiard.barrier(math.tointeger(parties), {name = name .. "-start"}))
  local finish <close> =
    assert(billiard.barrier(math.tointeger(finishers), {name = name .. "-end"}))
  local queue <close> = assert(billiard.queue {name = name .. "-queue"})
  local value <close> = assert(billiard.value("q", 0, {name = name .. "-value"}))
  local array <close> = assert(billiard.array("q", 3, {name = name .. "-array"}))
  say("ready")
  assert(event:wait())
  assert(start:wait())
  local sum, recovered = 0, {count = 0}
  for round = 1, math.tointeger(rounds) do
    assert(queue:put(round))
    locked(lock, recovered, function() array[1] = array[1] + 1 end)
    locked(array, {count = 0}, function() array[2] = array[2] + 1 end)
    assert(value:add(1))
    sum = sum + assert(queue:get())
  end
  locked(lock, recovered, function() array[3] = array[3] + sum end)
  assert(finish:wait())
  say_and_stay(array[1], array[2], value.value, array[3], "size=" .. #queue,
    "recovered=" .. recovered.count)
end

-- One that dies while it holds their lock.
function roles.hold_together(name, parties)
  local lock <close> = assert(billiard.lock {name = name .. "-lock"})
  local event <close> = assert(billiard.event {name = name .. "-event"})
  local start <close> =
    assert(billiard.barrier(math.tointeger(parties), {name = name .. "-start"}))
  say("ready")
  assert(event:wait())
  assert(lock:acquire())
  assert(start:wait())
  say_and_stay("held")
  assert(lock:unlock())
end

return roles
