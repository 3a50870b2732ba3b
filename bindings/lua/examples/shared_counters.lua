-- Workers that share a value, an array with its lock, events and a barrier. One is killed while it
-- holds the lock: the next to take it is told, and the others go on.

local billiard = require "billiard"

local words <const> = {"red", "black", "white"}

local blocked <const> = assert(billiard.event())
local go <const> = assert(billiard.event())
local meet <const> = assert(billiard.barrier(2))
local total <const> = assert(billiard.value("q")) -- counted atomically
local counts <const> = assert(billiard.array("i", #words)) -- changed under its lock

local tasks = {}

-- Counts each word `times` times.
function tasks.count(times)
  assert(go:wait())
  assert(meet:wait()) -- both begin at once
  for round = 1, times do
    local index = round % #words + 1
    do
      local held <close> = assert(counts:hold())
      counts[index] = counts[index] + 1
    end
    assert(total:add(1))
  end
  return times
end

-- Takes the lock and never gives it back.
function tasks.block()
  assert(counts:acquire())
  assert(blocked:set())
  assert(billiard.event()):wait()
end

local pool <close> = assert(billiard.pool {workers = 3, tasks = tasks})
local jobs = {}
for index = 1, 2 do jobs[index] = assert(pool:apply_async("count", 3000)) end
local blocker = assert(pool:apply_async("block"))

assert(blocked:wait())
local pid, who = assert(counts:lock()):holder()
print("the lock's holder: " .. who)
os.execute("kill -s KILL " .. pid)
do
  local held <close> = assert(counts:hold())
  if held.recovered then print("it died; the counts are made good") end
  assert(counts:fill(0))
end
print("its job: " .. select(3, blocker:get()))
assert(go:set())

local jobs_done = 0
for _, job in ipairs(jobs) do jobs_done = jobs_done + assert(job:get()) end
for index, word in ipairs(words) do print(word, counts[index]) end
print("total", total.value, jobs_done)
