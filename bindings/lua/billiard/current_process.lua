--- The process that runs this code, and who started it: what `billiard.current_process()` returns.
-- @classmod billiard.current_process

local native = require "billiard.native"
local errors = require "billiard.errors"
local process = require "billiard.process"
local shared = require "billiard.shared"

local Current = {__name = "billiard.current_process"}
Current.__index = Current

--- Its name: "MainProcess" where no process object stands for it.
-- @treturn string
function Current:name()
  local _, name = native.bp_current_name()
  return name
end

--- Gives it another one, which its log lines bear too.
-- @tparam string name 1 to 255 bytes
-- @return true; or nil, message, code (`INVALID`)
function Current:set_name(name)
  return shared.done(native.bp_current_set_name(shared.text(name, 1, "set_name", "name")))
end

--- Its process id.
-- @treturn integer
function Current:pid()
  return native.process_id()
end

--- Whether it ends with the process that started it.
-- @treturn boolean
function Current:daemon()
  return native.bp_current_is_daemon() == 1
end

--- The numbers of its line of descent; none in the main process.
-- @treturn table a list of integers
function Current:identity()
  return process.numbers(native.bpi_current_identity_part)
end

--- The key that processes of one tree prove themselves with; children inherit it. Show it to nobody.
-- @return string; or nil, message, code (`NOMEM`)
function Current:authkey()
  local status, key = native.bpi_current_authkey()
  if status < 0 then return errors.failure(status, key) end
  return key
end

--- Replaces the key, for children that are started later.
-- @tparam string key
-- @return true; or nil, message, code (`INVALID`: no bytes)
function Current:set_authkey(key)
  if type(key) ~= "string" then
    errors.bad_argument(1, "set_authkey", "string expected, got " .. type(key))
  end
  return shared.done(native.bpi_current_set_authkey(key))
end

--- It is alive.
-- @treturn boolean true
function Current:is_alive()
  return true
end

--- It has not ended.
-- @return nil
function Current:exit_code()
  return nil
end

--- The descriptors that the option `fds` of its process object gave it, after those of the connections among
-- its arguments.
-- @return a list of integers; nil in a process that was not started by this library
function Current:inherited_fds()
  if native.bpi_inherited_fd_count() < 0 then return nil end
  return process.numbers(native.bpi_inherited_fd)
end

--- Which signal the kernel sends to this process when the thread that started it ends.
-- @return integer; 0: none
function Current:pdeathsig()
  return native.bp_get_pdeathsig()
end

--- Sets that.
-- @tparam integer signal 0: none
-- @return true; or nil, message, code (`OS`: no such signal)
function Current:set_pdeathsig(signal)
  return shared.done(native.bp_set_pdeathsig(shared.integer(signal, 1, "set_pdeathsig", "signal")))
end

function Current:__tostring()
  return ("billiard.current_process (%s)"):format(self:name())
end

local current <const> = setmetatable({}, Current)

local function parent()
  local pid = native.bpi_parent_pid()
  if pid == 0 then return nil end
  local _, name = native.bpi_parent_name()
  return {pid = pid, name = name}
end

return {current = current, parent = parent}
