--- Shared memory in which locks, values and all other small objects live.
--
-- Without one, objects live in the default segment, which all forked workers share. A segment of
-- its own takes objects to other processes: they open it by name, and each object by its id.
-- @classmod billiard.segment

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"

local Segment = shared.class("segment")
local handle_of <const> = shared.handle_of

--- Its file descriptor, for another process to inherit; close-on-exec, and the segment's own.
-- @treturn integer
function Segment:fd()
  return native.bp_segment_fd(handle_of(self, "fd"))
end

--- What is in it. Exact while nobody makes or ends objects.
-- @return table with the integers `max_bytes`, `objects`, `bytes_in_use`, `bytes_committed` and
-- `processes`; or nil, message, code
function Segment:stats()
  local status, max_bytes, objects, in_use, committed, processes =
    native.bpi_segment_stats(handle_of(self, "stats"))
  if status < 0 then return errors.failure(status, max_bytes) end
  return {
    max_bytes = max_bytes,
    objects = objects,
    bytes_in_use = in_use,
    bytes_committed = committed,
    processes = processes,
  }
end

--- Takes back at once what dead processes held; it happens by itself when memory is needed.
-- @return true; or nil, message, code (`NOMEM`)
function Segment:sweep()
  return shared.done(native.bp_segment_sweep(handle_of(self, "sweep")))
end

local known <const> = {name = true, max_bytes = "own", fd = "own"}

local smallest <const> = {max_bytes = 0, fd = -1}
local largest <const> = {max_bytes = math.maxinteger, fd = 0x7FFFFFFF}

local function option(options, name, default)
  local value = options and options[name]
  if value == nil then return default end
  local what <const> = "option '" .. name .. "'"
  local integer = shared.integer(value, 1, "segment", what)
  if integer < smallest[name] or integer > largest[name] then
    errors.bad_argument(1, "segment",
      string.format("%s: %d to %d expected, got %d", what, smallest[name], largest[name], integer))
  end
  return integer
end

local function new(options)
  local given = shared.options(options, 1, "segment", known)
  local max_bytes, fd = option(options, "max_bytes", 0), option(options, "fd")
  if fd and (given.name or options.max_bytes) then
    errors.bad_argument(1, "segment", "option 'fd': goes with no other one")
  end
  if fd then return shared.wrap(Segment, native.bp_segment_attach_fd(fd)) end
  if given and given.name then
    return shared.wrap(Segment, native.bpi_segment_open(given.name, max_bytes))
  end
  return shared.wrap(Segment, native.bpi_segment_create(max_bytes))
end

local function default()
  return shared.wrap(Segment, native.bp_segment_default())
end

return {new = new, default = default}
