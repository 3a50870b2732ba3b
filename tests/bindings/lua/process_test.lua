-- Process objects, contexts and finalizers, beyond the scenarios of bindings/conformance. This file is also
-- the program that its spawned processes run.

local billiard = require "billiard"

billiard.entry("exit_with", function(code) os.exit(code) end)
billiard.entry("fail_with_table", function()
  error(setmetatable({message = "boom"}, {__name = "Oops"}))
end)
billiard.entry("count_arguments", function(...) os.exit(select("#", ...)) end)
billiard.entry("touch_all", function(queue, lock, rlock, semaphore, event, condition, barrier, array, memory)
  assert(lock:acquire())
  assert(lock:unlock())
  assert(rlock:acquire())
  assert(rlock:unlock())
  assert(semaphore:acquire(0))
  assert(condition:acquire())
  assert(condition:unlock())
  array[1] = 7
  assert(memory:write(1, "child"))
  assert(event:set())
  assert(queue:put(barrier:parties()))
end)
billiard.entry("descriptor", function()
  local fds = billiard.current_process():inherited_fds()
  local connection <close> = assert(billiard.connection(fds[1]))
  assert(connection:send {#fds, billiard.start_method {allow_unset = true}})
end)
billiard.freeze_support()

local luaunit = require "luaunit"
local support = require "support"

local failed <const>, misuse <const> = support.assert_failure, support.assert_misuse

-- Its exit code.
local function ended(options)
  local process <close> = assert(billiard.process(options))
  assert(process:start())
  assert(process:join())
  return process:exit_code()
end

-- What children write to standard error while `run` does.
local function standard_error(run)
  local path = os.tmpname()
  local program = ("exec 2>'%s'; "):format(path)
  run(program)
  local file <close> = assert(io.open(path))
  os.remove(path)
  return file:read("a")
end

-- This file, or a piece of Lua, as a command whose standard error goes to a file.
local function command(redirection, piece)
  local quoted = piece:gsub("'", "'\\''")
  return {"/bin/sh", "-c", ("%sexec '%s' -e '%s'"):format(redirection, arg[-1], quoted)}
end

TestProcess = {}

-- PROC-30 ... PROC-36, with every start method
function TestProcess.test_exit_codes()
  for _, method in ipairs(billiard.start_methods()) do
    local function exit_code(code)
      return ended {entry = "exit_with", args = {code, n = 1}, start_method = method}
    end
    luaunit.assertEquals({exit_code(nil), exit_code(true), exit_code(false), exit_code(7), exit_code(265),
      exit_code("text"), exit_code({})}, {0, 0, 1, 7, 9, 1, 1}, method)
    luaunit.assertEquals(ended {entry = "fail_with_table", start_method = method}, 1)
  end
  luaunit.assertEquals(ended {target = function() return 5 end}, 0)
end

-- PROC-34 ... PROC-36
function TestProcess.test_what_is_said_of_errors()
  local text = standard_error(function(redirection)
    luaunit.assertEquals(ended {command = command(redirection, [[
      local billiard = require "billiard"
      local parting = setmetatable({}, {__tostring = function() return "so long" end})
      for _, target in ipairs {
        function() error("boom") end, function() os.exit("good bye") end, function() os.exit(parting) end,
      } do
        local process = assert(billiard.process {target = target, name = "Worker bee"})
        assert(process:start())
        assert(process:join())
      end]])}, 0)
  end)
  luaunit.assertStrContains(text, "Process Worker bee:\n")
  luaunit.assertStrContains(text, "boom\nstack traceback:\n")
  luaunit.assertStrMatches(text, ".*\ngood bye\nso long\n")
end

function TestProcess.test_closures_and_arguments()
  local queue <close> = assert(billiard.queue())
  local list <const> = {1}
  local process <close> = assert(billiard.process {
    target = function(number, given) assert(queue:put(number + #given)) end, args = {40, list},
  })
  list[2] = 2
  assert(process:start())
  luaunit.assertEquals(queue:get(), 42) -- the table is the child's copy of that moment
  assert(process:join())
  luaunit.assertEquals(ended {entry = "count_arguments", args = {nil, 1, nil, n = 3}, start_method = "spawn"}, 3)
end

-- Output is written once, whichever side flushes (PROC-20).
function TestProcess.test_buffers_are_not_written_twice()
  local pipe <close> = assert(io.popen(("'%s' -e '%s'"):format(arg[-1], [[
    local billiard = require "billiard"
    io.stdout:setvbuf("full")
    io.stdout:write("parent ")
    local process = assert(billiard.process {target = function() io.stdout:write("child ") end})
    assert(process:start())
    assert(process:join())
    io.stdout:write("end")]])))
  luaunit.assertEquals(pipe:read("a"), "parent child end")
end

-- G-CTX-1
function TestProcess.test_objects_as_arguments()
  for _, method in ipairs(billiard.start_methods()) do
    local queue <close> = assert(billiard.queue())
    local event <close> = assert(billiard.event())
    local semaphore <close> = assert(billiard.semaphore(1))
    local array <close> = assert(billiard.array("i", 2))
    local memory <close> = assert(billiard.memory(5))
    luaunit.assertEquals(ended {entry = "touch_all", start_method = method, args = {
      queue, assert(billiard.lock()), assert(billiard.rlock()), semaphore, event,
      assert(billiard.condition()), assert(billiard.barrier(3)), array, memory,
    }}, 0, method)
    luaunit.assertEquals(queue:get(0), 3)
    luaunit.assertEquals({event:is_set(), semaphore:value(), array[1], memory:read()},
      {true, 0, 7, "child"})
  end
end

function TestProcess.test_objects_that_can_not_go()
  local segment <close> = assert(billiard.segment())
  local lock <close> = assert(billiard.lock {segment = segment})
  local named <close> = assert(billiard.value("q", 0, {name = support.queue_name("process")}))
  for _, object in ipairs {lock, named} do
    misuse({"can not be handed over"}, billiard.process, {entry = "count_arguments", args = {object}})
  end
  misuse({"argument 1", "function"}, billiard.process, {entry = "count_arguments", args = {print}})
end

function TestProcess.test_inherited_descriptors()
  local first, second = billiard.pipe()
  luaunit.assertEquals(ended {entry = "descriptor", start_method = "spawn", fds = {second:fileno()}}, 0)
  luaunit.assertEquals(first:recv(0), {1, "spawn"})
  luaunit.assertNil(billiard.current_process():inherited_fds())
end

function TestProcess.test_signals_and_text()
  local process <close> = assert(billiard.process {target = function() billiard.queue():get() end, daemon = true})
  luaunit.assertNil(process:exit_text())
  failed("STATE", process:kill())
  failed("STATE", process:sentinel())
  luaunit.assertStrContains(tostring(process), "initial daemon")
  assert(process:start())
  failed("STATE", process:close())
  failed("STATE", process:set_daemon(false))
  failed("TIMEOUT", process:join(0.01))
  assert(process:terminate())
  assert(process:join())
  luaunit.assertEquals({process:exit_code(), process:exit_text()}, {-15, "signal 15 (SIGTERM)"})
  luaunit.assertTrue(process:terminate())
  assert(process:close())
  luaunit.assertEquals(process:exit_code(), -15)
end

function TestProcess.test_names_and_identity()
  local process <close> = assert(billiard.process {target = function() end, name = "one"})
  assert(process:set_name("two"))
  luaunit.assertEquals(process:name(), "two")
  luaunit.assertEquals(#process:identity(), 1)
  local current = billiard.current_process()
  luaunit.assertEquals({current:name(), current:identity(), current:daemon()}, {"MainProcess", {}, false})
  luaunit.assertNil(billiard.parent_process())
  failed("INVALID", process:set_name(""))
end

-- PROC-43
function TestProcess.test_siblings_have_other_random_numbers()
  local queue <close> = assert(billiard.queue())
  local function draw() assert(queue:put(math.random(0))) end
  for _ = 1, 2 do luaunit.assertEquals(ended {target = draw}, 0) end
  luaunit.assertNotEquals(queue:get(0), queue:get(0))
end

function TestProcess.test_a_process_belongs_to_its_maker()
  local sleeper <close> = assert(billiard.process {target = function() billiard.queue():get() end})
  assert(sleeper:start())
  luaunit.assertEquals(ended {target = function()
    failed("FORKED", sleeper:join(0))
    failed("FORKED", sleeper:kill())
    luaunit.assertEquals(billiard.active_children(), {})
  end}, 0)
  luaunit.assertTrue(sleeper:is_alive())
  assert(sleeper:kill())
  assert(sleeper:join())
end

function TestProcess.test_coroutine_starts_a_child()
  local code = coroutine.wrap(function() return ended {target = function() os.exit(4) end} end)()
  luaunit.assertEquals(code, 4)
end

function TestProcess.test_failed_starts()
  local message = failed("INVALID", billiard.process {target = print, start_method = "spawn"})
  luaunit.assertStrContains(message, "'target'")
  failed("INVALID", billiard.process {target = print, start_method = "frok"})
  misuse({"one of the options"}, billiard.process, {})
  misuse({"one of the options"}, billiard.process, {target = print, entry = "x"})
  misuse({"'targe'", "no such option"}, billiard.process, {targe = print}) -- PROC-2
  misuse({"'args'"}, billiard.process, {command = {"true"}, args = {}})
  misuse({"'start_timeout'"}, billiard.process, {entry = "x", start_timeout = 0})
end

TestContext = {}

function TestContext.test_concrete_contexts()
  luaunit.assertEquals(billiard.start_methods(), {"fork", "spawn", "forkserver"})
  local spawn = assert(billiard.context("spawn"))
  luaunit.assertEquals(spawn.start_method(), "spawn")
  luaunit.assertIs(spawn.queue, billiard.queue)
  local message = failed("INVALID", spawn.set_start_method("fork"))
  luaunit.assertStrContains(message, "concrete context")
  local process <close> = assert(spawn.process {entry = "exit_with", args = {3}})
  assert(process:start())
  assert(process:join())
  luaunit.assertEquals({process:exit_code(), process:name():match("^%a+")}, {3, "SpawnProcess"})
  luaunit.assertIs(billiard.context(), billiard)
end

-- CTX-10
function TestContext.test_forking()
  assert(billiard.forking_enable(false))
  luaunit.assertEquals({billiard.forking_is_enabled(), billiard.start_method()}, {false, "spawn"})
  assert(billiard.forking_enable(true))
  luaunit.assertEquals({billiard.forking_is_enabled(), billiard.start_method()}, {true, "fork"})
  misuse({"boolean"}, billiard.forking_enable)
end

TestFinalizer = {}

-- UTIL-61, UTIL-67: at the end of a program, however it comes; a child's own alone.
function TestFinalizer.test_end_of_the_program()
  for _, ending in ipairs {"", "os.exit(0)", "os.exit(0, true)", "coroutine.wrap(os.exit)(0)"} do
    local pipe <close> = assert(io.popen(("'%s' -e '%s'"):format(arg[-1], [[
      local billiard = require "billiard"
      local queue = assert(billiard.queue())
      local function say(text) return function() io.stdout:write(text, " ") io.stdout:flush() end end
      billiard.finalizer(say("last"), {priority = -1})
      billiard.finalizer(say("first"))
      billiard.finalizer(say("never")):cancel()
      local child = assert(billiard.process {target = function()
        billiard.finalizer(say("child"))
        queue:get()
      end})
      assert(child:start())
      billiard.finalizer(function() queue:put(1) end, {priority = 1})
      ]] .. ending)))
    local said = pipe:read("a")
    luaunit.assertTrue(said == "first child last " or said == "child first last ", ending .. ": " .. said)
  end
end

function TestFinalizer.test_calls()
  local count = 0
  local finalizer = assert(billiard.finalizer(function() count = count + 1 end))
  luaunit.assertTrue(finalizer:active())
  luaunit.assertEquals({finalizer:run(), finalizer:run(), finalizer:active(), count}, {true, false, false, 1})
  misuse({"function expected"}, billiard.finalizer, 1)
end

os.exit(luaunit.LuaUnit.run())
