-- Wrong arguments raise errors that name them, at the line of the caller.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local assert_misuse <const> = support.assert_misuse

local function echo(value)
  return value
end

TestPoolOptions = {}

local function assert_wrong_option(texts, options)
  table.insert(texts, "bad argument #1 to 'pool'")
  assert_misuse(texts, billiard.pool, options)
end

function TestPoolOptions.test_options_must_be_a_table()
  assert_wrong_option({"table of options expected, got nil"}, nil)
  assert_wrong_option({"got number"}, 4)
end

function TestPoolOptions.test_unknown_options_are_named()
  assert_wrong_option({"'wrokers'", "no such option"}, {wrokers = 2, tasks = {echo = echo}})
  assert_wrong_option({"'groups[1].comand'"}, {groups = {{name = "a", comand = {"x"}}}})
  assert_wrong_option({"'1'"}, {7})
end

function TestPoolOptions.test_worker_counts()
  for _, workers in ipairs {0, -3, 1.5, "2", 1 << 40, true} do
    assert_wrong_option({"workers"}, {workers = workers, tasks = {echo = echo}})
  end
  assert_wrong_option({"groups[2].workers"},
    {groups = {{tasks = {echo = echo}}, {command = {"/bin/true"}, workers = 0}}})
end

function TestPoolOptions.test_tasks()
  assert_wrong_option({"tasks"}, {})
  assert_wrong_option({"tasks"}, {tasks = {}})
  assert_wrong_option({"tasks", "echo = string"}, {tasks = {echo = "function"}})
  assert_wrong_option({"tasks", "1 = function"}, {tasks = {echo}})
end

function TestPoolOptions.test_commands()
  assert_wrong_option({"command"}, {command = "/bin/true"})
  assert_wrong_option({"command"}, {command = {}})
  assert_wrong_option({"command[2]", "NUL"}, {command = {"/bin/true", "a\0b"}})
  assert_wrong_option({"start_method"}, {command = {"/bin/true"}, start_method = "fork"})
  assert_wrong_option({"start_method"}, {tasks = {echo = echo}, start_method = "clone"})
  assert_wrong_option({"command"}, {tasks = {echo = echo}, start_method = "spawn"})
  assert_wrong_option({"initializer"}, {command = {"/bin/true"}, initializer = echo})
  assert_wrong_option({"environment.A"}, {command = {"/bin/true"}, environment = {A = 1}})
end

function TestPoolOptions.test_groups()
  assert_wrong_option({"groups"}, {groups = {}})
  assert_wrong_option({"groups[1]"}, {groups = {7}})
  assert_wrong_option({"workers", "group"}, {workers = 2, groups = {{tasks = {echo = echo}}}})
end

function TestPoolOptions.test_limits()
  for _, name in ipairs {"max_jobs", "max_payload", "start_timeout", "boot_timeout"} do
    for _, value in ipairs {"1", 0, -2, 0 / 0} do
      assert_wrong_option({name}, {tasks = {echo = echo}, [name] = value})
    end
  end
end

TestBlame = {}

function TestBlame.test_errors_name_the_callers_line()
  local line = debug.getinfo(1, "l").currentline + 1
  local function wrong() billiard.pool {workers = 0} end
  local _, problem = pcall(wrong)
  luaunit.assertStrContains(problem, "misuse_test.lua:" .. line .. ":")
end

TestTasks = {}

function TestTasks.test_names_and_functions()
  assert_misuse({"task name", "number"}, billiard.task, 7, echo)
  assert_misuse({"task name"}, billiard.task, "", echo)
  assert_misuse({"task name"}, billiard.task, ("n"):rep(256), echo)
  assert_misuse({"task name"}, billiard.task, "a\0b", echo)
  assert_misuse({"#2", "function expected"}, billiard.task, "name", "function")
end

function TestTasks.test_serve()
  assert_misuse({"'serve'", "no such option"}, billiard.serve, {task = {}})
  assert_misuse({"'serve'", "function expected"}, billiard.serve, {tasks = {a = 1}})
  support.assert_failure("STATE", billiard.serve {tasks = {echo = echo}})
end

TestPoolCalls = {}

function TestPoolCalls:setUp()
  self.pool = assert(billiard.pool {workers = 1, tasks = {echo = echo}})
end

function TestPoolCalls:tearDown()
  self.pool:release()
end

function TestPoolCalls:test_task_names()
  for _, call in ipairs {self.pool.apply, self.pool.apply_async} do
    assert_misuse({"#1", "task name", "number"}, call, self.pool, 7)
    assert_misuse({"#1", "task name", "nil"}, call, self.pool)
    assert_misuse({"#1", "NUL"}, call, self.pool, "ec\0ho")
    support.assert_failure("INVALID", call(self.pool, ""))
  end
end

function TestPoolCalls:test_arguments_without_encoding()
  assert_misuse({"#4 to 'apply_async'", "a function"},
    self.pool.apply_async, self.pool, "echo", 1, 2, print)
  assert_misuse({"#2 to 'apply'", "a userdata"}, self.pool.apply, self.pool, "echo", io.stdout)
  luaunit.assertEquals(self.pool:apply("echo", 42), 42)
end

function TestPoolCalls:test_objects_of_the_library_are_no_arguments() -- POOL-26
  local result = assert(self.pool:apply_async("echo", 1))
  local queue <close> = assert(billiard.queue())
  for _, object in ipairs {self.pool, queue, result} do
    assert_misuse({"between processes"}, self.pool.apply_async, self.pool, "echo", {within = object})
  end
  queue:release()
  assert_misuse({"between processes"}, self.pool.apply_async, self.pool, "echo", queue)
end

function TestPoolCalls:test_requests()
  assert_misuse({"table expected"}, self.pool.submit, self.pool, "echo")
  assert_misuse({"'argz'"}, self.pool.submit, self.pool, {task = "echo", argz = {}})
  assert_misuse({"'bytes'"}, self.pool.submit, self.pool, {task = "echo", bytes = 7})
  assert_misuse({"both"}, self.pool.submit, self.pool, {task = "echo", bytes = "", args = {}})
  assert_misuse({"argument 2"}, self.pool.submit, self.pool, {task = "echo", args = {1, print}})
  assert_misuse({"task name"}, self.pool.submit, self.pool, {args = {}})
end

function TestPoolCalls:test_timeouts_and_tokens()
  local result = assert(self.pool:submit {task = "echo"})
  for _, name in ipairs {"get", "wait"} do
    local call = result[name]
    result = assert(self.pool:submit {task = "echo"})
    assert_misuse({name, "timeout", "string"}, call, result, "1")
    assert_misuse({name, "timeout", "not a number"}, call, result, 0 / 0)
    assert_misuse({name, "#2", "interrupt"}, call, result, 1, {})
  end
  assert_misuse({"join", "timeout"}, self.pool.join, self.pool, {})
end

function TestPoolCalls:test_a_released_pool()
  self.pool:release()
  self.pool:release()
  for _, name in ipairs {
    "apply", "apply_async", "submit", "close", "terminate", "join", "stats", "workers", "fd",
    "drain", "wait_ready",
  } do
    assert_misuse({name, "released"}, self.pool[name], self.pool, "echo")
  end
  luaunit.assertStrContains(tostring(self.pool), "released")
end

TestQueueCalls = {}

function TestQueueCalls.test_options()
  assert_misuse({"'queue'", "table"}, billiard.queue, 7)
  assert_misuse({"capacty"}, billiard.queue, {capacty = 1})
  assert_misuse({"name"}, billiard.queue, {name = 7})
  for _, capacity in ipairs {0, -1, 1.5, "2", 1 << 33} do
    assert_misuse({"capacity", "1 to 4294967295"}, billiard.queue, {capacity = capacity})
  end
  support.assert_failure("INVALID", billiard.queue {name = "a/b"})
end

function TestQueueCalls.test_values_and_timeouts()
  local queue <close> = assert(billiard.queue())
  assert_misuse({"'put'", "a function"}, queue.put, queue, print)
  assert_misuse({"'put_bytes'", "number"}, queue.put_bytes, queue, 7)
  assert_misuse({"'put'", "#2", "timeout"}, queue.put, queue, 1, "1")
  assert_misuse({"'get'", "#1", "timeout"}, queue.get, queue, "1")
  assert_misuse({"'get'", "#2", "interrupt"}, queue.get, queue, 1, 7)
  luaunit.assertEquals(#queue, 0)
end

function TestQueueCalls.test_a_released_queue()
  local queue = assert(billiard.queue())
  queue:release()
  queue:release()
  for _, name in ipairs {
    "put", "put_bytes", "get", "get_bytes", "size", "capacity", "lost", "close", "close_all",
  } do
    assert_misuse({name, "released"}, queue[name], queue, "x")
  end
end

TestSegmentOptions = {}

function TestSegmentOptions.test_options_out_of_range_are_named()
  assert_misuse({"'segment'", "'max_bytes'", "got -1"}, billiard.segment, {max_bytes = -1})
  assert_misuse({"'segment'", "'max_bytes'"}, billiard.segment, {max_bytes = -1, name = "named"})
  assert_misuse({"'segment'", "'fd'", "got 4294967296"}, billiard.segment, {fd = 1 << 32})
  support.assert_failure("INVALID", billiard.segment {fd = -1})
end

os.exit(luaunit.LuaUnit.run())
