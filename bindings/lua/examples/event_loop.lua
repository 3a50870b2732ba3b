-- Coroutines that wait for jobs, on a loop in a dozen lines.
--
-- `result:await()` yields its result; the loop sleeps in `pool:drain`, which returns the results
-- that have come, and resumes the coroutines that wait for them. In a program that has an event
-- loop already, let it watch `pool:fd()` and call `pool:drain()` when that is readable.

local billiard = require "billiard"

local pool <close> = assert(billiard.pool {
  workers = 2,
  notify = true, -- jobs announce their end
  tasks = {
    count_primes = function(from, to)
      local count = 0
      for candidate = math.max(from, 2), to do
        local prime = true
        for divisor = 2, math.floor(candidate ^ 0.5) do
          if candidate % divisor == 0 then prime = false break end
        end
        if prime then count = count + 1 end
      end
      return count
    end,
  },
})

local waiting, living = {}, 0 -- coroutine by the result it waits for; how many are not finished

local function resume(thread)
  local ok, result = coroutine.resume(thread)
  assert(ok, result)
  if coroutine.status(thread) == "dead" then
    living = living - 1
  else
    waiting[result] = thread
  end
end

local function spawn(body)
  living = living + 1
  resume(coroutine.create(body))
end

local function run()
  while living > 0 do
    for _, result in ipairs(assert(pool:drain(math.huge))) do
      local thread = waiting[result]
      waiting[result] = nil
      if thread then resume(thread) end
    end
  end
end

-- Each coroutine reads like a program of its own: its second job starts when the first has ended.
local sums = {}
for index, from in ipairs {1, 100001} do
  spawn(function()
    local first = assert(pool:apply_async("count_primes", from, from + 9999))
    sums[index] = assert(first:await())
    local second = assert(pool:apply_async("count_primes", from + 10000, from + 19999))
    sums[index] = sums[index] + assert(second:await())
  end)
end
run()
print(("primes=%d,%d"):format(sums[1], sums[2]))
