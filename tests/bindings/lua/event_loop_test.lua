-- Pools without a thread of the library, driven by the program's own loop; and forks anew.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

local function pool_of(more)
  local options = {
    workers = 2,
    threads = false,
    tasks = {
      echo = function(value) return value end,
      spin = function() while true do end end,
      die = function() os.execute("kill -s KILL $PPID") end,
    },
  }
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options))
end

-- The program's loop: it polls the descriptor, and pumps when that is readable.
local function loop_until(pool, done)
  while not done() do
    assert(billiard.poll {pool:fd()})
    assert(pool:handle_result_event())
  end
end

TestEventLoop = {}

function TestEventLoop.test_jobs_limits_and_deaths()
  local pool <close> = pool_of()
  local said, count = {}, 0
  local function tell(name)
    return function(outcome)
      said[name], count = outcome, count + 1
    end
  end
  assert(pool:submit {task = "echo", args = {7}, callback = tell "echo"})
  assert(pool:submit {task = "spin", time_limit = 0.1, error_callback = tell "hard"})
  assert(pool:submit {task = "spin", soft_time_limit = 0.1, error_callback = tell "soft"})
  assert(pool:submit {task = "die", error_callback = tell "lost"})
  assert(pool:map_async("echo", {1, 2}, {callback = tell "map"}))
  loop_until(pool, function() return count == 5 end)
  luaunit.assertEquals(said.echo, 7)
  luaunit.assertEquals(said.hard.code, "TIME_LIMIT")
  luaunit.assertEquals(said.soft.class, "SoftTimeLimitExceeded")
  luaunit.assertEquals(said.lost.code, "WORKER_LOST")
  luaunit.assertEquals(said.map, {1, 2, n = 2})
end

function TestEventLoop.test_waits_step_by_themselves()
  local pool <close> = pool_of()
  luaunit.assertTrue(pool:wait_ready())
  luaunit.assertEquals(pool:apply("echo", 1), 1)
  assert_failure("WORKER_LOST", pool:apply("die"))
  luaunit.assertEquals(pool:map("echo", {1, 2, 3}), {1, 2, 3, n = 3})
  local sum = 0
  for _, value in assert(pool:imap("echo", {1, 2, 3})) do sum = sum + value end
  luaunit.assertEquals(sum, 6)
  luaunit.assertTrue(pool:step())
  luaunit.assertTrue(pool:close())
  luaunit.assertTrue(pool:join())
end

function TestEventLoop.test_terminate_alone()
  local pool <close> = pool_of()
  local result = assert(pool:apply_async("spin"))
  assert(pool:terminate())
  assert(pool:join())
  assert_failure("TERMINATED", result:get(0))
end

function TestEventLoop.test_step_is_for_pools_without_threads()
  local pool <close> = pool_of {threads = true}
  assert_failure("STATE", pool:step())
end

-- The loop has more to do than the pool: it also takes what the workers report.
function TestEventLoop.test_a_loop_over_several_descriptors()
  local reports = assert(billiard.queue())
  local pool <close> = pool_of {
    tasks = {
      report = function(number)
        assert(reports:put(number))
        return number
      end,
    },
  }
  local ended, reported = 0, 0
  for number = 1, 10 do
    assert(pool:submit {task = "report", args = {number}, callback = function() ended = ended + 1 end})
  end
  local serve = {
    [pool:fd()] = function() assert(pool:pump()) end,
    [reports:fd()] = function()
      while reports:get(0) do reported = reported + 1 end
    end,
  }
  local descriptors = {pool:fd(), reports:fd()}
  while ended < 10 or reported < 10 do
    for _, descriptor in ipairs(assert(billiard.poll(descriptors))) do serve[descriptor]() end
  end
end

TestPoll = {}

function TestPoll.test_what_ends_it()
  local queue <close> = assert(billiard.queue())
  local began = billiard.now()
  luaunit.assertEquals(billiard.poll({queue:fd()}, 0.12), {})
  luaunit.assertTrue(billiard.now() - began >= 0.12)
  luaunit.assertEquals(billiard.poll({}, 0), {})
  local token = billiard.interrupt()
  token:raise()
  assert_failure("INTERRUPTED", billiard.poll({queue:fd()}, nil, token))
  assert(queue:put(1))
  luaunit.assertEquals(billiard.poll {queue:fd()}, {queue:fd()})
end

function TestPoll.test_misuse()
  support.assert_misuse({"poll", "table"}, billiard.poll, 3)
  support.assert_misuse({"descriptor 2", "string"}, billiard.poll, {1, "2"})
  support.assert_misuse({"descriptor 1", "-1"}, billiard.poll, {-1})
  support.assert_misuse({"timeout"}, billiard.poll, {}, "1")
end

TestRefork = {}

function TestRefork.test_new_workers_have_what_changed()
  local word = "old"
  local pool <close> = assert(billiard.pool {
    workers = 1, tasks = {word = function() return word end},
  })
  luaunit.assertEquals(pool:apply("word"), "old")
  word = "new"
  luaunit.assertTrue(pool:refork())
  support.wait_until(function() return pool:apply("word") == "new" end)
end

os.exit(luaunit.LuaUnit.run())
