--- The part of `billiard.pool` that rules over its workers (private file).
-- @classmod billiard.pool

local native = require "billiard.native"
local errors = require "billiard.errors"
local sentinel = require "billiard.sentinel"

local failure <const> = errors.failure

local function done(status, detail)
  if status < 0 then return failure(status, detail) end
  return true
end

local function check_integer(value, position, name, what)
  local number = math.type(value) and math.tointeger(value)
  if not number or number < -0x80000000 or number > 0x7FFFFFFF then
    errors.bad_argument(position, name,
      what .. ": integer expected, got " .. (math.type(value) and value or type(value)))
  end
  return number
end

local function check_group(group, name)
  if group ~= nil and type(group) ~= "string" then
    errors.bad_argument(2, name, "group: string or nil expected, got " .. type(group))
  end
  return group
end

local shrink_options <const> = {group = true, drain = true}

local function check_shrink_options(options)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.bad_argument(2, "shrink", "table or nil expected, got " .. type(options))
  end
  for name in pairs(options) do
    if not shrink_options[name] then
      errors.bad_argument(2, "shrink", "option '" .. tostring(name) .. "': no such option")
    end
  end
  check_group(options.group, "shrink")
  return options
end

--- Adds the methods to the class.
-- @param Pool the class
-- @param handle_of `handle_of(pool, name)`, the native pool for the public function of that name
return function(Pool, handle_of)
  --- Starts more workers. Never waits.
  -- @tparam[opt=1] integer count
  -- @tparam[opt] string group else the first one
  -- @return true; or nil, message, code (`INVALID`, `FULL`: more than `max_workers`, `STATE`: closed,
  -- `POOL_FAILED`)
  function Pool:grow(count, group)
    local handle = handle_of(self, "grow")
    local number = check_integer(count == nil and 1 or count, 1, "grow", "count")
    return done(native.bp_pool_grow(handle, check_group(group, "grow"), number))
  end

  --- Lets workers without a job leave for good. When fewer than `count` have none, nothing changes.
  -- Never waits; one worker stays.
  -- @tparam[opt=1] integer count
  -- @tparam[opt] table options `group` (name, else the first one); `drain` (boolean: busy workers
  -- leave too, after their job)
  -- @return true; or nil, message, code (`INVALID`, `STATE`: too many are busy, or the pool is
  -- closed; `POOL_FAILED`)
  function Pool:shrink(count, options)
    local handle = handle_of(self, "shrink")
    local number = check_integer(count == nil and 1 or count, 1, "shrink", "count")
    local given = check_shrink_options(options)
    return done(native.bp_pool_shrink(handle, given.group, number, given.drain and 1 or 0))
  end

  --- Replaces every worker: idle ones now, busy ones after their job. No job is lost. Never waits.
  -- @return true; or nil, message, code (`STATE`: closed, `POOL_FAILED`)
  function Pool:restart()
    return done(native.bp_pool_restart(handle_of(self, "restart")))
  end

  --- Replaces the workers, as `restart` does, by forks of this process as it is now: they have what it
  -- has loaded and changed since. Task names stay as they are. For pools of Lua workers.
  -- @return true; or nil, message, code (`STATE`: closed, or no forked workers; `FORK_UNSAFE`,
  -- `START_FAILED`, `POOL_FAILED`)
  function Pool:refork()
    local handle = handle_of(self, "refork")
    native.flush_streams()
    return done(native.bp_pool_refork(handle))
  end

  --- Whether no worker has ended since the pool was made.
  -- @treturn boolean
  function Pool:did_start_ok()
    return native.bp_pool_did_start_ok(handle_of(self, "did_start_ok")) == 1
  end

  --- Whether the pool can go on. Workers that ended are replaced without this call.
  -- @return true; or nil, message, code (`RESTART_LIMIT`, `POOL_FAILED`)
  function Pool:maintain()
    return done(native.bp_pool_maintain(handle_of(self, "maintain")))
  end

  --- Ends the worker with that process id, and with it the job that it runs, which fails as
  -- `TERMINATED`; the worker is replaced. Nothing happens when no worker has the id, or when it runs
  -- another job than the given one. `result:terminate` is the simpler way.
  -- @tparam integer pid
  -- @tparam[opt] integer signal number of the first signal; default SIGTERM. SIGKILL follows after
  -- `terminate_grace`
  -- @tparam[opt] integer job as `result:job()` tells it: only if the worker runs this one
  -- @return true; or nil, message, code (`INVALID`)
  function Pool:terminate_job(pid, signal, job)
    local handle = handle_of(self, "terminate_job")
    local process = check_integer(pid, 1, "terminate_job", "pid")
    local number = check_integer(signal or 0, 2, "terminate_job", "signal")
    if job ~= nil and (math.type(job) ~= "integer" or job < 0) then
      errors.bad_argument(3, "terminate_job",
        "job: integer of a result or nil expected, got " .. tostring(job))
    end
    return done(native.bp_pool_terminate_job(handle, process, number, job or native.BP_NO_JOB))
  end

  --- A descriptor that is readable once a worker's process has ended.
  -- @tparam integer pid of the worker
  -- @return a `billiard.sentinel`; or nil, message, code (`NOT_FOUND`: no worker has the id; `OS`)
  function Pool:sentinel(pid)
    local handle = handle_of(self, "sentinel")
    local process = check_integer(pid, 1, "sentinel", "pid")
    local status, descriptor = native.bpi_pool_worker_sentinel(handle, process)
    if status < 0 then return failure(status, descriptor) end
    return sentinel.new(descriptor)
  end
end
