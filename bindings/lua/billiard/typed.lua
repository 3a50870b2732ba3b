--- What values and arrays have in common (private).

local native = require "billiard.native"
local element_type = require "billiard.element_type"
local errors = require "billiard.errors"
local shared = require "billiard.shared"

local failure <const>, handle_of <const> = errors.failure, shared.handle_of
local TIMEOUT <const>, OWNER_DIED <const>, INVALID <const> =
  native.BP_TIMEOUT, native.BP_OWNER_DIED, native.BP_INVALID

local typed = {}

--- The failure of a value that a type can not hold.
function typed.refused(problem)
  return failure(INVALID, {message = problem})
end

--- Calls a native access, which takes the object's lock for itself, as often as it finds that held
-- by somebody for a whole slice. A holder that died is told of by the next `acquire`.
function typed.access(self, call, ...)
  local status, first, second
  repeat status, first, second = call(self._handle, ...) until status ~= TIMEOUT
  if status == OWNER_DIED then self._recovered = true end
  return status, first, second
end

typed.known = {name = true, segment = true, lock = true, wrap = true}

--- Reads what `new` was given: the type's text.
function typed.type_text(type_text, maker)
  if type(type_text) ~= "string" or type_text:find("\0", 1, true) then
    errors.bad_argument(1, maker, "type: a typecode or \"name:code,...\" expected, got " ..
      (type(type_text) == "string" and "a string with NUL" or type(type_text)))
  end
  local status, size = native.bp_type_read(type_text)
  if status < 0 then return nil, failure(status, size) end
  return element_type.read(type_text, size)
end

--- Fills an object that was made or attached to.
function typed.adopt(object, text, size, wrap)
  object._type = element_type.read(text, size)
  object._wrap = wrap
  return object
end

--- Adds what both classes share, by their native calls bp_KIND_...
function typed.extend(class, kind)
  local function call(name) return native["bp_" .. kind .. "_" .. name] end
  local native_acquire, native_wait, native_unlock =
    call "acquire", call "wait_lock", call "unlock"
  local get_rlock, get_lock, get_type, get_size =
    call "get_rlock", call "get_lock", call "type", call "size"

  shared.lockable(class, function(handle, limit, token)
    return native_acquire(handle, 0, limit, token)
  end, function(handle, limit, token)
    return native_wait(handle, 0, limit, token)
  end, function(handle)
    return native_unlock(handle, 0)
  end)
  shared.describe(class, call "describe")

  --- Its lock.
  -- @return a new handle, a `billiard.rlock` or `billiard.lock`; or nil, message, code
  -- (`NOT_FOUND`: it has none)
  function class:lock()
    return shared.lock_of(handle_of(self, "lock"), get_rlock, get_lock)
  end

  --- The text of its type: "i", "x:d,n:i".
  -- @treturn string
  function class:type()
    return get_type(handle_of(self, "type"))
  end

  --- How many bytes it has in shared memory.
  -- @treturn integer
  function class:size()
    return get_size(handle_of(self, "size"))
  end

  --- A new one without a lock, with the same type and contents.
  -- @tparam[opt] table options `segment`
  -- @return the copy; or nil, message, code (`NOMEM`, `STATE`)
  function class:copy(options)
    local handle = handle_of(self, "copy")
    local given = shared.options(options, 1, "copy", {segment = true})
    return class.adopt(call "copy"(handle, given))
  end

  --- A second handle to one that was made without a lock, with a lock.
  -- @tparam[opt] table options `lock`: the one to use, else a new rlock
  -- @return the handle; or nil, message, code (`STATE`: it has one already)
  function class:synchronize(options)
    local handle = handle_of(self, "synchronize")
    local given = shared.options(options, 1, "synchronize", {lock = true})
    return class.adopt(call "synchronize"(handle, given))
  end
end

--- The failure of a native set call, which says what could not be set.
function typed.not_set(status, detail, field, value)
  if status == INVALID and field.integer then
    local number, problem = field.accept(field, value, false)
    if not number then return typed.refused(problem) end
  end
  return failure(status, detail)
end

--- The integer field of that name, for the atomic calls.
function typed.integer_field(self, name)
  local field = self._type:field(name)
  if not field.integer then
    errors.misuse("field: type %s is not an integer", field.code)
  end
  return field
end

return typed
