-- Lua programs as workers: commands that serve, beside forked workers in one pool.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

local function command(...)
  local words = support.lua_command("command_worker.lua")
  for _, word in ipairs {...} do words[#words + 1] = word end
  return words
end

TestServe = {}

function TestServe.test_calls()
  local pool <close> = assert(billiard.pool {workers = 2, command = command()})
  for value = 1, 20 do luaunit.assertEquals(pool:apply("double", value), 2 * value) end
  luaunit.assertFalse(pool:apply("requested"))
  luaunit.assertEquals(pool:apply("serve_again"), "STATE")
  local message, detail = assert_failure("TASK_FAILED", pool:apply("fail"))
  luaunit.assertStrContains(message, "failed in a command")
  luaunit.assertStrContains(detail.backtrace, "command_worker.lua")
end

function TestServe.test_environment()
  local pool <close> = assert(billiard.pool {
    workers = 1, command = command(), environment = {BILLIARD_TEST = "a b=c", BILLIARD_EMPTY = ""},
  })
  luaunit.assertEquals(pool:apply("environment", "BILLIARD_TEST"), "a b=c")
  luaunit.assertEquals(pool:apply("environment", "BILLIARD_EMPTY"), "")
end

function TestServe.test_a_lost_worker_is_replaced()
  local pool <close> = assert(billiard.pool {workers = 1, command = command()})
  local _, detail = assert_failure("WORKER_LOST", pool:apply("exit", 7))
  luaunit.assertEquals(detail.exit_status, 7)
  luaunit.assertEquals(pool:apply("double", 4), 8)
end

function TestServe.test_limits_and_recycling()
  local left = {}
  local pool <close> = assert(billiard.pool {
    workers = 1, command = command(), max_tasks_per_child = 2,
    on_process_down = function(worker) left[#left + 1] = worker.exit_status end,
  })
  local result = assert(pool:submit {task = "spin", soft_time_limit = 0.1})
  local _, detail = assert_failure("TASK_FAILED", result:get())
  luaunit.assertEquals(detail.class, "SoftTimeLimitExceeded")
  luaunit.assertEquals(pool:apply("double", 4), 8) -- the worker's second job
  luaunit.assertEquals(pool:apply("double", 5), 10)
  support.wait_until(function()
    assert(pool:pump(1))
    return left[1]
  end)
  luaunit.assertEquals(left[1], 155)
end

-- The first failure of making a pool of that command and waiting for it.
local function try_command(words)
  local pool <close>, message, code =
    billiard.pool {workers = 1, command = words, max_boot_failures = 2}
  if not pool then return nil, message, code end
  return pool:wait_ready()
end

function TestServe.test_a_broken_command()
  luaunit.assertStrContains(assert_failure("POOL_FAILED", try_command(command("broken"))),
    "broken command")
end

function TestServe.test_a_missing_program()
  local missing = {command()[1], "/nonexistent/program.lua"}
  luaunit.assertStrContains(assert_failure("POOL_FAILED", try_command(missing)), "exitcode 1")
end

function TestServe.test_outside_of_a_pool()
  luaunit.assertFalse(billiard.worker_requested())
  local output <close> = assert(io.popen(table.concat(command(), " ")))
  luaunit.assertEquals(output:read("l"), "not started by a pool")
end

function TestServe.test_names_known_before_the_first_worker_is_ready()
  local names = {"double", "environment", "exit", "fail", "requested", "serve_again", "spin"}
  local pool <close> = assert(billiard.pool {workers = 1, command = command(), tasks = names})
  assert_failure("UNKNOWN_TASK", pool:apply_async("triple", 1))
  luaunit.assertEquals(assert(pool:apply_async("double", 1)):get(), 2)
end

function TestServe.test_names_that_the_command_does_not_have()
  local function make_and_apply()
    local pool <close>, message, code = billiard.pool {
      workers = 1, command = command(), tasks = {"triple"}, max_boot_failures = 2,
    }
    if not pool then return nil, message, code end
    return pool:apply("triple", 1)
  end
  assert_failure("POOL_FAILED", make_and_apply())
end

TestMixedPool = {}

local gate <const> = assert(billiard.queue())

local function mixed_pool()
  local pool = assert(billiard.pool {
    groups = {
      {
        name = "forked", workers = 1,
        tasks = {take = function() return gate:get() end, triple = function(n) return 3 * n end},
      },
      {name = "commands", workers = 1, command = command()},
    },
  })
  assert(pool:wait_ready())
  return pool
end

function TestMixedPool.test_each_task_finds_its_group()
  local pool <close> = mixed_pool()
  luaunit.assertEquals(pool:apply("triple", 2), 6)
  luaunit.assertEquals(pool:apply("double", 2), 4)
  assert_failure("UNKNOWN_TASK", pool:apply("quadruple", 2))
end

function TestMixedPool.test_busy_forked_workers_block_no_command()
  local pool <close> = mixed_pool()
  local waiting = assert(pool:apply_async("take"))
  support.busy_worker(pool, waiting:job())
  for value = 1, 10 do luaunit.assertEquals(pool:apply("double", value), 2 * value) end
  luaunit.assertFalse(waiting:ready())
  assert(gate:put("go"))
  luaunit.assertEquals(waiting:get(), "go")
end

os.exit(luaunit.LuaUnit.run())
