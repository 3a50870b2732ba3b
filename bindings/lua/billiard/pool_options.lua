--- Reads the options of `billiard.pool` (private).
--
-- Inside, a wrong option is raised as a plain text; `read` says whose call it was.

local native = require "billiard.native"
local errors = require "billiard.errors"
local tasks = require "billiard.tasks"
local worker = require "billiard.worker"
local worker_hooks = require "billiard.worker_hooks"

local pool_options = {}

local NANOSECONDS <const> = 1e9

local function wrong(name, text, ...)
  error("option '" .. name .. "': " .. string.format(text, ...), 0)
end

local function of_type(expected)
  return function(value, name)
    if type(value) ~= expected then wrong(name, "%s expected, got %s", expected, type(value)) end
    return value
  end
end

local function integer(least, most)
  return function(value, name)
    local number = math.type(value) and math.tointeger(value)
    if not number then
      wrong(name, "integer expected, got %s", math.type(value) and value or type(value))
    end
    if number < least or number > most then
      wrong(name, "%d is not in %d ... %d", number, least, most)
    end
    return number
  end
end

local function seconds(value, name)
  if math.type(value) == nil then wrong(name, "seconds expected, got %s", type(value)) end
  if value == -1 then return -1 end
  if not (value > 0 and value < 9e9) then wrong(name, "%s is not above 0, nor -1", value) end
  return math.ceil(value * NANOSECONDS)
end

-- A limit of jobs: 0 and -1 are none.
local function limit(value, name)
  if value == 0 then return -1 end
  return seconds(value, name)
end

local function text(value, name)
  of_type "string"(value, name)
  if value:find("\0", 1, true) then wrong(name, "the string contains a NUL byte") end
  return value
end

local function texts(value, name)
  of_type "table"(value, name)
  for i, each in ipairs(value) do text(each, name .. "[" .. i .. "]") end
  return value
end

local function settings(value, name)
  of_type "table"(value, name)
  local list = {}
  for key, each in pairs(value) do
    list[#list + 1] = text(key, name) .. "=" .. text(each, name .. "." .. key)
  end
  table.sort(list)
  return list
end

local function start_method(value, name)
  if value == "fork" then return native.BP_START_FORK end
  if value == "spawn" then return native.BP_START_SPAWN end
  wrong(name, '"fork" or "spawn" expected, got %s', tostring(value))
end

local group_checks <const> = {
  name = text,
  workers = integer(1, 0x7FFFFFFF),
  start_method = start_method,
  command = texts,
  environment = settings,
  tasks = of_type "table",
  initializer = of_type "function",
}
for _, hook in ipairs(worker_hooks.NAMES) do group_checks[hook] = of_type "function" end

local pool_checks <const> = {
  groups = of_type "table",
  notify = of_type "boolean",
  threads = of_type "boolean",
  force_fork = of_type "boolean",
  max_boot_failures = integer(-1, 0x7FFFFFFF),
  max_jobs = integer(1, 0xFFFFFFFF),
  max_payload = integer(1, math.maxinteger),
  start_timeout = seconds,
  boot_timeout = seconds,
  template_path = text,
  pool_name = text,
  lost_worker_timeout = seconds,
  time_limit = limit,
  soft_time_limit = limit,
  terminate_grace = seconds,
  max_tasks_per_child = integer(1, math.maxinteger),
  max_memory_per_child = integer(0, math.maxinteger),
  max_restarts = integer(0, 0x7FFFFFFF),
  max_restart_freq = seconds,
  max_workers = integer(1, 0x7FFFFFFF),
  slots = integer(1, 0x7FFFFFFF),
  wait_for_slot = of_type "boolean",
  synack = of_type "boolean",
  synack_timeout = seconds,
  on_process_up = of_type "function",
  on_process_down = of_type "function",
  on_timeout_set = of_type "function",
  on_timeout_cancel = of_type "function",
  callbacks_propagate = texts,
  log = of_type "function",
}

-- Checks every pair of `given`. Options of a group are looked up in `more` too.
local function check(given, checks, more, prefix)
  local read = {}
  for name, value in pairs(given) do
    local checker = checks[name] or more[name]
    if not checker then wrong(prefix .. tostring(name), "no such option") end
    read[name] = checker(value, prefix .. name)
  end
  return read
end

local function fork_group(group, prefix)
  for name, fn in pairs(group.tasks or {}) do
    if type(name) ~= "string" or type(fn) ~= "function" then
      wrong(prefix .. "tasks", "functions by name expected, got %s = %s", tostring(name), type(fn))
    end
  end
  local set = tasks.with(group.tasks)
  if next(set) == nil then wrong(prefix .. "tasks", "a pool of Lua workers needs a task") end
  group.tasks = tasks.names(set)
  group.main = function(handle) return worker.main(handle, set, group) end
end

local function command_group(group, prefix)
  if #group.command == 0 then wrong(prefix .. "command", "a list of at least one word expected") end
  for _, hook in ipairs {"initializer", table.unpack(worker_hooks.NAMES)} do
    if group[hook] then
      wrong(prefix .. hook, "only for Lua workers; a command sets itself up")
    end
  end
  texts(group.tasks or {}, prefix .. "tasks")
end

local function finish_group(group, prefix)
  local method = group.start_method or native.BP_START_DEFAULT
  if group.command and method == native.BP_START_FORK then
    wrong(prefix .. "start_method", '"fork" runs no command')
  elseif not group.command and method == native.BP_START_SPAWN then
    wrong(prefix .. "command", 'needed by start_method "spawn"')
  end
  group.start_method = method
  local finish = group.command and command_group or fork_group
  finish(group, prefix)
  return group
end

local function read_groups(options)
  local groups = {}
  for index, given in ipairs(options.groups) do
    local prefix = "groups[" .. index .. "]."
    of_type "table"(given, "groups[" .. index .. "]")
    groups[index] = finish_group(check(given, group_checks, {}, prefix), prefix)
  end
  if #groups == 0 then wrong("groups", "a list of at least one group expected") end
  for name in pairs(group_checks) do
    if options[name] ~= nil then wrong(name, "belongs into a group when groups are given") end
  end
  return groups
end

local function read(options)
  local read_options = check(options, pool_checks, group_checks, "")
  if read_options.groups then
    read_options.groups = read_groups(options)
  else
    read_options.groups = {finish_group(read_options, "")}
  end
  return read_options
end

--- Checks the options of `billiard.pool` and gives them the form that pool.lua builds from.
function pool_options.read(options)
  if type(options) ~= "table" then
    errors.bad_argument(1, "pool", "table of options expected, got " .. type(options))
  end
  local ok, plan = pcall(read, options)
  if not ok then errors.bad_argument(1, "pool", plan) end
  return plan
end

return pool_options
