-- Statistics of a pool that another program has.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_failure <const> = support.assert_failure

-- Calls body(pid, job) with another program that has a busy pool, and kills that.
local function with_host(body)
  local command = table.concat(support.lua_command("watched_program.lua"), " ")
  local output <close> = assert(io.popen(command .. " 2>&1"))
  local pid, job = assert(output:read("n")), assert(output:read("n"))
  local killed <close> = setmetatable({}, {__close = function() support.kill(pid) end})
  return body(pid, job)
end

TestPoolWatch = {}

function TestPoolWatch.test_a_stopped_program()
  with_host(function(pid, job)
    support.kill(pid, "STOP") -- nobody there to answer
    local busy <close> = assert(billiard.watch_pool(pid))
    local stats = assert(busy:stats())
    luaunit.assertEquals({stats.submitted, stats.succeeded, stats.running, stats.queued}, {3, 1, 1, 1})
    local odd, even = table.unpack(assert(busy:workers()))
    luaunit.assertEquals({odd.group, odd.state, odd.job}, {"odd", "idle", nil})
    luaunit.assertEquals({even.group, even.state, even.job}, {"even", "busy", job})
    luaunit.assertTrue(support.alive(even.pid))
    luaunit.assertTrue(even.memory > 0)
    local idle <close> = assert(billiard.watch_pool(pid, 1))
    luaunit.assertEquals(idle:stats().ready, 1)
    assert_failure("NOT_FOUND", billiard.watch_pool(pid, 2))
  end)
end

function TestPoolWatch.test_the_end_of_the_program_is_told()
  local watch = with_host(function(pid) return assert(billiard.watch_pool(pid)) end)
  support.wait_until(function() return not watch:stats() end)
  luaunit.assertStrContains(assert_failure("CLOSED", watch:stats()), "has ended")
  watch:release()
  watch:release()
  luaunit.assertStrContains(tostring(watch), "released")
  support.assert_misuse({"workers", "released"}, watch.workers, watch)
end

function TestPoolWatch.test_misuse()
  support.assert_misuse({"watch_pool", "pid", "string"}, billiard.watch_pool, "1")
  support.assert_misuse({"pid", "0"}, billiard.watch_pool, 0)
  support.assert_misuse({"index", "-1"}, billiard.watch_pool, 1, -1)
end

os.exit(luaunit.LuaUnit.run())
