--- A process of its own: a function in a fork, an entry in this program started anew, or a command.
--
--     local process <close> = assert(billiard.process {target = function() print("hello") end})
--     assert(process:start())
--     assert(process:join())
--     print(process:exit_code()) -- 0
--
-- A child ends with exit code 0 when its function returns; with 1, after "Process NAME:" and the error on
-- standard error, when that raises one; and as `os.exit` asks: an integer modulo 256, nothing or true is 0,
-- false is 1, and any other value is written to standard error, with 1. In a child `os.exit` runs finalizers
-- and waits for its children. A process object belongs to the process that made it.
-- @classmod billiard.process

local native = require "billiard.native"
local child = require "billiard.child"
local errors = require "billiard.errors"
local reference = require "billiard.reference"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Process = shared.class("process")
local handle_of <const>, failure <const>, done <const> =
  shared.handle_of, errors.failure, shared.done

--- Starts it; returns when the child exists and has found what it is to run. May be tried again when it
-- fails.
-- @return true; or nil, message, code (`STATE`: started already; `FORK_UNSAFE`, `NOT_FOUND`: no such entry;
-- `START_FAILED`, `TIMEOUT`, `INVALID`: fork is not the default start method; `FORKED`, `NOMEM`, `OS`)
function Process:start()
  local handle = handle_of(self, "start")
  io.stdout:flush()
  return done(native.billiard_lua_process_start(handle, self._run))
end

--- Waits for the end of the child. May be repeated.
-- @tparam[opt] number timeout seconds; nil for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `STATE`: not started; `FORKED`)
function Process:join(timeout, token)
  local handle = handle_of(self, "join")
  return done(waiting.wait(native.bp_process_join, handle,
    shared.limits(timeout, token, 1, "join")))
end

--- Whether the child runs.
-- @return boolean; or nil, message, code (`FORKED`)
function Process:is_alive()
  local status, alive = native.bp_process_is_alive(handle_of(self, "is_alive"))
  if status < 0 then return failure(status, alive) end
  return alive == 1
end

local function exit_status(self, name)
  local status, code = native.bp_process_exit_status(handle_of(self, name))
  if status < 0 then return failure(status, code) end
  if code == native.BP_EXIT_NONE then return nil end
  return code
end

--- How it ended: the exit code, or minus the number of the signal.
-- @return integer; nil before its end; nil, message, code (`OS`: it is not known, since somebody else waited
-- for it; `FORKED`)
function Process:exit_code()
  local code, message, name, detail = exit_status(self, "exit_code")
  if code == native.BP_EXIT_UNKNOWN then
    return failure(native.BP_OS, {message = "the exit status is not known"})
  end
  if not code then return nil, message, name, detail end
  return code
end

--- The same in words: "exitcode 3", "signal 9 (SIGKILL)".
-- @return string; nil before its end; nil, message, code (`FORKED`)
function Process:exit_text()
  local code, message, name, detail = exit_status(self, "exit_text")
  if not code then return nil, message, name, detail end
  local _, text = native.bp_exit_status_text(code)
  return text
end

--- Asks the child to end, by SIGTERM. One that has ended is no error.
-- @return true; or nil, message, code (`STATE`: not started; `FORKED`, `OS`)
function Process:terminate()
  return done(native.bp_process_terminate(handle_of(self, "terminate")))
end

--- Ends the child at once, by SIGKILL.
-- @return as `terminate`
function Process:kill()
  return done(native.bp_process_kill(handle_of(self, "kill")))
end

--- Gives the sentinel back; pid, exit code and name can still be asked for. May be repeated.
-- @return true; or nil, message, code (`STATE`: the child is alive; `FORKED`)
function Process:close()
  return done(native.bp_process_close(handle_of(self, "close")))
end

--- The child's process id.
-- @return integer; nil before the start
function Process:pid()
  local pid = native.bp_process_pid(handle_of(self, "pid"))
  return pid ~= 0 and pid or nil
end

--- A descriptor that is readable once the child has ended, for `billiard.wait` and event loops. It is the
-- process object's.
-- @return integer; or nil, message, code (`STATE`: not started, or closed; `FORKED`)
function Process:sentinel()
  local status, fd = native.bp_process_sentinel(handle_of(self, "sentinel"))
  if status < 0 then return failure(status, fd) end
  return fd
end

--- Its name.
-- @treturn string
function Process:name()
  local _, name = native.bp_process_name(handle_of(self, "name"))
  return name
end

--- Gives it another name; the child knows it when it is given before the start.
-- @tparam string name 1 to 255 bytes
-- @return true; or nil, message, code (`INVALID`, `FORKED`)
function Process:set_name(name)
  local handle = handle_of(self, "set_name")
  return done(native.bp_process_set_name(handle, shared.text(name, 1, "set_name", "name")))
end

--- Whether it ends with this process.
-- @treturn boolean
function Process:daemon()
  return native.bp_process_is_daemon(handle_of(self, "daemon")) == 1
end

--- Changes that, before the start.
-- @tparam boolean daemon
-- @return true; or nil, message, code (`STATE`: it was started; `FORKED`)
function Process:set_daemon(daemon)
  local handle = handle_of(self, "set_daemon")
  if type(daemon) ~= "boolean" then
    errors.bad_argument(1, "set_daemon", "boolean expected, got " .. type(daemon))
  end
  return done(native.bp_process_set_daemon(handle, daemon and 1 or 0))
end

-- A list of what a native call gives for 0, 1, ..., until that is -1.
local function numbers_of(part, ...)
  local numbers = {}
  local count = select("#", ...)
  local arguments = {...}
  repeat
    arguments[count + 1] = #numbers
    local number = part(table.unpack(arguments, 1, count + 1))
    numbers[#numbers + 1] = number >= 0 and number or nil
  until number < 0
  return numbers
end

--- Which child of which process it is: the numbers of its line of descent.
-- @treturn table a list of integers
function Process:identity()
  return numbers_of(native.bpi_process_identity_part, handle_of(self, "identity"))
end

shared.describe(Process, native.bp_process_describe)

local known <const> = {
  target = "function", entry = "string", command = "table", args = "table", environment = "table",
  fds = "table", name = "string", daemon = "boolean", start_method = "string", force_fork = "boolean",
  start_timeout = "number",
}

local function check_kind(given)
  local kinds = 0
  for _, kind in ipairs {"target", "entry", "command"} do
    if given[kind] ~= nil then kinds = kinds + 1 end
  end
  if kinds ~= 1 then
    errors.bad_argument(1, "process", "one of the options 'target', 'entry' and 'command' expected")
  end
  if given.target and given.start_method and given.start_method ~= "fork" then
    return failure(native.BP_INVALID, {
      message = "option 'target': only a fork can run a function; register it by billiard.entry",
    })
  end
  if given.args and given.command then
    errors.bad_argument(1, "process", "option 'args': a command has none")
  end
  return true
end

-- A copy, so that later changes of the table are not seen.
local function arguments_of(given)
  local args = given.args or {}
  local count = rawget(args, "n")
  if math.type(count) ~= "integer" or count < 0 then count = #args end
  local copy = table.pack(table.unpack(args, 1, count))
  return copy
end

local function set_entry(builder, given, arguments, fds)
  local sent = reference.encode(arguments, 1, "process", fds)
  local bytes, index, problem = native.messagepack_encode_arguments(table.unpack(sent, 1, sent.n))
  if not bytes then
    errors.bad_argument(1, "process", ("option 'args': argument %d: %s"):format(index, problem))
  end
  native.bpi_process_builder_set_entry(builder, given.entry)
  native.bpi_process_builder_set_data(builder, bytes)
end

local function set_command(builder, given)
  for index, word in ipairs(given.command) do
    native.bpi_process_builder_add_command_word(builder,
      shared.text(word, 1, "process", ("option 'command': word %d"):format(index)))
  end
  for name, value in pairs(given.environment or {}) do
    native.bpi_process_builder_add_environment(builder,
      shared.text(name, 1, "process", "option 'environment'") .. "=" ..
        shared.text(value, 1, "process", "option 'environment'"))
  end
end

local function set_start_timeout(builder, given)
  local seconds = given.start_timeout
  if not seconds then return end
  if seconds ~= seconds or seconds <= 0 then
    errors.bad_argument(1, "process", "option 'start_timeout': more than 0 expected")
  end
  native.bpi_process_builder_set_start_timeout(builder, waiting.nanoseconds(seconds, 1, "process"))
end

local function fill(builder, given)
  native.bpi_process_builder_set_name(builder,
    given.name and shared.text(given.name, 1, "process", "option 'name'"))
  native.bpi_process_builder_set_start_method(builder,
    given.start_method and shared.text(given.start_method, 1, "process", "option 'start_method'"))
  if given.daemon ~= nil then
    native.bpi_process_builder_set_daemon(builder, given.daemon and 1 or -1)
  end
  native.bpi_process_builder_set_force_fork(builder, given.force_fork and 1 or 0)
  set_start_timeout(builder, given)
  local fds, run, arguments = {}, nil, arguments_of(given)
  if given.target then
    local target = given.target
    run = function() return child.forked(target, arguments) end
    native.billiard_lua_builder_set_function(builder)
  elseif given.entry then
    set_entry(builder, given, arguments, fds)
  else
    set_command(builder, given)
  end
  for _, fd in ipairs(given.fds or {}) do
    fds[#fds + 1] = shared.integer(fd, 1, "process", "option 'fds'")
  end
  for _, fd in ipairs(fds) do native.bpi_process_builder_add_fd(builder, fd) end
  return run
end

-- Frees a builder at the end of a block.
local function freed(builder)
  return setmetatable({}, {__close = function() native.bpi_process_builder_free(builder) end})
end

-- See init.lua.
local function new(options)
  local given = shared.named(options, 1, "process", known)
  local ok, message, code, detail = check_kind(given)
  if not ok then return nil, message, code, detail end
  local builder = native.bpi_process_builder_new()
  if not builder then return failure(native.BP_NOMEM) end
  local _ <close> = freed(builder)
  local run = fill(builder, given)
  local status, handle = native.bpi_process_builder_create(builder)
  local process
  process, message, code, detail = shared.wrap(Process, status, handle)
  if not process then return nil, message, code, detail end
  process._run = run
  process._args = given.args -- connections that are handed over stay open until then
  return process
end

-- See init.lua.
local function active()
  local status, list = native.bpi_active_children()
  if status < 0 then return failure(status, list) end
  local children = {}
  for index = 0, native.bpi_process_list_count(list) - 1 do
    children[#children + 1] =
      shared.wrap(Process, native.BP_OK, native.bpi_process_list_take(list, index))
  end
  native.bpi_process_list_free(list)
  return children
end

return {new = new, active = active, numbers = numbers_of}
