--- The worker's side: a loop that pulls jobs and answers them (private, but for serve in init.lua).

local native = require "billiard.native"
local errors = require "billiard.errors"
local payload = require "billiard.payload"
local tasks = require "billiard.tasks"

local worker = {}

local next_job <const>, job_payload <const> = native.bp_worker_next, native.bp_job_payload
local job_task <const>, job_reply <const> = native.bp_job_task, native.bp_job_reply
local encode <const> = native.messagepack_encode
local decode_arguments <const> = native.messagepack_decode_arguments
local RAW <const>, MSGPACK <const> = payload.RAW, payload.MSGPACK
local FOREVER <const>, CLOSED <const> = native.BP_FOREVER, native.BP_CLOSED

-- What this file itself raises inside a job.
local DecodeError = {__name = "DecodeError"}

-- The error's class: the __name of its metatable when it has one, else its type.
local function class_of(raised)
  local metatable = getmetatable(raised)
  local name = type(metatable) == "table" and metatable.__name
  return type(name) == "string" and name or type(raised)
end

local function message_of(raised)
  if type(raised) == "table" and type(raised.message) == "string" then return raised.message end
  local ok, text = pcall(tostring, raised)
  return ok and text or "an error whose __tostring failed: " .. text
end

-- The frames of the task alone, one a line: what is below xpcall is ours.
local function backtrace()
  local frames = debug.traceback("", 3):gsub("^\nstack traceback:", "")
  frames = frames:gsub("\n\t%[C%]: in function 'xpcall'.*$", "")
  return (frames:gsub("\n\t", "\n"):gsub("^\n", ""))
end

local function describe(raised)
  return {class = class_of(raised), message = message_of(raised), backtrace = backtrace()}
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

-- Takes what xpcall returned. A task that returns nil and a text has failed, as Lua's own functions
-- do.
local function answer(job, raw, succeeded, value, problem)
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
  answer(job, format == RAW, xpcall(call, describe, task, format, bytes))
end

local function say_ready(handle, set)
  local names = native.bpi_names_new()
  for _, name in ipairs(tasks.names(set)) do native.bpi_names_add(names, name) end
  local status, detail = native.bpi_worker_ready(handle, names)
  native.bpi_names_free(names)
  return status, detail
end

--- Runs jobs until the pool asks the worker to leave.
-- @param handle native worker
-- @param set tasks by name
-- @param initializer function called first, or nil
-- @return the exit status that the process is to have, or nil, message, code, detail
function worker.run(handle, set, initializer)
  if initializer then
    local ok, problem = xpcall(initializer, describe)
    if not ok then
      native.bp_worker_failed(handle, c_text(problem.message .. "\n" .. problem.backtrace))
      return nil, problem.message, "START_FAILED", problem
    end
  end
  local status, job = say_ready(handle, set)
  while status >= 0 do
    status, job = next_job(handle, FOREVER, nil)
    if status >= 0 then run(job, set) end
  end
  if status == CLOSED then return native.bp_worker_exit_status(handle) end
  return errors.failure(status, job)
end

--- The main function of a forked worker.
-- @return its exit status
function worker.main(handle, set, initializer)
  local exit_status, message = worker.run(handle, set, initializer)
  io.stdout:flush()
  if exit_status then return exit_status end
  io.stderr:write("billiard: a Lua worker ends: ", message, "\n")
  return 1
end

return worker
