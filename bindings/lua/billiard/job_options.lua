--- What `pool:submit`, `pool:map` and their like can be told about jobs (private).

local native = require "billiard.native"
local errors = require "billiard.errors"

local job_options = {}

local NANOSECONDS <const> = 1e9
local LONGEST <const> = 9e9 -- seconds

local function wrong(where, position, name, text, ...)
  errors.bad_argument(position, where, "field '" .. name .. "': " .. string.format(text, ...))
end

-- Readers return what the native setter gets.

local function limit(value, fail)
  if math.type(value) == nil or value ~= value then fail("seconds expected, got %s", type(value)) end
  if value < 0 or value >= LONGEST then return -1 end
  return math.ceil(value * NANOSECONDS)
end

local function duration(value, fail)
  if math.type(value) == nil or not (value > 0 and value < LONGEST) then
    fail("seconds above 0 expected, got %s", tostring(value))
  end
  return math.ceil(value * NANOSECONDS)
end

local function integer(least, most)
  return function(value, fail)
    local number = math.type(value) and math.tointeger(value)
    if not number or number < least or number > most then
      fail("integer from %d to %d expected, got %s", least, most, tostring(value))
    end
    return number
  end
end

local function text(value, fail)
  if type(value) ~= "string" then fail("string expected, got %s", type(value)) end
  if value:find("\0", 1, true) then fail("the string contains a NUL byte") end
  return value
end

-- Of the three values that the library knows: no, as the pool says, yes.
local function yes_or_no(value, fail)
  if type(value) ~= "boolean" then fail("boolean expected, got %s", type(value)) end
  return value and 1 or -1
end

local readers <const> = {
  group = {text, native.bpi_job_options_set_group},
  time_limit = {limit, native.bpi_job_options_set_time_limit},
  soft_time_limit = {limit, native.bpi_job_options_set_soft_time_limit},
  expires = {duration, native.bpi_job_options_set_expiry},
  retries = {integer(0, 0x7FFFFFFF), native.bpi_job_options_set_max_retries},
  priority = {integer(-3, 3), native.bpi_job_options_set_priority},
  wait_for_slot = {yes_or_no, native.bpi_job_options_set_wait_for_slot},
}

--- Whether a field is one of a job's options.
function job_options.known(name)
  return readers[name] ~= nil
end

local Options = {}
Options.__index = Options

function Options:__close()
  native.bpi_job_options_free(self.handle)
end

--- Says in which format the payload is, and which of the job's events are to be told.
function Options:announce(format, done, accepted)
  native.bpi_job_options_set_format(self.handle, format)
  native.bpi_job_options_set_notify(self.handle, done and 1 or 0)
  native.bpi_job_options_set_notify_accepted(self.handle, accepted and 1 or 0)
end

--- Reads the options in a table, whose other fields are the caller's.
-- @param given the table
-- @param position of that argument
-- @param where public function
-- @return an object with the field `handle`, to be closed by `<close>`
function job_options.read(given, position, where)
  local checked = {}
  for name, reader in pairs(readers) do
    local value = given[name]
    if value ~= nil then
      local function fail(...) wrong(where, position, name, ...) end
      checked[reader[2]] = reader[1](value, fail)
    end
  end
  local handle = native.bpi_job_options_new()
  for set, value in pairs(checked) do set(handle, value) end
  return setmetatable({handle = handle}, Options)
end

return job_options
