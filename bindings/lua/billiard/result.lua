--- The outcome of one job.
-- A result is waited for, read any number of times, and given back to the pool's memory when it has
-- been read or is garbage.
-- @classmod billiard.result

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local payload = require "billiard.payload"
local waiting = require "billiard.waiting"

local result_get <const>, result_wait <const> = native.bp_result_get, native.bp_result_wait
local result_ready <const>, result_release <const> =
  native.bp_result_ready, native.bp_result_release
local nanoseconds <const>, wait <const> = waiting.nanoseconds, waiting.wait
local not_an_outcome <const> = waiting.not_an_outcome
local decode <const> = payload.decode
local failure <const> = errors.failure

local Result = {__name = "billiard.result"}
Result.__index = Result

--- Wraps a native result (private).
local function new(handle)
  return setmetatable({_handle = handle}, Result)
end

-- Keeps the outcome and gives the shared memory back.
local function settle(self, handle, bytes, format, failed)
  self._job, self._pid = native.bp_result_job(handle), native.bp_result_pid(handle)
  self._bytes, self._format, self._failed = bytes, format, failed
  self._handle = nil
  result_release(handle)
end

local function outcome(self)
  local failed = self._failed
  if failed then return nil, failed.message, failed.code, failed end
  local ok, value = decode(self._bytes, self._format)
  if ok then return value end
  return nil, "the result can not be decoded: " .. value, "CORRUPT"
end

--- Waits for the outcome and returns the task's value. May be called again, with the same outcome;
-- each call makes a new copy of a table. A task's value may be nil: then there is no message.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt of `billiard.interrupt()` that ends the wait
-- @return the value; or nil, message, code, detail. Codes: `TIMEOUT`, `INTERRUPTED` (the job goes
-- on), `TASK_FAILED` (detail has `class` and `backtrace`), `WORKER_LOST` (`pid`, `exit_status`,
-- `exit_text`), `TIME_LIMIT`, `MEMORY_LIMIT`, `EXPIRED`, `REJECTED`, `TERMINATED`, `UNKNOWN_TASK`,
-- `POOL_FAILED`, `FORKED`, `CORRUPT`
function Result:get(timeout, token)
  local handle = self._handle
  if not handle then return outcome(self) end
  local limit = nanoseconds(timeout, 1, "get")
  local status, bytes, format =
    wait(result_get, handle, limit, interrupt.handle_of(token, 2, "get"))
  if status >= 0 then
    settle(self, handle, bytes, format)
    return outcome(self)
  end
  if not_an_outcome[status] then return failure(status, bytes) end
  local _, _, _, failed = failure(status, bytes)
  settle(self, handle, nil, nil, failed)
  return outcome(self)
end

--- Waits until there is an outcome, good or bad, and takes nothing.
-- @tparam[opt] number timeout as in `get`
-- @param[opt] token as in `get`
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `FORKED`)
function Result:wait(timeout, token)
  local handle = self._handle
  if not handle then return true end
  local limit = nanoseconds(timeout, 1, "wait")
  local status, detail = wait(result_wait, handle, limit, interrupt.handle_of(token, 2, "wait"))
  if status < 0 then return failure(status, detail) end
  return true
end

--- Whether a worker has begun the job. Never waits.
-- @treturn boolean
function Result:accepted()
  return self:pid() ~= nil
end

--- Whether there is an outcome. Never waits.
-- @treturn boolean
function Result:ready()
  local handle = self._handle
  return not handle or result_ready(handle) == 1
end

--- Whether the job succeeded. Never waits.
-- @treturn boolean; or nil, message, code (`STATE`: there is no outcome yet)
function Result:successful()
  if not self:ready() then
    return failure(native.BP_STATE, {message = "the job has no outcome yet"})
  end
  local _, message = self:get(0)
  return message == nil
end

--- For coroutines: yields this result until there is an outcome, then returns it as `get` does.
-- Whoever resumes the coroutine does so when `ready()` is true or `pool:drain()` brought the
-- result; resuming earlier is harmless. Outside of a coroutine it waits like `get()`.
-- @return as `get`
function Result:await()
  if not coroutine.isyieldable() then return self:get() end
  while not self:ready() do coroutine.yield(self) end
  return self:get(0)
end

--- The job's id: unique in this process, increasing. Never waits.
-- @treturn integer
function Result:job()
  return self._handle and native.bp_result_job(self._handle) or self._job
end

--- The process id of the worker that began the job, or nil while none has. Never waits.
-- @treturn ?integer
function Result:pid()
  local pid = self._handle and native.bp_result_pid(self._handle) or self._pid
  return pid ~= 0 and pid or nil
end

--- Ends the job: a queued one never begins; of a running one exactly its worker is ended, and
-- replaced. It fails as `TERMINATED`, at once. One that has its outcome keeps it. Never waits.
-- @tparam[opt] integer signal number of the worker's first signal; default SIGTERM
-- @return true; or nil, message, code (`INVALID`: no such signal; `FORKED`)
function Result:terminate(signal)
  if signal ~= nil and math.type(signal) ~= "integer" then
    errors.bad_argument(1, "terminate", "signal: integer or nil expected, got " .. type(signal))
  end
  local handle = self._handle
  if not handle then return true end
  local status, detail = native.bp_result_terminate(handle, signal or 0)
  if status < 0 then return failure(status, detail) end
  return true
end

--- Refuses a job whose worker waits for the answer to its acceptance: it fails as `REJECTED` and is
-- never begun. Never waits.
-- @return true; or nil, message, code (`STATE`: too late, or not a job with `accept_callback` in a
-- pool with `synack`; `FORKED`)
function Result:cancel()
  local handle = self._handle
  if not handle then return failure(native.BP_STATE, {message = "the job has its outcome"}) end
  local status, detail = native.bp_result_cancel(handle)
  if status < 0 then return failure(status, detail) end
  return true
end

--- What the job was submitted with, or nil. Never waits.
-- @treturn ?string
function Result:correlation_id()
  return self._correlation_id
end

--- Forgets the result: its job goes on, its outcome is dropped. Later calls fail with `CLOSED`.
-- None of its callbacks is called any more.
-- Happens by itself when the result is garbage.
function Result:discard()
  self._calls, self._notify = nil, nil
  local handle = self._handle
  if not handle then return end
  local _, _, _, dropped = failure(native.BP_CLOSED, {message = "the result was discarded"})
  settle(self, handle, nil, nil, dropped)
end

--- The pool tells of its end (private).
function Result:_told()
  self._awaited = nil
end

function Result:__gc()
  local handle = self._handle
  if not handle then return end
  self._handle = nil
  result_release(handle)
end

function Result:__tostring()
  return string.format("billiard.result: job %d, %s, %s", self:job(),
    self:accepted() and "accepted" or "not accepted", self:ready() and "ready" or "not ready")
end

return {new = new, class = Result}
