--- The library's logger: one per process, silent until it is told where to write. Forked workers go on with
-- the host's settings, and workers that are commands are given them.
--
--     billiard.log.to_stderr("info")
--     billiard.log.write("warning", "the disk is almost full") -- [WARNING/MainProcess] the disk ...
--
-- Levels are "subdebug", "debug", "info", "subwarning", "warning" and "error", or integers between them.
-- @module billiard.log

local native = require "billiard.native"
local errors = require "billiard.errors"

local log = {}

local levels <const> = {
  notset = native.BP_LOG_NOTSET,
  subdebug = native.BP_LOG_SUBDEBUG,
  debug = native.BP_LOG_DEBUG,
  info = native.BP_LOG_INFO,
  subwarning = native.BP_LOG_SUBWARNING,
  warning = native.BP_LOG_WARNING,
  error = native.BP_LOG_ERROR,
}

local function number_of(level, position, name)
  if level == nil then return native.BP_LOG_NOTSET end
  local number = levels[level] or math.type(level) == "integer" and level
  if not number or number < 0 or number > 1000 then
    errors.bad_argument(position, name, "level expected, got " .. tostring(level))
  end
  return number
end

local function text(value, position, name)
  if type(value) ~= "string" then
    errors.bad_argument(position, name, "string expected, got " .. type(value))
  end
  return (value:gsub("\0", "\\0"))
end

--- Writes lines to standard error; another sink ends.
-- @param[opt] level the least that is written; nil leaves it as it is
function log.to_stderr(level)
  native.bp_log_to_stderr(number_of(level, 1, "to_stderr"))
end

--- Appends lines to a file, which is made if need be.
-- @tparam string path
-- @param[opt] level as for `to_stderr`
-- @return true; or nil, message, code (`OS`: the file can not be opened, and nothing has changed)
function log.to_file(path, level)
  local status, detail =
    native.bp_log_to_file(text(path, 1, "to_file"), number_of(level, 2, "to_file"))
  if status < 0 then return errors.failure(status, detail) end
  return true
end

--- Ends logging, in this process.
function log.stop()
  native.bp_log_stop()
end

--- The level as it was set, an integer; 0 at first, which is that of warnings.
-- @treturn integer
function log.level()
  return native.bp_log_get_level()
end

--- Sets the least level that is written, in this process.
function log.set_level(level)
  native.bp_log_set_level(number_of(level, 1, "set_level"))
end

--- Whether a line of this level would be written.
-- @treturn boolean
function log.enabled(level)
  return native.bp_log_enabled(number_of(level, 1, "enabled")) == 1
end

--- Writes a line, if its level is enabled.
-- @param level
-- @tparam string message
function log.write(level, message)
  native.bp_log_write(number_of(level, 1, "write"), text(message, 2, "write"))
end

--- A format for `set_format`: each line is one JSON object with the members time (UTC), level, levelno, name,
-- processName, process and message.
log.FORMAT_JSON = native.BP_LOG_FORMAT_JSON

--- Sets what a line looks like: %(levelname)s, %(processName)s, %(process)d, %(name)s, %(asctime)s and
-- %(message)s stand for what they say. "" is the default.
-- @tparam string format
function log.set_format(format)
  native.bp_log_set_format(text(format, 1, "set_format"))
end

--- Sets what %(name)s stands for.
-- @tparam string name
function log.set_name(name)
  native.bp_log_set_name(text(name, 1, "set_name"))
end

--- What this process is called: "MainProcess" at first, "ForkPoolWorker-1" in a worker.
-- @treturn string
function log.process_name()
  local _, name = native.bp_log_process_name()
  return name
end

--- Changes that.
-- @tparam string name
function log.set_process_name(name)
  native.bp_log_set_process_name(text(name, 1, "set_process_name"))
end

return log
