--- Calls functions that a pool's user gave, one at a time, inside the user's own call of
-- `pool:pump` or `pool:drain` (private; POOL-85, POOL-86, POOL-89).

local log = require "billiard.log"
local raised = require "billiard.raised"

local Callbacks = {}
Callbacks.__index = Callbacks

-- A line of the library's logger, or of standard error when that is silent.
local function report(text)
  if log.enabled("error") then return log.write("error", text) end
  io.stderr:write("billiard: ", text, "\n")
end

--- @tparam[opt] table propagate list of classes of errors that are not just logged
-- @tparam[opt] function own_log gets a text for each failed callback
local function new(propagate, own_log)
  local classes = {}
  for _, class in ipairs(propagate or {}) do classes[class] = true end
  return setmetatable({
    _classes = classes,
    _log = own_log or report,
    _failure = nil, -- the first error to propagate, in a table
    called = 0,
  }, Callbacks)
end

-- Out of memory is nobody's to ignore, nor is the Ctrl-C of the stand-alone interpreter.
local function is_urgent(problem)
  return problem == "not enough memory" or
    type(problem) == "string" and problem:find("interrupted!$") ~= nil
end

--- Calls one, or nothing when `callback` is nil.
-- @return true; or false and the error when it failed
function Callbacks:call(callback, ...)
  if not callback then return true end
  self.called = self.called + 1
  local ok, problem = pcall(callback, ...)
  if ok then return true end
  if is_urgent(problem) or self._classes[raised.class_of(problem)] then
    self._failure = self._failure or {problem}
  else
    self._log("Pool callback raised exception: " .. raised.message_of(problem))
  end
  return false, problem
end

--- Raises the error that is to propagate, if there is one, once.
function Callbacks:raise()
  local failure = self._failure
  if not failure then return end
  self._failure = nil
  error(failure[1], 0)
end

return {new = new}
