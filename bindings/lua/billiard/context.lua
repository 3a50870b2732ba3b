--- How processes are started (private; init.lua has what users see).
--
-- fork        the child is a copy of this process
-- spawn       the child is this program started anew, and runs an entry
-- forkserver  the child is a fork of a small server process, which was started once for the whole tree

local native = require "billiard.native"
local errors = require "billiard.errors"
local process = require "billiard.process"
local shared = require "billiard.shared"

local context = {}

local function each_word(words)
  local list = native.bpi_names_new()
  for _, word in ipairs(words) do native.bpi_names_add(list, word) end
  return list
end

local function checked_words(words, name, what)
  if type(words) ~= "table" then
    errors.bad_argument(1, name, "table of strings expected, got " .. type(words))
  end
  for index, word in ipairs(words) do shared.text(word, 1, name, what .. " " .. index) end
  return words
end

-- The words that start this script again: the interpreter, its options, and the script. nil where no script
-- can be named.
local function own_command()
  local script = type(arg) == "table" and arg[0]
  if type(script) ~= "string" or script == "-" or arg[-1] == nil then return nil end
  local words = {}
  local first = -1
  while arg[first - 1] ~= nil do first = first - 1 end
  for index = first, 0 do
    if type(arg[index]) ~= "string" then return nil end
    words[#words + 1] = arg[index]
  end
  return words
end

local function set_command(words)
  local list = each_word(words)
  local status, detail = native.bpi_set_executable_command(list)
  native.bpi_names_free(list)
  return status, detail
end

function context.set_own_command()
  local words = own_command()
  if words then set_command(words) end
end

function context.set_executable(command)
  if type(command) == "string" then command = {command} end
  return shared.done(set_command(checked_words(command, "set_executable", "word")))
end

function context.set_forkserver_preload(paths)
  local list = each_word(checked_words(paths, "set_forkserver_preload", "path"))
  local status, detail = native.bpi_set_forkserver_preload(list)
  native.bpi_names_free(list)
  return shared.done(status, detail)
end

function context.freeze_support()
  if type(arg) ~= "table" then return end
  local words = {}
  for index, word in ipairs(arg) do words[index] = tostring(word) end
  local list = each_word(words)
  native.billiard_lua_freeze_support(list)
  native.bpi_names_free(list)
end

function context.start_methods()
  local names = {}
  repeat
    local name = native.bpi_start_method(#names)
    names[#names + 1] = name
  until not name
  return names
end

function context.start_method(options)
  local given = shared.named(options, 1, "start_method", {allow_unset = "boolean"})
  return native.bpi_current_start_method(given.allow_unset and 1 or 0)
end

function context.set_start_method(method, options)
  local given = shared.named(options, 2, "set_start_method", {force = "boolean"})
  return shared.done(native.bpi_set_start_method(
    method ~= nil and shared.text(method, 1, "set_start_method", "method") or nil,
    given.force and 1 or 0))
end

function context.forking_is_enabled()
  return native.bp_forking_is_enabled() == 1
end

function context.forking_enable(enable)
  if type(enable) ~= "boolean" then
    errors.bad_argument(1, "forking_enable", "boolean expected, got " .. type(enable))
  end
  return shared.done(native.bp_forking_enable(enable and 1 or 0))
end

--- A context: everything that `library` has, with processes of one start method.
function context.new(library, method)
  if method == nil then
    native.bpi_current_start_method(0)
    return library
  end
  local status, detail =
    native.bpi_check_start_method(shared.text(method, 1, "context", "method"))
  if status < 0 then return errors.failure(status, detail) end
  local made = {
    start_method = function() return method end,
    set_start_method = function()
      return errors.failure(native.BP_INVALID,
        {message = "cannot set start method of concrete context"})
    end,
  }
  function made.process(options)
    local copy = {}
    for name, value in pairs(shared.table(options, 1, "process")) do copy[name] = value end
    copy.start_method = method
    return process.new(copy)
  end
  return setmetatable(made, {__index = library, __name = "billiard.context"})
end

return context
