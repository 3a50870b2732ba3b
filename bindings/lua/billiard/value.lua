--- One typed value in shared memory, with a lock or raw.
--
--     local counter = assert(billiard.value("q", 0))
--     assert(counter:add(1))
--     local point = assert(billiard.value("x:d,y:d", {x = 1.5}))
--     point.y = 2
--
-- `counter.value` is that of a scalar, `point.x` a field: a failure there is raised, while `get`
-- and `set` return it. Each access takes the lock, if there is one, and is whole without it too.
-- The atomic calls (`add`, `exchange`, `compare_exchange`) take none.
-- @classmod billiard.value

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local typed = require "billiard.typed"
local waiting = require "billiard.waiting"

local Value = shared.class("value")
local failure <const>, handle_of <const>, access <const> =
  errors.failure, shared.handle_of, typed.access

local getters <const> = {
  int = native.bp_value_get_int,
  uint = native.bp_value_get_uint,
  double = native.bp_value_get_double,
}
local setters <const> = {int = native.bp_value_set_int, double = native.bp_value_set_double}

typed.extend(Value, "value")

--- Reads the value of a scalar, or a field of a structure; all fields, as a table, without a name.
-- @tparam[opt] string field
-- @return the value; or nil, message, code (`STATE`)
function Value:get(field)
  handle_of(self, "get")
  local kind = self._type
  if field == nil and kind.is_structure then
    local status, bytes = access(self, native.bp_value_get_bytes)
    if status < 0 then return failure(status, bytes) end
    return kind:unpack(bytes, 1)
  end
  local found = kind:field(field)
  local status, number = access(self, getters[found.getter], found.number)
  if status < 0 then return failure(status, number) end
  return found.show(number)
end

--- Sets the value of a scalar, or a field of a structure; all fields, from a table, without a name
-- (those that the table lacks are zeroed).
-- @param value of the kind that the type has; anything else is misuse
-- @tparam[opt] string field
-- @return true; or nil, message, code (`INVALID`: out of range; `STATE`)
function Value:set(value, field)
  handle_of(self, "set")
  local kind = self._type
  if field == nil and kind.is_structure then
    local bytes, problem = kind:pack(value, self._wrap)
    if not bytes then return typed.refused(problem) end
    return shared.done(access(self, native.bp_value_set_bytes, bytes))
  end
  local found = kind:field(field)
  local number, problem = found.accept(found, value, "library")
  if not number then return typed.refused(problem) end
  local status, detail = access(self, setters[found.setter], found.number, number)
  if status >= 0 then return true end
  return typed.not_set(status, detail, found, value)
end

--- Its bytes in memory.
-- @return string; or nil, message, code (`STATE`)
function Value:bytes()
  handle_of(self, "bytes")
  local status, bytes = access(self, native.bp_value_get_bytes)
  if status < 0 then return failure(status, bytes) end
  return bytes
end

--- Sets its bytes, as many as the type has.
-- @tparam string bytes
-- @return true; or nil, message, code (`INVALID`, `STATE`)
function Value:set_bytes(bytes)
  handle_of(self, "set_bytes")
  if type(bytes) ~= "string" then
    errors.bad_argument(1, "set_bytes", "string expected, got " .. type(bytes))
  end
  return shared.done(access(self, native.bp_value_set_bytes, bytes))
end

--- Adds to an integer, atomically.
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return what was there before; or nil, message, code (`INVALID`: the sum is out of range, nothing
-- was changed)
function Value:add(number, field)
  local handle = handle_of(self, "add")
  local added = shared.integer(number, 1, "add", "number")
  local status, before =
    native.bp_value_fetch_add(handle, typed.integer_field(self, field).number, added)
  if status < 0 then return failure(status, before) end
  return before
end

--- Sets an integer, atomically.
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return what was there before; or nil, message, code (`INVALID`: out of range)
function Value:exchange(number, field)
  local handle = handle_of(self, "exchange")
  local stored = shared.integer(number, 1, "exchange", "number")
  local status, before =
    native.bp_value_exchange(handle, typed.integer_field(self, field).number, stored)
  if status < 0 then return failure(status, before) end
  return before
end

--- Sets an integer that is `expected`, atomically.
-- @tparam integer expected
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return whether it was, and was set, and what was there; or nil, message, code (`INVALID`)
function Value:compare_exchange(expected, number, field)
  local handle = handle_of(self, "compare_exchange")
  local wanted = shared.integer(expected, 1, "compare_exchange", "expected")
  local stored = shared.integer(number, 2, "compare_exchange", "number")
  local status, before = native.bp_value_compare_exchange(handle,
    typed.integer_field(self, field).number, wanted, stored)
  if status < 0 then return failure(status, before) end
  return before == wanted, before
end

--- Waits while an integer of 4 bytes is `expected`. Who changes it has to `wake`.
-- @tparam integer expected
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @tparam[opt] string field of a structure
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `INVALID`)
function Value:wait(expected, timeout, token, field)
  local handle = handle_of(self, "wait")
  local wanted = shared.integer(expected, 1, "wait", "expected")
  local limit, interrupt_handle = shared.limits(timeout, token, 2, "wait")
  local number = typed.integer_field(self, field).number
  return shared.done(waiting.wait(function(_, slice, raised)
    return native.bp_value_wait(handle, number, wanted, slice, raised)
  end, handle, limit, interrupt_handle))
end

--- Wakes those who wait.
-- @tparam[opt] integer count at most so many; nil: all
-- @tparam[opt] string field of a structure
-- @return true; or nil, message, code (`INVALID`)
function Value:wake(count, field)
  local most = count == nil and -1 or shared.integer(count, 1, "wake", "count")
  return shared.done(native.bp_value_wake(handle_of(self, "wake"),
    typed.integer_field(self, field).number, most))
end

-- A name that is no method is a field, or the `value` of a scalar.
local methods <const> = {}

local function field_of(self, name)
  if name == "value" and not self._type.is_structure then return nil end
  if not self._type.by_name[name] then
    errors.misuse("%s has no field '%s'", self._type.text, tostring(name))
  end
  return name
end

function Value:__index(name)
  local method = methods[name]
  if method then return method end
  if type(name) == "string" and name:sub(1, 1) == "_" then return nil end
  local value, message = self:get(field_of(self, name))
  if message then errors.misuse("%s", message) end
  return value
end

function Value:__newindex(name, value)
  if type(name) == "string" and name:sub(1, 1) == "_" then return rawset(self, name, value) end
  local ok, message = self:set(value, field_of(self, name))
  if not ok then errors.misuse("%s", message) end
end

for name, method in pairs(Value) do
  if not name:find "^__" then methods[name] = method end
end

--- Wraps what a native call made (private).
function Value.adopt(status, handle)
  if status < 0 then return failure(status, handle) end
  return setmetatable(typed.adopt({_handle = handle}, native.bp_value_type(handle),
    native.bp_value_size(handle)), Value)
end

local function new(type_text, initial, options)
  local kind, _, message, code, detail = typed.type_text(type_text, "value")
  if not kind then return nil, message, code, detail end
  local given = shared.options(options, 3, "value", typed.known)
  local wrap = options and options.wrap
  local bytes = ""
  if initial ~= nil then
    local problem
    bytes, problem = kind:pack(initial, wrap)
    if not bytes then return typed.refused(problem) end
  end
  local value
  value, message, code, detail = Value.adopt(native.bp_value_create(type_text, bytes, given))
  if not value then return nil, message, code, detail end
  value._wrap = wrap
  return value
end

return {new = new}
