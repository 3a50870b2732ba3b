-- Run by waiting_test.lua: waits for ever in the way that its argument names; a second argument is
-- the name of what it waits for.
-- First it prints its pid, its worker's pid, and "waiting".

local billiard = require "billiard"

local gate <const> = assert(billiard.queue())
local pool <close> = assert(billiard.pool {
  workers = 1,
  notify = true,
  tasks = {take = function() return gate:get() end},
})

local function my_pid()
  local file <close> = assert(io.open("/proc/self/stat"))
  return file:read("n")
end

local waits = {}

function waits.get(result)
  result:get()
end

function waits.timeout(result)
  result:wait(3600)
end

function waits.queue()
  assert(billiard.queue()):get()
end

function waits.join()
  pool:close()
  pool:join()
end

function waits.drain()
  pool:drain(3600)
end

function waits.lock()
  local lock = assert(billiard.lock())
  lock:acquire()
  lock:acquire()
end

function waits.named_lock()
  assert(billiard.lock {name = arg[2]}):acquire()
end

function waits.named_semaphore()
  assert(billiard.semaphore(0, {name = arg[2]})):acquire()
end

function waits.named_queue()
  assert(billiard.queue {name = arg[2]}):get()
end

function waits.named_queue_take()
  assert(billiard.queue {name = arg[2]}):take()
end

function waits.named_queue_many()
  assert(billiard.queue {name = arg[2]}):get_many(5)
end

function waits.semaphore()
  assert(billiard.semaphore(0)):acquire()
end

function waits.event()
  assert(billiard.event()):wait()
end

function waits.barrier()
  assert(billiard.barrier(2)):wait()
end

function waits.value()
  assert(billiard.value("i", 0)):wait(0)
end

function waits.unfinished()
  local queue = assert(billiard.joinable_queue())
  queue:put(1)
  queue:join()
end

-- The lock is held again when the error comes out.
function waits.condition()
  local condition = assert(billiard.condition {name = arg[2]})
  condition:acquire()
  local _, problem = pcall(condition.wait, condition)
  print("held " .. tostring(condition:unlock()))
  error(problem, 0)
end

-- The interpreter's hook can not run in here: the wait ends with a code. "waiting" is said inside,
-- so that the signal never comes earlier.
waits["coroutine"] = function(result)
  coroutine.wrap(function()
    print("waiting")
    print("code " .. select(3, result:get()))
  end)()
end

local result = assert(pool:apply_async("take"))
io.stdout:setvbuf("line")
assert(pool:wait_ready())
print(my_pid())
print(assert(pool:workers())[1].pid)
if arg[1] ~= "coroutine" then print("waiting") end
waits[arg[1]](result)
