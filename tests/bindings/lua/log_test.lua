-- The library's logger, in hosts and workers.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local log <const> = billiard.log

-- The lines that are logged while `run` does, without others than those that match.
local function logged(pattern, run)
  local path = os.tmpname()
  assert(log.to_file(path, "info"))
  run()
  log.stop()
  local lines = {}
  for line in io.lines(path) do
    if line:find(pattern) then lines[#lines + 1] = line end
  end
  os.remove(path)
  table.sort(lines)
  return lines
end

TestLog = {}

function TestLog.test_lines_of_host_and_worker()
  local lines = logged("here", function()
    log.write("info", "here")
    log.write("debug", "not here")
    local pool <close> = assert(billiard.pool {
      workers = 1, tasks = {say = function() log.write("error", "there") end},
    })
    pool:apply("say")
  end)
  luaunit.assertEquals(lines, {"[ERROR/ForkPoolWorker-1] there", "[INFO/MainProcess] here"})
end

function TestLog.test_json_lines()
  log.set_format(log.FORMAT_JSON)
  local lines = logged("quo", function() log.write("warning", 'say "quo"') end)
  log.set_format("")
  luaunit.assertEquals(#lines, 1)
  luaunit.assertStrContains(lines[1], '"level":"WARNING"')
  luaunit.assertStrContains(lines[1], [["message":"say \"quo\""]])
end

function TestLog.test_failing_callbacks()
  local lines = logged("callback", function()
    local pool <close> = assert(billiard.pool {workers = 1, tasks = {echo = function(x) return x end}})
    local called = false
    assert(pool:submit {task = "echo", callback = function()
      called = true
      error("on purpose", 0)
    end})
    while not called do assert(pool:pump(1)) end
  end)
  luaunit.assertEquals(lines, {"[ERROR/MainProcess] Pool callback raised exception: on purpose"})
end

function TestLog.test_formats_levels_and_names()
  log.set_format("%(levelname)s %(name)s %(processName)s: %(message)s")
  log.set_name("own")
  log.set_process_name("Renamed")
  luaunit.assertEquals(log.process_name(), "Renamed")
  local lines = logged(".", function()
    log.set_level(7)
    luaunit.assertEquals(log.level(), 7)
    luaunit.assertTrue(log.enabled("debug"))
    luaunit.assertFalse(log.enabled("subdebug"))
    log.write("debug", "one")
  end)
  log.set_format("")
  log.set_process_name("MainProcess")
  luaunit.assertEquals(lines, {"DEBUG own Renamed: one"})
  luaunit.assertFalse(log.enabled("error"))
end

function TestLog.test_misuse()
  support.assert_misuse({"to_stderr", "loud"}, log.to_stderr, "loud")
  support.assert_misuse({"level", "-1"}, log.set_level, -1)
  support.assert_misuse({"string expected"}, log.write, "info", 7)
  support.assert_failure("OS", log.to_file("/nonexistent/log"))
end

function TestLog.test_a_pool_has_a_name()
  local pool <close> = assert(billiard.pool {
    workers = 1, pool_name = "crawlers", lost_worker_timeout = 5,
    tasks = {
      command_line = function()
        local file <close> = assert(io.open("/proc/self/cmdline"))
        return (file:read("a"):gsub("\0", " "))
      end,
    },
  })
  luaunit.assertStrContains(pool:apply("command_line"), "crawlers")
end

os.exit(luaunit.LuaUnit.run())
