--- The child's side: what runs the target of a process, and how it ends (private).

local native = require "billiard.native"
local log = require "billiard.log"
local raised = require "billiard.raised"
local reference = require "billiard.reference"

local child = {}

local FAILED <const> = 1

-- The functions that children which are started anew find by name.
local entries = {}

local function c_text(text)
  return (text:gsub("\0", "\\0"))
end

local function process_name()
  local _, name = native.bp_current_name()
  return name
end

-- The text that stderr and the log get of an error; frames below the target are ours.
local function describe(problem)
  local class = raised.class_of(problem)
  local message = raised.message_of(problem)
  if class ~= "string" then message = class .. ": " .. message end
  return debug.traceback(message, 2):gsub("\n\t%[C%]: in function 'xpcall'.*$", "")
end

-- Exit requests: see process.lua.
local function exit(code)
  io.stdout:flush()
  if code == nil or code == true then return native.billiard_lua_process_exit(0, nil) end
  if code == false then return native.billiard_lua_process_exit(FAILED, nil) end
  local integer = math.type(code) and math.tointeger(code)
  if integer then return native.billiard_lua_process_exit(integer & 0xFF, nil) end
  native.billiard_lua_process_exit(FAILED, c_text(tostring(code)))
end

local function report(text)
  io.stdout:flush()
  io.stderr:write("Process ", process_name(), ":\n", text, "\n")
  log.write("error", ("Process %s: %s"):format(process_name(), text))
end

local function run(target, arguments)
  os.exit = exit
  local ok, problem = xpcall(target, describe, table.unpack(arguments, 1, arguments.n))
  if not ok then report(problem) end
  io.stdout:flush()
  return ok and 0 or FAILED
end

--- What a forked child runs.
-- @return its exit request
function child.forked(target, arguments)
  math.randomseed(native.monotonic_now(), native.process_id()) -- so that siblings differ
  return run(target, arguments)
end

-- What a started child runs.
local function dispatch(name, bytes)
  local target = entries[name]
  local decoded = table.pack(native.messagepack_decode_arguments(bytes))
  if not decoded[1] then
    report("the arguments can not be decoded: " .. decoded[2])
    return FAILED
  end
  local ok, arguments = pcall(reference.decode, table.unpack(decoded, 2, decoded.n))
  if not ok then
    report(arguments)
    return FAILED
  end
  return run(target, arguments)
end

--- Registers an entry; a second function for the same name replaces the first.
-- @return a status, and an error table
function child.register(name, target)
  native.billiard_lua_entry_dispatcher(dispatch)
  if not entries[name] then
    local status, detail = native.billiard_lua_entry_register(name)
    if status < 0 then return status, detail end
  end
  entries[name] = target
  return native.BP_OK
end

return child
