--- Waiting for several things at once, and files that go to other processes (private; init.lua has what
-- users see).

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local readiness = {}

-- The method of an object that tells its descriptor.
local function descriptor_of(object, index)
  if math.type(object) == "integer" then return object end
  local has = type(object) == "table" and (object.fileno or object.fd or object.sentinel)
  if type(has) ~= "function" then
    errors.bad_argument(1, "wait", ("object %d: something with a descriptor expected, got %s"):format(
      index, type(object)))
  end
  return has(object)
end

local function wait_once(list, limit, token, count)
  local status, detail = native.bpi_wait_readable(list, limit, token)
  if status < 0 then return status, detail end
  for index = 0, count - 1 do
    if native.bpi_fds_ready(list, index) == 1 then return native.BP_OK end
  end
  return native.BP_TIMEOUT
end

-- Those that are ready, in their order.
local function ready_of(objects, list)
  local ready = {}
  for index, object in ipairs(objects) do
    if native.bpi_fds_ready(list, index - 1) == 1 then ready[#ready + 1] = object end
  end
  return ready
end

-- See init.lua.
function readiness.wait(objects, timeout, token)
  if type(objects) ~= "table" then
    errors.bad_argument(1, "wait", "table of objects expected, got " .. type(objects))
  end
  local limit, interrupt = shared.limits(timeout, token, 2, "wait")
  local numbers = {}
  for index, object in ipairs(objects) do
    local number, message, code, detail = descriptor_of(object, index)
    if not number then return nil, message, code, detail end
    numbers[index] = number
  end
  local list = shared.descriptors(numbers, 1, "wait")
  local status, detail = waiting.wait(wait_once, list, limit, interrupt, #numbers)
  local ready = status >= 0 and ready_of(objects, list) or {}
  native.bpi_fds_free(list)
  if status < 0 and status ~= native.BP_TIMEOUT then return errors.failure(status, detail) end
  return ready
end

-- See init.lua.
function readiness.share_fd(fd)
  local number = shared.integer(fd, 1, "share_fd", "fd")
  local status, ticket = native.bp_fd_share(number)
  if status < 0 then return errors.failure(status, ticket) end
  return ticket
end

-- See init.lua.
function readiness.claim_fd(ticket, timeout, token)
  if type(ticket) ~= "string" then
    errors.bad_argument(1, "claim_fd", "string expected, got " .. type(ticket))
  end
  local limit, interrupt = shared.limits(timeout, token, 2, "claim_fd")
  local status, fd = native.bp_fd_claim(ticket, limit, interrupt)
  if status < 0 then return errors.failure(status, fd) end
  return fd
end

-- See init.lua.
function readiness.stop_sharing(timeout)
  return shared.done(native.bp_fd_sharing_stop((shared.limits(timeout, nil, 1, "stop_sharing"))))
end

return readiness
