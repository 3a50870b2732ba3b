--- Shared objects and connections on their way to the entry of another process (private).
--
-- An object goes as a text that tells where it is, and the child opens it; nothing is run. Objects of the
-- default segment go by their id (a child has its parent's segment), those with a name by that. A connection,
-- and a queue without a name, goes as one of the child's inherited descriptors.

local native = require "billiard.native"
local connection = require "billiard.connection"
local errors = require "billiard.errors"
local queue = require "billiard.queue"
local shared = require "billiard.shared"
local simple_queue = require "billiard.simple_queue"

local reference = {}

local MARK <const> = "billiard object\0"

-- How objects are opened by their id, and each kind by its name. Set by init.lua, which knows the makers.
local openers, attach = {}, nil

local function kind_of(value)
  local metatable = type(value) == "table" and getmetatable(value)
  local name = type(metatable) == "table" and rawget(metatable, "__name")
  return type(name) == "string" and name:match("^billiard%.([%w_]+)$") or nil
end

--- Remembers where an object lives, when that is not the default segment. Returns what it got.
function reference.place(options, object, ...)
  if object and type(options) == "table" then
    rawset(object, "_name", options.name)
    rawset(object, "_elsewhere", options.segment ~= nil or options.fd ~= nil or nil)
  end
  return object, ...
end

--- Tells how objects are opened in the child.
-- @param by_id function(kind, id)
-- @param by_name functions by kind
function reference.set_openers(by_id, by_name)
  attach, openers = by_id, by_name
end

local function refuse(position, name, kind, what)
  errors.bad_argument(position, name, ("a billiard.%s %s"):format(kind, what))
end

local function connection_text(value, fds)
  local fd, message = value:fileno()
  if not fd then return nil, message end
  fds[#fds + 1] = fd
  return ("stream:%d:%d:%d"):format(#fds, value:readable() and 1 or 0, value:writable() and 1 or 0)
end

local function queue_fd(value, position, name)
  local queue = rawget(value, "_queue") or value
  local fd = native.bp_queue_segment_fd(shared.handle_of(queue, "process"))
  if fd < 0 then refuse(position, name, "queue", "can not be handed over") end
  return fd
end

local function where(value, kind, position, name, fds)
  if kind == "connection" then
    local text, message = connection_text(value, fds)
    return text or refuse(position, name, kind, "can not be handed over: " .. message)
  end
  local named = rawget(value, "_name")
  if named and openers[kind] then return "name:" .. named end
  if named then refuse(position, name, kind, "that has a name can not be handed over; hand over its name") end
  if kind == "queue" or kind == "simple_queue" then
    fds[#fds + 1] = queue_fd(value, position, name)
    return ("memory:%d"):format(#fds)
  end
  if not shared.classes[kind] or not shared.classes[kind].id then
    refuse(position, name, kind, "can not be handed over")
  end
  if rawget(value, "_elsewhere") then
    refuse(position, name, kind, "of another segment can not be handed over; hand over the segment and the id")
  end
  return ("id:%d"):format(value:id())
end

--- The arguments of an entry as they are sent.
-- @param arguments a table with `n`
-- @param fds a list, to which the descriptors are added that the child must get
-- @return a table of the same length
function reference.encode(arguments, position, name, fds)
  local sent = {n = arguments.n}
  for index = 1, arguments.n do
    local value = arguments[index]
    local kind = kind_of(value)
    if kind and rawget(value, "_handle") ~= nil or kind == "simple_queue" then
      value = MARK .. kind .. "\0" .. where(value, kind, position, name, fds)
    elseif type(value) == "string" and value:sub(1, #MARK) == MARK then
      errors.bad_argument(position, name, "an argument looks like a reference of Billiard")
    end
    sent[index] = value
  end
  return sent
end

local function open_stream(what)
  local index, reads, writes = what:match("^(%d+):([01]):([01])$")
  if not index then error("this is no reference to a connection", 0) end
  local fd = native.bpi_inherited_fd(math.tointeger(index) - 1)
  return connection.from_fd(fd, {readable = reads == "1", writable = writes == "1"})
end

local function open_memory(kind, what)
  local fd = native.bpi_inherited_fd(math.tointeger(what) - 1)
  local opened, message = (kind == "simple_queue" and simple_queue or queue).attach_fd(fd)
  native.close_descriptor(fd)
  return opened, message
end

local function open(text)
  local kind, how, what = text:match("^([%w_]+)\0(%a+):(.*)$", #MARK + 1)
  kind, how, what = kind or "", how or "", what or ""
  if kind == "connection" and how == "stream" then return open_stream(what) end
  if how == "memory" and math.tointeger(what) then return open_memory(kind, what) end
  if how == "id" and math.tointeger(what) then return attach(kind, math.tointeger(what)) end
  if how == "name" and openers[kind] then return openers[kind](what) end
  error("this is no reference to a shared object", 0)
end

--- The arguments as the entry gets them. Raises what can not be opened.
function reference.decode(...)
  local arguments = table.pack(...)
  for index = 1, arguments.n do
    local value = arguments[index]
    if type(value) == "string" and value:sub(1, #MARK) == MARK then
      local object, message = open(value)
      arguments[index] = object or error("argument " .. index .. ": " .. tostring(message), 0)
    end
  end
  return arguments
end

return reference
