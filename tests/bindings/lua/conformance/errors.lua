-- Scenarios of calls that fail.

local billiard = require "billiard"
local support = require "conformance.support"

local errors = {}

function errors.task_error()
  local pool <close> = support.pool(2)
  return support.task_failure(support.attempt(pool.apply, pool, "fail", "boom 7")) ..
    support.then_add(pool)
end

function errors.unknown_task()
  local pool <close> = support.pool(2)
  return support.error_naming("no_such_task", pool.apply, pool, "no_such_task", 1) ..
    support.then_add(pool)
end

local function pool_of(workers)
  return support.error_naming("workers", billiard.pool, {workers = workers, tasks = support.tasks})
end

function errors.workers_zero()
  return pool_of(0)
end

function errors.workers_negative()
  return pool_of(-3)
end

function errors.missing_command()
  return support.error_naming("/nonexistent/worker-program", function()
    local pool <close>, message, code =
      billiard.pool {workers = 1, command = {"/nonexistent/worker-program"}}
    if not pool then return nil, message, code end
    return pool:wait_ready()
  end)
end

function errors.worker_never_ready()
  return support.error_naming("exitcode 1", function()
    local pool <close> = assert(billiard.pool {workers = 1, command = {"/bin/false"}})
    return pool:apply("echo", 1)
  end)
end

function errors.payload_too_large()
  local pool <close> = support.pool(1, {max_payload = 1000})
  return support.error_naming("2000", function()
    local result, message, code = pool:submit {task = "reverse", bytes = ("x"):rep(2000)}
    if not result then return nil, message, code end
    return result:get()
  end) .. support.then_add(pool)
end

function errors.result_too_large()
  local pool <close> = support.pool(1, {max_payload = 1000})
  return support.error_naming("2003", pool.apply, pool, "make_bytes", 2000) ..
    support.then_add(pool)
end

function errors.wrong_type_task()
  local pool <close> = support.pool(1)
  return support.error_naming("task", pool.apply_async, pool, 7)
end

function errors.wrong_type_value()
  local pool <close> = support.pool(1)
  return support.error_naming("argument", pool.apply_async, pool, "echo", print) ..
    support.then_add(pool)
end

function errors.worker_killed(nonce, scenario)
  local _ <close>, gate_name = support.queue(nonce, scenario)
  local pool <close> = support.pool(1)
  local result = assert(pool:apply_async("take", gate_name))
  local worker = support.wait_until_begun(pool, result:job())
  support.kill(worker.pid)
  local code, _, detail = support.attempt(result.get, result)
  return ("error %s pid=%s signal=%d"):format(code,
    detail.pid == worker.pid and "same" or detail.pid, -detail.exit_status) ..
    support.then_add(pool)
end

function errors.worker_exits()
  local pool <close> = support.pool(1)
  local code, _, detail = support.attempt(pool.apply, pool, "exit_process", 3)
  return ("error %s exitcode=%d"):format(code, detail.exit_status) .. support.then_add(pool)
end

return errors
