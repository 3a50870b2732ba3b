--- The part of `billiard.pool` that tells its user what happens: callbacks, `pump` and `drain`
-- (private file).
-- @classmod billiard.pool

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local poll = require "billiard.poll"
local raised = require "billiard.raised"
local waiting = require "billiard.waiting"

local failure <const>, nanoseconds <const> = errors.failure, waiting.nanoseconds

-- A limit in seconds, or nil for none.
local function seconds(limit_ns)
  return limit_ns > 0 and limit_ns / 1e9 or nil
end

local function exit_text(status)
  local _, text = native.bp_exit_status_text(status)
  return text
end

local function worker_of(self, event)
  local known = event.kind == native.BP_EVENT_WORKER_DOWN and
    event.exit_status ~= native.BP_EXIT_UNKNOWN
  return {
    pid = event.pid,
    index = event.index,
    group = self._groups[event.group + 1],
    exit_status = known and event.exit_status or nil,
    exit_text = known and exit_text(event.exit_status) or nil,
  }
end

-- What the user gave for a job's events. A result that was discarded has none any more.
local function calls_of(self, event)
  local result = self._announced[event.job]
  return result and result._calls or {}
end

local function tell_outcome(self, result, calls)
  if not calls.callback and not calls.error_callback then return end
  local value, message, _, detail = result:get(0)
  if message == nil then
    self._callbacks:call(calls.callback, value)
  else
    self._callbacks:call(calls.error_callback, detail)
  end
end

-- In a pool with synack the worker waits for the answer. That it has none to wait for any more,
-- since the job was ended, is no failure.
local function tell_acceptance(self, event)
  local callback = calls_of(self, event).accept_callback
  local accepted, problem = self._callbacks:call(callback, event.pid, event.time_ns / 1e9)
  if not self._synack or not self._handle then return end
  local reason = not accepted and raised.message_of(problem):gsub("\0", "\\0") or nil
  native.bp_pool_answer_job(self._handle, event.job, accepted and 1 or 0, reason)
end

local deliver <const> = {
  [native.BP_EVENT_JOB_ACCEPTED] = tell_acceptance,
  [native.BP_EVENT_SOFT_TIMEOUT] = function(self, event)
    self._callbacks:call(calls_of(self, event).timeout_callback, true, seconds(event.soft_ns))
  end,
  [native.BP_EVENT_TIMEOUT] = function(self, event)
    self._callbacks:call(calls_of(self, event).timeout_callback, false, seconds(event.hard_ns))
  end,
  [native.BP_EVENT_TIMEOUT_SET] = function(self, event)
    self._callbacks:call(self._told.on_timeout_set, event.job, seconds(event.soft_ns),
      seconds(event.hard_ns))
  end,
  [native.BP_EVENT_TIMEOUT_CANCEL] = function(self, event)
    self._callbacks:call(self._told.on_timeout_cancel, event.job)
  end,
  [native.BP_EVENT_WORKER_UP] = function(self, event)
    self._callbacks:call(self._told.on_process_up, worker_of(self, event))
  end,
  [native.BP_EVENT_WORKER_DOWN] = function(self, event)
    self._callbacks:call(self._told.on_process_down, worker_of(self, event))
  end,
  [native.BP_EVENT_JOB_DONE] = function(self, event)
    local result = self._announced[event.job]
    if not result then return end
    self._announced[event.job] = nil
    result:_told()
    if result._notify then self._ended[#self._ended + 1] = result end
    if result._calls then tell_outcome(self, result, result._calls) end
  end,
}

-- Takes the next event. Those that were read and not delivered, since a callback raised, wait in
-- the pool.
local function next_event(self)
  local events = self._events
  if self._next_event > #events then
    local status
    status, events = native.bp_pool_read_events(self._handle)
    if status < 0 then return status, events end
    self._events, self._next_event = events, 1
  end
  local event = events[self._next_event]
  self._next_event = self._next_event + 1
  return native.BP_OK, event
end

-- Delivers everything that is there. Returns how many callbacks were called, or nil, status and
-- detail.
local function deliver_all(self)
  local before = self._callbacks.called
  if self._steps then
    local status, detail = native.bp_pool_step(self._handle)
    if status < 0 then return nil, status, detail end
  end
  while self._handle do -- a callback may have released the pool
    local status, event = next_event(self)
    if status < 0 then return nil, status, event end
    if not event then break end
    local tell = deliver[event.kind]
    if tell then tell(self, event) end
  end
  return self._callbacks.called - before
end

-- Delivers until `enough()` or the time is over. Returns true, or nil, message, code.
local function deliver_until(self, enough, limit, token)
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  while true do
    local called, status, detail = deliver_all(self)
    if not called then return failure(status, detail) end
    if not self._handle or enough() or limit == 0 then return true end
    status = poll.wait({native.bp_pool_fd(self._handle)}, limit, token)
    if status == native.BP_INTERRUPTED then return failure(status) end
    if deadline then limit = math.max(0, deadline - native.monotonic_now()) end
  end
end

--- Adds the methods to the class.
-- @param Pool the class
-- @param handle_of `handle_of(pool, name)`, the native pool for the public function of that name
return function(Pool, handle_of)
  --- A file descriptor for event loops: readable while `pump` or `drain` has something to do. It
  -- stays the pool's: do not read or close it. For pools made with `notify = true` or callbacks,
  -- or jobs submitted with them.
  -- @return the descriptor; or nil, message, code (`FORKED`)
  function Pool:fd()
    local descriptor = native.bp_pool_fd(handle_of(self, "fd"))
    if descriptor < 0 then return failure(native.BP_FORKED) end
    return descriptor
  end

  --- For pools made with `threads = false`: starts and buries workers, keeps time limits, goes on with
  -- closing: what else a thread of the library does. To be called when `fd` is readable; `pump` and
  -- `drain` do it too, and so does everything that waits. Never waits.
  -- @return true; or nil, message, code (`STATE`: the pool has a thread; `FORKED`)
  function Pool:step()
    local status, detail = native.bp_pool_step(handle_of(self, "step"))
    if status < 0 then return failure(status, detail) end
    return true
  end

  --- Calls the callbacks of jobs and of the pool for what has happened, in this very call, one
  -- after the other. Callbacks of one job come in the order of its life; its outcome can be had
  -- before its last callback runs. A callback may use the pool in any way.
  --
  -- An error in a callback is logged and ignored, but for the classes of `callbacks_propagate`,
  -- out of memory and Ctrl-C: the first of those is raised when all others have been called.
  -- @tparam[opt=0] number timeout seconds to wait for the first one; 0 or less only looks
  -- @param[opt] token an interrupt, seen within 50 ms
  -- @return how many were called; or nil, message, code (`INTERRUPTED`, `FORKED`)
  function Pool:pump(timeout, token)
    handle_of(self, "pump")
    local callbacks = self._callbacks
    local before = callbacks.called
    local ok, message, code = deliver_until(self, function() return callbacks.called > before end,
      nanoseconds(timeout or 0, 1, "pump"), interrupt.handle_of(token, 2, "pump"))
    callbacks:raise()
    if not ok then return nil, message, code end
    return callbacks.called - before
  end

  --- The same without waiting, for an event loop that calls it when `fd` is readable. Arguments are
  -- ignored.
  -- @return as `pump`
  function Pool:handle_result_event()
    return self:pump(0)
  end

  --- Returns the results of jobs with `notify` that have ended since the last call, each once.
  -- Calls callbacks as `pump` does.
  -- @tparam[opt=0] number timeout seconds to wait for the first one; 0 or less only looks
  -- @return a list of `billiard.result`, perhaps empty; or nil, message, code
  function Pool:drain(timeout)
    handle_of(self, "drain")
    local ok, message, code = deliver_until(self, function() return #self._ended > 0 end,
      nanoseconds(timeout or 0, 1, "drain"), nil)
    self._callbacks:raise()
    if not ok then return nil, message, code end
    local ended = self._ended
    self._ended = {}
    return ended
  end
end
