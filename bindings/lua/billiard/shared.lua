--- What all objects in shared memory have in common (private).
--
-- An object is a table with the native handle in `_handle`. A class is its metatable;
-- `shared.class` makes it with `id`, `release`, collection and `<close>`.

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local waiting = require "billiard.waiting"

local failure <const>, nanoseconds <const>, take <const> =
  errors.failure, waiting.nanoseconds, waiting.take
local token_of <const> = interrupt.handle_of
local FOREVER <const>, OWNER_DIED <const> = native.BP_FOREVER, native.BP_OWNER_DIED

local shared = {}

--- Classes by kind: "lock", "segment", ...
shared.classes = {}

--- The native handle of an object, for its method `name`.
function shared.handle_of(self, name)
  local handle = self._handle
  if not handle then
    errors.misuse("%s: the %s was released", name, getmetatable(self).__name:match("[^.]+$"))
  end
  return handle
end
local handle_of <const> = shared.handle_of

--- Makes the class of a kind of object, with its native calls bp_NAME_...
function shared.class(kind, name)
  name = name or kind
  local class = {__name = "billiard." .. kind}
  class.__index = class
  local release, id = native["bp_" .. name .. "_release"], native["bp_" .. name .. "_id"]

  --- Frees this process's hold on the object; it goes with the last one. What `<close>` does at the
  -- end of a block, and the collector. May be repeated.
  function class:release()
    local handle = self._handle
    if not handle then return end
    self._handle = false
    release(handle)
  end
  class.__gc, class.__close = class.release, class.release

  if id then
    --- The number that names the object within its segment: `billiard.attach` takes it, also in
    -- another process. 0 for a named object.
    -- @treturn integer
    function class:id()
      return id(handle_of(self, "id"))
    end
  end
  shared.classes[kind] = class
  return class
end

--- Adds a text, made by a native describe call.
function shared.describe(class, describe)
  function class:__tostring()
    local handle = self._handle
    if not handle then return class.__name .. " (released)" end
    return select(2, describe(handle))
  end
end

--- What a native call without a value returns: true, or a failure.
function shared.done(status, detail)
  if status < 0 then return failure(status, detail) end
  return true
end

--- Wraps what a native create or attach call returned.
function shared.wrap(class, status, handle)
  if status < 0 then return failure(status, handle) end
  return setmetatable({_handle = handle}, class)
end

--- A timeout and a token, arguments number `position` and the next of the method `name`, as native
-- waits take them.
function shared.limits(timeout, token, position, name)
  return timeout == nil and FOREVER or nanoseconds(timeout, position, name),
    token ~= nil and token_of(token, position + 1, name) or nil
end
local limits <const> = shared.limits

-- Wishes that are flags of the C ABI, with what they are called here.
local flags <const> = {fifo = native.BP_FIFO, tracked = native.BP_TRACKED, wrap = native.BP_WRAP}

local function bad_option(position, maker, name, what)
  errors.bad_argument(position, maker, string.format("option '%s': %s", name, what))
end

local function is_a(value, kind)
  return getmetatable(value) == shared.classes[kind]
end

local readers <const> = {
  name = function(given, value, bad)
    if type(value) ~= "string" or value:find("\0", 1, true) then
      bad("string without NUL expected")
    end
    given.name = value
  end,
  segment = function(given, value, bad)
    if not is_a(value, "segment") then bad("a billiard.segment expected, got " .. type(value)) end
    given.segment = handle_of(value, "segment")
  end,
  lock = function(given, value, bad)
    if value == false then
      given.flags = given.flags | native.BP_NO_LOCK
    elseif is_a(value, "lock") then
      given.lock = handle_of(value, "lock")
    elseif is_a(value, "rlock") then
      given.rlock = handle_of(value, "rlock")
    elseif value ~= true then
      bad("a lock, an rlock or a boolean expected, got " .. type(value))
    end
  end,
}
for name, flag in pairs(flags) do
  readers[name] = function(given, value, bad)
    if type(value) ~= "boolean" then bad("boolean expected, got " .. type(value)) end
    if value then given.flags = given.flags | flag end
  end
end

--- A text that goes to C: raises what is none.
function shared.text(value, position, name, what)
  if type(value) ~= "string" or value:find("\0", 1, true) then
    errors.bad_argument(position, name, string.format("%s: string without NUL expected, got %s", what,
      type(value)))
  end
  return value
end

--- A table of options that must be there.
function shared.table(value, position, name)
  if type(value) ~= "table" then
    errors.bad_argument(position, name, "table of options expected, got " .. type(value))
  end
  return value
end

-- Whether an option's value is of a wanted type: those of Lua, "integer" or "any".
local function fits(value, wanted)
  return wanted == "any" or type(value) == wanted or wanted == "integer" and math.type(value) == wanted
end

--- Reads a table of named options.
-- @param options what the caller gave, or nil
-- @param position which argument it is
-- @param name the public function
-- @param known what each option is to be: a type of Lua, "integer" or "any"
-- @return the table, an empty one for nil
function shared.named(options, position, name, known)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.bad_argument(position, name, "table of options expected, got " .. type(options))
  end
  for option, value in pairs(options) do
    local wanted = known[option]
    if not wanted then bad_option(position, name, tostring(option), "no such option") end
    if not fits(value, wanted) then
      bad_option(position, name, option, wanted .. " expected, got " .. type(value))
    end
  end
  return options
end

--- A native list of descriptors, to be freed with bpi_fds_free.
function shared.descriptors(numbers, position, name)
  if type(numbers) ~= "table" then
    errors.bad_argument(position, name, "table of descriptors expected, got " .. type(numbers))
  end
  for index, number in ipairs(numbers) do
    if math.type(number) ~= "integer" or number < -0x80000000 or number > 0x7FFFFFFF then
      errors.bad_argument(position, name, ("descriptor %d: integer expected, got %s"):format(index,
        math.type(number) and number or type(number)))
    end
  end
  local list = native.bpi_fds_new()
  for _, number in ipairs(numbers) do native.bpi_fds_add(list, number) end
  return list
end

--- Reads the options of a maker.
-- @param options what the caller gave
-- @param position which argument it is
-- @param maker the public function
-- @param known the names of the options, as keys; one with the value "own" is the maker's to read
-- @return what the native create calls take
function shared.options(options, position, maker, known)
  if options == nil then return nil end
  if type(options) ~= "table" then
    errors.bad_argument(position, maker, "table of options expected, got " .. type(options))
  end
  local given = {flags = 0}
  for name, value in pairs(options) do
    local function bad(what) bad_option(position, maker, tostring(name), what) end
    if not known[name] then bad("no such option") end
    if known[name] ~= "own" then readers[name](given, value, bad) end
  end
  return given
end

--- Checks an integer argument.
function shared.integer(value, position, maker, what)
  local integer = math.type(value) and math.tointeger(value)
  if not integer then
    errors.bad_argument(position, maker,
      string.format("%s: integer expected, got %s", what,
        type(value) == "number" and tostring(value) or type(value)))
  end
  return integer
end

--- The lock of an object, by the native calls for its two kinds.
function shared.lock_of(handle, get_rlock, get_lock)
  local status, found = get_rlock(handle)
  if status >= 0 then return setmetatable({_handle = found}, shared.classes.rlock) end
  if status ~= native.BP_NOT_FOUND then return failure(status, found) end
  return shared.wrap(shared.classes.lock, get_lock(handle))
end

local holders <const> = {
  [native.BP_HELD_BY_CALLER] = "self",
  [native.BP_HELD_BY_THREAD] = "thread",
  [native.BP_HELD_BY_PROCESS] = "other",
  [native.BP_HELD_BY_DEAD] = "dead",
}

--- What a native holder call returned, as `holder` returns it.
function shared.holder(held_by, pid)
  local who = holders[held_by]
  if who then return pid, who end
  return nil
end

--- A lock that is held until the end of a block: what `hold` returns.
local Hold = {__name = "billiard.hold"}
Hold.__index = Hold

--- Gives the lock back before the block ends.
-- @return true; or nil, message, code
function Hold:unlock()
  local object = self._object
  if not object then return true end
  self._object = false
  return object:unlock()
end

-- An error that ends the block is not hidden behind another one.
function Hold:__close(problem)
  if not self._object or problem ~= nil and not self._object._handle then return end
  local ok, message = self:unlock()
  if not ok and problem == nil then error(message, 0) end
end

--- Adds acquire, unlock and hold to a class: `acquire(handle, nanoseconds, token)`, its wait-only
-- twin `wait` and `unlock(handle)` are native. `whole(self)`, if given, says whether an acquire must
-- be a single wait.
function shared.lockable(class, acquire, wait, unlock, whole)
  --- Takes the lock.
  -- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only tries
  -- @param[opt] token an interrupt
  -- @return true, and whether the last holder died with it (what it protects may be half done); or
  -- nil, message, code (`TIMEOUT`, `INTERRUPTED`, `STATE`)
  function class:acquire(timeout, token)
    local handle = handle_of(self, "acquire")
    local limit, interrupt_handle = limits(timeout, token, 1, "acquire")
    local status, detail
    if whole and whole(self) then
      status, detail = acquire(handle, limit, interrupt_handle)
    else
      status, detail = take(acquire, wait, handle, limit, interrupt_handle)
    end
    if status < 0 then return failure(status, detail) end
    local recovered = status == OWNER_DIED or self._recovered == true
    if self._recovered then self._recovered = nil end
    return true, recovered
  end

  --- Gives the lock back.
  -- @return true; or nil, message, code (`STATE`: it is not held)
  function class:unlock()
    local status, detail = unlock(handle_of(self, "unlock"))
    if status < 0 then return failure(status, detail) end
    return true
  end

  --- Takes the lock for a block: `local held <close> = assert(lock:hold())`.
  -- @tparam[opt] number timeout as in `acquire`
  -- @param[opt] token as in `acquire`
  -- @return what gives the lock back when it is closed, or earlier by `held:unlock()`; its field
  -- `recovered` says whether the last holder died. Or nil, message, code as `acquire`
  function class:hold(timeout, token)
    local ok, recovered, code, detail = self:acquire(timeout, token)
    if not ok then return nil, recovered, code, detail end
    return setmetatable({_object = self, recovered = recovered}, Hold)
  end
end

return shared
