--- Soft time limits, in the worker (private; task_call.h tells how an error gets into a task).

local native = require "billiard.native"

local soft_limit = {}

-- Its name is the class of a task that did not catch the error, in every language.
local SoftTimeLimitExceeded = {__name = "SoftTimeLimitExceeded"}

function SoftTimeLimitExceeded.__tostring(raised)
  return raised.message
end

--- What is raised in a task whose soft limit passes: always this table.
soft_limit.ERROR = setmetatable(
  {message = "the job ran past its soft time limit", code = "SOFT_TIME_LIMIT"},
  SoftTimeLimitExceeded)

--- Makes this process one whose tasks can be interrupted, before it says that it is ready.
function soft_limit.begin()
  native.soft_limit_error(soft_limit.ERROR)
  -- Tasks that look them up get functions that tell which coroutine runs.
  coroutine.resume, coroutine.wrap = native.coroutine_resume, native.coroutine_wrap
  native.billiard_lua_soft_limit_begin()
end

--- Ends that, after the last job.
function soft_limit.finish()
  native.billiard_lua_soft_limit_end()
end

--- The native job whose task runs, or nil.
soft_limit.job = nil

--- Whether that job has gone past its soft limit.
function soft_limit.reached()
  local job = soft_limit.job
  return job ~= nil and native.bp_job_soft_limit_reached(job) == 1
end

return soft_limit
