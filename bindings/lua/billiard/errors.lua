--- How things go wrong (private; the README's section "Errors" is for users).
--
-- Expected failures are values: `nil, message, code, detail`. Misuse (a wrong type, an unknown
-- option, a handle that was released) is raised with `error`, at the line that called the library.

local native = require "billiard.native"

local errors = {}

local status_name <const>, status_text <const> = native.bp_status_name, native.bp_status_text

--- What the fourth value of a failure is: a table with the fields `message`, `code` and, where they
-- are known, `job`, `pid`, `exit_status` (exit code, or minus the signal's number), `exit_text`,
-- `class`, `backtrace` and `errno`. `tostring` gives the message.
local Failure = {__name = "billiard.failure"}

function Failure.__tostring(failure)
  return failure.message
end

local codes = setmetatable({}, {
  __index = function(known, status)
    local code = status_name(status):gsub("^BP_", "")
    known[status] = code
    return code
  end,
})

--- The stable text of a status: -14 is "WORKER_LOST".
function errors.code(status)
  return codes[status]
end

--- Turns what a native call returned into a failure.
-- @param status its negative status
-- @param detail its error table, or nil
-- @return nil, message, code, detail
function errors.failure(status, detail)
  detail = setmetatable(detail or {}, Failure)
  detail.code = codes[status]
  detail.message = detail.message or status_text(status)
  return nil, detail.message, detail.code, detail
end

-- "@folder/" of this library's own files.
local own_folder <const> = debug.getinfo(1, "S").source:match("^(.*/)") or "@"

-- The stack level, seen from the function that called the caller of this one, of the innermost
-- function that is not the library's: whom misuse is blamed on.
local function users_level()
  local level = 3
  local info = debug.getinfo(level, "S")
  while info and info.source:sub(1, #own_folder) == own_folder do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  return level - 1
end

--- Raises misuse, at the line that called the library.
function errors.misuse(text, ...)
  error(string.format(text, ...), users_level())
end

--- Raises "bad argument" in Lua's own words, at the line that called the library.
-- @param position number of the argument
-- @param name the public function
-- @param what what is wrong with it
function errors.bad_argument(position, name, what)
  error(string.format("bad argument #%d to '%s' (%s)", position, name, what), users_level())
end

return errors
