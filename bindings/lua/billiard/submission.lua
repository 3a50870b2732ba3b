--- What all ways to give work to a pool have in common (private).

local native = require "billiard.native"
local errors = require "billiard.errors"
local waiting = require "billiard.waiting"

local FULL <const> = native.BP_FULL
local wait <const> = waiting.wait

local submission = {}

--- Checks a task's name, the first argument of the public function `name`.
function submission.check_task(task, name)
  if type(task) ~= "string" then
    errors.bad_argument(1, name, "task name: string expected, got " .. type(task))
  elseif task:find("\0", 1, true) then
    errors.bad_argument(1, name, "task name: the string contains a NUL byte")
  end
end

--- Calls `try(pool, nanoseconds, token, ...)`, a native submission, and waits while the pool is
-- full. To the library a time of 0 means for ever, so `try` must not hand it on.
-- @return what `try` returns: a status, and a handle or an error
function submission.submit(pool, try, limit, token, ...)
  local status, made = try(pool, 1, token, ...)
  if status ~= FULL then return status, made end
  collectgarbage() -- results that nobody holds any more keep their places until then
  return wait(try, pool, limit, token, ...)
end

--- Lets `pump` and `drain` of a pool tell of a result.
-- @param pool a billiard.pool
-- @param made the result
-- @tparam boolean notify whether `drain` returns it
-- @param calls table of its callbacks, or nil or false
-- @return the result
function submission.announce(pool, made, notify, calls)
  if notify or calls then
    made._notify, made._calls, made._awaited = notify, calls or nil, true
    pool._announced[made:job()] = made
  end
  return made
end

return submission
