--- A pool of worker processes.
-- @classmod billiard.pool

local native = require "billiard.native"
local callbacks = require "billiard.callbacks"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local job_options = require "billiard.job_options"
local payload = require "billiard.payload"
local pool_builder = require "billiard.pool_builder"
local pool_control = require "billiard.pool_control"
local pool_events = require "billiard.pool_events"
local pool_options = require "billiard.pool_options"
local pool_map = require "billiard.pool_map"
local result = require "billiard.result"
local snapshot = require "billiard.snapshot"
local submission = require "billiard.submission"
local waiting = require "billiard.waiting"

local apply_async <const>, apply_with <const> = native.bpi_apply_async, native.bpi_apply_with
local encode_arguments <const> = native.messagepack_encode_arguments
local new_result <const> = result.new
local failure <const>, nanoseconds <const>, wait <const> =
  errors.failure, waiting.nanoseconds, waiting.wait
local check_task <const>, submit <const>, announce <const> =
  submission.check_task, submission.submit, submission.announce
local FOREVER <const>, MSGPACK <const> = native.BP_FOREVER, payload.MSGPACK

local Pool = {__name = "billiard.pool"}
Pool.__index = Pool

local function handle_of(self, name)
  local handle = self._handle
  if not handle then errors.misuse("%s: the pool was released", name) end
  return handle
end

pool_control(Pool, handle_of)
pool_events(Pool, handle_of)
pool_map(Pool, handle_of)

-- Callbacks of the pool itself, of which the first workers are told before it is there for anybody
-- else.
local function tell_of_first_workers(self, plan)
  if not plan.on_process_up then return self end
  local ok, problem = pcall(self.pump, self)
  if ok then return self end
  self:release()
  error(problem, 0)
end

--- Makes a pool and starts its workers (see `billiard.pool` in init.lua).
local function new(options)
  local plan = pool_options.read(options)
  local status, handle, forked = pool_builder.create(plan)
  if status < 0 then
    pool_builder.forget(forked)
    return failure(status, handle)
  end
  local names = {}
  for index, group in ipairs(plan.groups) do
    names[index] = group.name or (index == 1 and "default" or "group-" .. index - 1)
  end
  return tell_of_first_workers(setmetatable({
    _handle = handle,
    _forked = forked,
    _groups = names,
    _notify = plan.notify and 1 or 0,
    _told = plan, -- the pool's own callbacks
    _synack = plan.synack,
    _steps = plan.threads == false, -- no thread of the library watches the workers
    _tells_limits = plan.notify or plan.on_timeout_set or plan.on_timeout_cancel,
    _callbacks = callbacks.new(plan.callbacks_propagate, plan.log),
    _events = {}, -- read from the library and not delivered before _next_event
    _next_event = 1,
    _announced = {}, -- results by job id, until their end was delivered
    _ended = {}, -- results for drain to return
  }, Pool), plan)
end

-- A native wait, as waiting.wait wants them. To the library a time of 0 means for ever.
local function try_submit(handle, limit, token, task, bytes, format, notify)
  return apply_async(handle, task, bytes, format, nil, notify, limit > 0 and limit or 1, token)
end

local function try_submit_with(handle, limit, token, task, bytes, options)
  return apply_with(handle, task, bytes, options, limit > 0 and limit or 1, token)
end

local function submit_plainly(self, task, bytes, notify)
  local status, made =
    submit(self._handle, try_submit, FOREVER, nil, task, bytes, MSGPACK, notify)
  if status < 0 then return failure(status, made) end
  return announce(self, new_result(made), notify == 1)
end

--- Submits a job: the task `task` with the other arguments, each a value that MessagePack can
-- express. Returns at once, but waits (without limit, interruptible) while `max_jobs` jobs are
-- unfinished or unread.
-- @tparam string task the task's name
-- @param ... its arguments
-- @return a `billiard.result`; or nil, message, code, detail. Codes: `UNKNOWN_TASK`, `STATE` (the
-- pool is closed), `TOO_LARGE`, `POOL_FAILED`, `NOMEM`, `FORKED`
function Pool:apply_async(task, ...)
  handle_of(self, "apply_async")
  check_task(task, "apply_async")
  local bytes, index, problem = encode_arguments(...)
  if not bytes then errors.bad_argument(index + 1, "apply_async", problem) end
  return submit_plainly(self, task, bytes, self._notify)
end

--- Submits a job and waits for its value, without limit (interruptible).
-- @tparam string task the task's name
-- @param ... its arguments
-- @return the value; or nil, message, code, detail as of `apply_async` and `result:get`
function Pool:apply(task, ...)
  handle_of(self, "apply")
  check_task(task, "apply")
  local bytes, index, problem = encode_arguments(...)
  if not bytes then errors.bad_argument(index + 1, "apply", problem) end
  local submitted, message, code, detail = submit_plainly(self, task, bytes, 0)
  if not submitted then return nil, message, code, detail end
  return submitted:get()
end

local request_types <const> = {
  task = "string", args = "table", bytes = "string", notify = "boolean", timeout = "number",
  interrupt = "table", correlation_id = "string", callback = "function",
  error_callback = "function", accept_callback = "function", timeout_callback = "function",
}
local callback_names <const> =
  {"callback", "error_callback", "accept_callback", "timeout_callback"}

local function check_request(request)
  if type(request) ~= "table" then
    errors.bad_argument(1, "submit", "table expected, got " .. type(request))
  end
  for name, value in pairs(request) do
    local expected = request_types[name]
    if not expected and not job_options.known(name) then
      errors.bad_argument(1, "submit", "no field '" .. tostring(name) .. "'")
    elseif expected and type(value) ~= expected then
      errors.bad_argument(1, "submit",
        string.format("field '%s': %s expected, got %s", name, expected, type(value)))
    end
  end
  if request.args and request.bytes then
    errors.bad_argument(1, "submit", "both 'args' and 'bytes' given")
  end
end

local function payload_of(request)
  if request.bytes then return request.bytes, payload.RAW end
  local args = request.args or {}
  local encoded, index, problem = encode_arguments(table.unpack(args, 1, args.n or #args))
  if not encoded then
    errors.bad_argument(1, "submit", "argument " .. index .. ": " .. problem)
  end
  return encoded, MSGPACK
end

-- The request's callbacks in a table of their own, or nil when it has none.
local function callbacks_of(self, request)
  local calls
  for _, name in ipairs(callback_names) do
    if request[name] then
      calls = calls or {}
      calls[name] = request[name]
    end
  end
  if request.timeout_callback and not self._tells_limits then
    errors.bad_argument(1, "submit", "field 'timeout_callback': needs a pool with notify = true")
  end
  return calls
end

--- Submits a job with everything that can be said about it.
-- @tparam table request fields:
--
-- * `task` (name); either `args` (a list; `args.n` is its length where nils count) or `bytes` (a
--   byte string that the task gets as it is: no encoding, and a string that the task returns comes
--   back the same way)
-- * `group` (name, else the first that knows the task)
-- * `timeout` (seconds to wait while the pool is full; nil for ever) and `interrupt` (token) for
--   that wait
-- * `time_limit`, `soft_time_limit` (seconds from the job's begin; else the pool's; -1: none):
--   README.md tells what they do
-- * `expires` (seconds: when the job has not begun by then it fails as `EXPIRED`)
-- * `retries` (how often the job runs again when its worker dies by itself; default 0)
-- * `notify` (boolean, else the pool's): its end is told by `drain`
-- * `priority` (-3 to 3, default 0: queued jobs with a higher one are begun first)
-- * `wait_for_slot` (boolean, else the pool's): takes one of the pool's `slots`, and waits for it as
--   for a place in a full pool
-- * `correlation_id` (string) that `result:correlation_id()` tells
-- * functions that `pump` and `drain` call: `accept_callback(pid, time)` when a worker has begun the
--   job, at that time of `billiard.now()` (in a pool with `synack` it waits for this, and the job is
--   refused when this fails); `timeout_callback(soft, limit)` when a limit has passed, in pools with
--   `notify`; then one of `callback(value)` and `error_callback(detail)`
-- @return as `apply_async`; also the codes `FULL`, `INTERRUPTED`
function Pool:submit(request)
  local handle = handle_of(self, "submit")
  check_request(request)
  check_task(request.task, "submit")
  local bytes, format = payload_of(request)
  local notify = self._notify == 1
  if request.notify ~= nil then notify = request.notify end
  local calls = callbacks_of(self, request)
  local limit = nanoseconds(request.timeout, 1, "submit")
  local token = interrupt.handle_of(request.interrupt, 1, "submit")
  local options <close> = job_options.read(request, 1, "submit")
  options:announce(format, notify or calls ~= nil, calls and calls.accept_callback ~= nil)
  local status, made =
    submit(handle, try_submit_with, limit, token, request.task, bytes, options.handle)
  if status < 0 then return failure(status, made) end
  local result_of_job = new_result(made)
  result_of_job._correlation_id = request.correlation_id
  return announce(self, result_of_job, notify, calls)
end

local function simple(status, detail)
  if status < 0 then return failure(status, detail) end
  return true
end

--- Waits until every worker has been ready once.
-- @tparam[opt] number timeout seconds; nil waits for ever
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `POOL_FAILED`, `STATE`, `FORKED`)
function Pool:wait_ready(timeout, token)
  local handle = handle_of(self, "wait_ready")
  return simple(wait(native.bp_pool_wait_ready, handle,
    nanoseconds(timeout, 1, "wait_ready"), interrupt.handle_of(token, 2, "wait_ready")))
end

--- No more submissions: queued jobs are completed, then the workers leave. Never waits; may be
-- repeated.
-- @return true; or nil, message, code (`FORKED`)
function Pool:close()
  return simple(native.bp_pool_close(handle_of(self, "close")))
end

--- Ends now: jobs that are not finished end with `TERMINATED`, the workers are killed. Never waits.
-- @return true; or nil, message, code (`FORKED`)
function Pool:terminate()
  return simple(native.bp_pool_terminate(handle_of(self, "terminate")))
end

--- Waits until a closed or terminated pool has ended: every job has its outcome, no process is
-- left.
-- @tparam[opt] number timeout seconds; nil waits for ever
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`STATE` when neither closed nor terminated, `TIMEOUT`,
-- `INTERRUPTED`, `FORKED`)
function Pool:join(timeout, token)
  local handle = handle_of(self, "join")
  return simple(wait(native.bp_pool_join, handle,
    nanoseconds(timeout, 1, "join"), interrupt.handle_of(token, 2, "join")))
end

--- One snapshot of the pool's counters: `submitted`, `queued`, `running`, `succeeded`, `failed`,
-- `lost`, `timed_out`, `over_memory`, `expired`, `terminated` (any other end); `restarts`, and of
-- these `restarts_lost`, `restarts_recycled`, `restarts_boot`, `restarts_asked`; `workers`, `ready`,
-- `template_pid`. Never waits.
-- @return a table; or nil, message, code
function Pool:stats()
  return snapshot.stats(native.bpi_snapshot_take(handle_of(self, "stats")))
end

--- What each worker is doing now: a list of tables with `index` (from 0), `pid`, `state` ("empty",
-- "starting", "idle", "busy", "leaving"), `group`, `job` and `since` (of the job begun; seconds of
-- `billiard.now()`), `jobs_done`, `starts`, `memory` (anonymous memory in KiB, where it is known).
-- Never waits.
-- @return the list; or nil, message, code
function Pool:workers()
  local groups = self._groups
  return snapshot.workers(function(index) return groups[index + 1] end,
    native.bpi_snapshot_take(handle_of(self, "workers")))
end

--- The pool's slots: how many jobs with `wait_for_slot` may be submitted now, and in all. Never
-- waits.
-- @return two integers, the free ones and all; or nil, message, code (`FORKED`)
function Pool:slots()
  local status, free, bound = native.bp_pool_get_slots(handle_of(self, "slots"))
  if status < 0 then return failure(status, free) end
  return free, bound
end

--- Ends the pool like `terminate`, waits for its end (under a second), and frees it. Results stay
-- readable. What `local pool <close>` does at the end of its block, and the collector for a
-- forgotten pool. In a forked child it never touches the parent's pool. May be repeated.
function Pool:release()
  local handle = self._handle
  if not handle then return end
  self._handle = nil
  native.bp_pool_release(handle)
  pool_builder.forget(self._forked)
end

Pool.__gc = Pool.release
Pool.__close = Pool.release

function Pool:__tostring()
  return string.format("billiard.pool: %s", self._handle and "groups " ..
    table.concat(self._groups, ", ") or "released")
end

return {new = new}
