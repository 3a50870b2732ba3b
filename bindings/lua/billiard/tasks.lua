--- The module's registry of tasks (private).

local errors = require "billiard.errors"

local tasks = {}

local registered = {}

--- Checks a task's name and function, given to the public function `where`.
function tasks.check(name, fn, where)
  if type(name) ~= "string" or #name < 1 or #name > 255 or name:find("\0", 1, true) then
    errors.bad_argument(1, where,
      "task name: string of 1 to 255 bytes without NUL expected, got " ..
      (type(name) == "string" and string.format("%q", name) or type(name)))
  end
  if type(fn) ~= "function" then
    errors.bad_argument(2, where,
      string.format("task '%s': function expected, got %s", name, type(fn)))
  end
end

function tasks.register(name, fn)
  tasks.check(name, fn, "task")
  registered[name] = fn
end

--- The registered tasks and those of `own` (which may be nil and wins), as a new table.
function tasks.with(own)
  local all = {}
  for name, fn in pairs(registered) do all[name] = fn end
  for name, fn in pairs(own or {}) do all[name] = fn end
  return all
end

--- Names in a fixed order: every worker of a group must say the same.
function tasks.names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return tasks
