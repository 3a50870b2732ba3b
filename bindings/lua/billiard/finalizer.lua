--- Functions that this process runs when it ends: what `billiard.finalizer` makes.
--
-- At the end of a process the steps are: finalizers of priority 0 and more; daemonic children are asked to
-- end; all children are waited for; the other finalizers. The highest priority runs first, of equals the
-- newest. The end is that of the program, `os.exit`, or the return of a process's function. A process that is
-- killed runs nothing, and a forked child has none of its parent's.
-- @classmod billiard.finalizer

local native = require "billiard.native"
local errors = require "billiard.errors"
local process = require "billiard.process"
local raised = require "billiard.raised"
local shared = require "billiard.shared"

local Finalizer = {__name = "billiard.finalizer"}
Finalizer.__index = Finalizer

-- Those with a priority that may still run, by number. An end of the program finds them here.
local waiting_ones, count = {}, 0
-- Whether Lua's state is being closed.
local closing = false

local DAEMON_GRACE <const> = 5 -- seconds

local function call(finalizer)
  local run = finalizer._run
  finalizer._run = false
  waiting_ones[finalizer._number] = nil
  local ok, problem = pcall(run)
  if ok then return true end
  io.stderr:write("billiard: a finalizer failed: ", raised.message_of(problem), "\n")
  return false
end

-- What the library calls when the process ends.
local function dispatch(number)
  local finalizer = waiting_ones[number]
  return not finalizer or call(finalizer)
end

--- Runs it now, unless it has run or was cancelled.
-- @treturn boolean whether it ran
function Finalizer:run()
  if not self:active() then return false end
  if self._handle then native.bp_finalizer_cancel(self._handle) end
  call(self)
  return true
end

--- It will not run.
function Finalizer:cancel()
  if self._handle then native.bp_finalizer_cancel(self._handle) end
  if self:active() then waiting_ones[self._number] = nil end
  self._run = false
end

--- Whether it may still run.
-- @treturn boolean
function Finalizer:active()
  return self._run ~= false and self._process == native.process_id()
end

local function newest_first(one, other)
  if one._priority ~= other._priority then return one._priority > other._priority end
  return one._number > other._number
end

local function run_those(wanted)
  local chosen = {}
  for _, finalizer in pairs(waiting_ones) do
    if finalizer:active() and wanted(finalizer._priority) then chosen[#chosen + 1] = finalizer end
  end
  table.sort(chosen, newest_first)
  for _, finalizer in ipairs(chosen) do finalizer:run() end
end

local function end_children()
  local children = process.active()
  for _, each in ipairs(children or {}) do
    if each:daemon() then each:terminate() end
  end
  for _, each in ipairs(children or {}) do
    if each:daemon() and not each:join(DAEMON_GRACE) then each:kill() end
    each:join()
  end
end

-- Lua's state is closed before the library's own steps at exit, so they are taken when that begins.
local function end_program()
  closing = true
  if next(waiting_ones) == nil then return end
  run_those(function(priority) return priority >= 0 end)
  end_children()
  run_those(function(priority) return priority < 0 end)
end

-- Objects are collected in the reverse order of their making when a state is closed: a new guard for each
-- finalizer comes before what the finalizer uses.
local guards = {}
local function guard()
  guards[#guards + 1] = setmetatable({}, {__gc = end_program})
end

-- See init.lua.
local function new(run, options)
  if type(run) ~= "function" then
    errors.bad_argument(1, "finalizer", "function expected, got " .. type(run))
  end
  local given = shared.named(options, 2, "finalizer", {priority = "integer"})
  local priority = given.priority or 0
  if priority < -0x80000000 or priority > 0x7FFFFFFF then
    errors.bad_argument(2, "finalizer", "option 'priority': 32 bits expected, got " .. priority)
  end
  if closing then
    return errors.failure(native.BP_STATE, {message = "the program is at its end"})
  end
  if count == 0 then native.billiard_lua_finalizer_dispatcher(dispatch) end
  count = count + 1
  local status, handle = native.billiard_lua_finalizer_create(count, 1, priority)
  if status < 0 then return errors.failure(status, handle) end
  local finalizer = setmetatable({
    _run = run, _number = count, _priority = priority, _handle = handle,
    _process = native.process_id(),
  }, Finalizer)
  waiting_ones[count] = finalizer
  guard()
  return finalizer
end

return {new = new}
