-- The documented examples work as they stand. (The main job has its own test, tests/main_job.)

local luaunit = require "luaunit"

TestExamples = {}

local function lines_of(source)
  local command = ("'%s' - 2>&1 <<'END'\n%s\nEND"):format(arg[-1], source)
  local output <close> = assert(io.popen(command))
  local lines = {}
  for line in output:lines() do lines[#lines + 1] = line end
  return lines
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

function TestExamples.test_the_first_one_of_the_readme()
  local source = read("bindings/lua/README.md"):match("```lua\n(.-)```")
  luaunit.assertEquals(lines_of(source), {"SIX!", "RED!", "BALLS!"})
end

function TestExamples.test_event_loop()
  luaunit.assertEquals(lines_of(read("bindings/lua/examples/event_loop.lua")), {"primes=2262,1709"})
end

function TestExamples.test_shared_counters()
  luaunit.assertEquals(lines_of(read("bindings/lua/examples/shared_counters.lua")), {
    "the lock's holder: other", "it died; the counts are made good", "its job: WORKER_LOST",
    "red\t2000", "black\t2000", "white\t2000", "total\t6000\t6000",
  })
end

function TestExamples.test_the_readmes_shared_objects()
  local source = read("bindings/lua/README.md"):match("## Shared objects.-```lua\n(.-)```")
  luaunit.assertEquals(lines_of(source), {"1000", "2 5"})
end

function TestExamples.test_the_readmes_many_items()
  local source = read("bindings/lua/README.md"):match("## Many items.-```lua\n(.-)```")
  local lines = lines_of(source)
  luaunit.assertEquals(table.move(lines, 1, 3, 1, {}), {"2 4 6", "1\t8", "2\t10"})
  luaunit.assertStrContains(lines[4], "attempt to mul")
end

-- A program of its own, which its child is too.
function TestExamples.test_processes()
  local program <close> = assert(io.popen(("'%s' bindings/lua/examples/processes.lua"):format(arg[-1])))
  luaunit.assertEquals(program:read("a"), "total\t30\texit code\t0\n")
end

os.exit(luaunit.LuaUnit.run())
