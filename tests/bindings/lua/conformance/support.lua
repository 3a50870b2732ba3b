-- What the scenarios share: pools with the tasks of the README, and how outcomes are put in words.

local billiard = require "billiard"
local values = require "conformance.values"

local support = {}

local ConformanceFailure = {__name = "ConformanceFailure"}

local function with_queue(name, use)
  local queue <close> = assert(billiard.queue {name = name})
  return use(queue)
end

local function fail(message)
  error(setmetatable({message = message}, ConformanceFailure))
end

local function kill_this_process()
  os.execute("kill -s KILL $PPID") -- the shell's parent
end

local function wait_for_soft_limit()
  local clock <close> = assert(billiard.queue())
  while true do clock:get(0.001) end
end

support.tasks = {
  echo = function(value) return value end,
  add = function(a, b) return a + b end,
  count_arguments = function(...) return select("#", ...) end,
  reverse = string.reverse,
  fail = fail,
  fail_odd = function(n) return n % 2 == 0 and n or fail("odd " .. n) end,
  kill_at_two = function(n)
    if n == 2 then kill_this_process() end
    return n
  end,
  own_pid = function()
    local stat <close> = assert(io.open("/proc/self/stat"))
    return stat:read("n")
  end,
  wait_for_soft_limit = function()
    local _, problem = pcall(wait_for_soft_limit)
    return problem == billiard.SOFT_TIME_LIMIT_EXCEEDED and "cleaned" or tostring(problem)
  end,
  killed_once = function(name)
    local message = with_queue(name, function(queue) return queue:get(0) end)
    if message ~= nil then kill_this_process() end
    return "second"
  end,
  take = function(name) return with_queue(name, function(queue) return assert(queue:get()) end) end,
  put = function(name, value)
    with_queue(name, function(queue) assert(queue:put(value)) end)
  end,
  exit_process = function(code) os.exit(code) end,
  make_bytes = function(count) return ("x"):rep(count) end,
}

-- A pool of that many workers; `more` are further options.
function support.pool(workers, more)
  local options = {workers = workers, tasks = support.tasks}
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.pool(options))
end

-- A queue of this scenario alone.
function support.queue(nonce, scenario, more)
  local suffix = more and more.suffix or "Q"
  local options = {name = ("conformance-%s-%s-%s"):format(nonce, scenario, suffix)}
  for name, value in pairs(more or {}) do
    if name ~= "suffix" then options[name] = value end
  end
  return assert(billiard.queue(options)), options.name
end

-- Calls a function that ends in `nil, message, code, detail` or raises misuse, which is INVALID.
-- Returns the code, message and detail of a failure, or nil and the value.
function support.attempt(call, ...)
  local ok, value, message, code, detail = pcall(call, ...)
  if not ok then return "INVALID", value end
  if message ~= nil then return code, message, detail end
  return nil, value
end

-- "error CODE class=own message=TEXT" of a task's failure.
function support.task_failure(code, message, detail)
  local class = detail and detail.class
  return ("error %s class=%s message=%s"):format(code,
    class == "ConformanceFailure" and "own" or class, message)
end

-- "error CODE naming TEXT".
function support.error_naming(text, call, ...)
  local code, message = support.attempt(call, ...)
  if not code then return "ok " .. tostring(message) end
  if message:find(text, 1, true) then return "error " .. code .. " naming " .. text end
  return "error " .. code .. " message: " .. message
end

-- "ok VALUE" or "error CODE".
function support.outcome(call, ...)
  local code, value = support.attempt(call, ...)
  return code and "error " .. code or "ok " .. tostring(value)
end

-- "; then ok 42", when the pool goes on.
function support.then_add(pool)
  return "; then " .. support.outcome(pool.apply, pool, "add", 40, 2)
end

-- What comes back of the peer values that one end sends, and another receives.
function support.passed_values(sender, receiver)
  local seen = {}
  for index, value in ipairs(values.peer) do
    assert(sender:send(value))
    local came, message = receiver:recv()
    assert(message == nil, message)
    seen[index] = values.notation(came)
  end
  return "ok " .. table.concat(seen, " ")
end

local pause <const> = assert(billiard.queue())

function support.pause()
  pause:get(0.001)
end

-- Waits until the pool's list shows a busy worker (with that job), and returns its entry.
function support.wait_until_begun(pool, job)
  while true do
    for _, worker in ipairs(assert(pool:workers())) do
      if worker.state == "busy" and (job == nil or worker.job == job) then return worker end
    end
    pause:get(0.001)
  end
end

function support.kill(pid)
  assert(os.execute("kill -s KILL " .. pid))
end

return support
