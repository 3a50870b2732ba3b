--- The worker's side: a loop that pulls jobs and answers them (private, but for serve in init.lua).

local native = require "billiard.native"
local errors = require "billiard.errors"
local hooks = require "billiard.worker_hooks"
local payload = require "billiard.payload"
local raised = require "billiard.raised"
local soft_limit = require "billiard.soft_limit"
local tasks = require "billiard.tasks"

local worker = {}

local next_job <const>, job_payload <const> = native.bp_worker_next, native.bp_job_payload
local job_task <const>, job_reply <const> = native.bp_job_task, native.bp_job_reply
local call_task <const>, watch_job <const> = native.call_task, native.billiard_lua_watch_job
local encode <const> = native.messagepack_encode
local decode_arguments <const> = native.messagepack_decode_arguments
local RAW <const>, MSGPACK <const> = payload.RAW, payload.MSGPACK
local FOREVER <const>, CLOSED <const> = native.BP_FOREVER, native.BP_CLOSED

-- What a worker exits with that could not be set up, or whose pool is damaged.
local FAILED_STATUS <const> = 1

-- What this file itself raises inside a job.
local DecodeError = {__name = "DecodeError"}

-- The frames of the task alone, one a line: what is below call_task is ours.
local function backtrace()
  local frames = debug.traceback("", 3):gsub("^\nstack traceback:", "")
  frames = frames:gsub("\n\t%[C%]: in function 'billiard.native.call_task'.*$", "")
  return (frames:gsub("\n\t", "\n"):gsub("^\n", ""))
end

local function describe(problem)
  return {
    class = raised.class_of(problem),
    message = raised.message_of(problem),
    backtrace = backtrace(),
  }
end

-- Texts cross as C strings.
local function c_text(text)
  return text and (text:gsub("\0", "\\0"))
end

local function fail(job, class, message, frames)
  native.bpi_job_fail(job, c_text(class), c_text(message), c_text(frames))
end

local function reply(job, bytes, format)
  local status, detail = job_reply(job, bytes, format)
  if status >= 0 or status == native.BP_TERMINATED then return end
  local _, message, code = errors.failure(status, detail)
  fail(job, code, "the result was refused: " .. message)
end

-- Takes what call_task returned. A task that returns nil and a text has failed, as Lua's own functions
-- do.
local function answer(job, raw, succeeded, value, problem)
  soft_limit.job = nil
  io.stdout:flush()
  if not succeeded then return fail(job, value.class, value.message, value.backtrace) end
  if value == nil and type(problem) == "string" then return fail(job, "string", problem) end
  if raw and type(value) == "string" then return reply(job, value, RAW) end
  local bytes, why = encode(value)
  if not bytes then return fail(job, "EncodingError", "the result has no encoding: " .. why) end
  reply(job, bytes, MSGPACK)
end

local function call_decoded(task, decoded, ...)
  if decoded then return task(...) end
  error(setmetatable({message = "the arguments can not be decoded: " .. ...}, DecodeError))
end

local function call(task, format, bytes)
  if format == MSGPACK then return call_decoded(task, decode_arguments(bytes)) end
  if format == RAW then return task(bytes) end
  return call_decoded(task, payload.decode(bytes, format))
end

local function run(job, set)
  local name = job_task(job)
  local task = set[name]
  if not task then return fail(job, "UnknownTask", "this worker has no task named " .. name) end
  local bytes, format = job_payload(job)
  watch_job(job)
  soft_limit.job = job
  answer(job, format == RAW, call_task(describe, call, task, format, bytes))
end

local function say_ready(handle, set)
  local names = native.bpi_names_new()
  for _, name in ipairs(tasks.names(set)) do native.bpi_names_add(names, name) end
  local status, detail =
    native.bpi_worker_ready_with(handle, names, native.BP_SOFT_SIGNAL_OWN, nil)
  native.bpi_names_free(names)
  return status, detail
end

local function set_up(handle, initializer)
  if not initializer then return true end
  local ok, problem = xpcall(initializer, describe)
  if ok then return true end
  native.bp_worker_failed(handle, c_text(problem.message .. "\n" .. problem.backtrace))
  return nil, problem.message, "START_FAILED", problem
end

local function run_jobs(handle, set, called)
  local status, job = say_ready(handle, set)
  if status < 0 then return errors.failure(status, job) end
  called.loop_start()
  repeat
    status, job = next_job(handle, FOREVER, nil)
    if status >= 0 then run(job, set) end
  until status < 0
  called.loop_stop()
  if status == CLOSED then return native.bp_worker_exit_status(handle) end
  return errors.failure(status, job)
end

--- Runs jobs until the pool asks the worker to leave, and calls its hooks.
-- @param handle native worker
-- @param set tasks by name
-- @param options table with the hooks: `initializer`, and those of worker_hooks.lua
-- @return the exit status to leave with, or nil, message, code, detail
function worker.run(handle, set, options)
  local called = hooks.of(options)
  soft_limit.begin()
  local outcome, message, code, detail = set_up(handle, options.initializer)
  if outcome then
    local prepared = hooks.preparing(set, options.prepare_result)
    outcome, message, code, detail = run_jobs(handle, prepared, called)
  end
  soft_limit.finish()
  called.process_exit(outcome or FAILED_STATUS)
  return outcome, message, code, detail
end

--- The main function of a forked worker.
-- @return its exit status
function worker.main(handle, set, options)
  local status, message = worker.run(handle, set, options)
  io.stdout:flush()
  if status then return status end
  io.stderr:write("billiard: a Lua worker ends: ", message, "\n")
  return FAILED_STATUS
end

return worker
