--- An array of typed elements in shared memory, with a lock or raw.
--
--     local squares = assert(billiard.array("i", 1000))
--     for i = 1, #squares do squares[i] = i * i end
--     local copy = squares:values()
--
-- Indexes count from 1, negative ones from the end. `array[i]` is in place: it reads and writes
-- shared memory, and is nil where there is no element, so that `ipairs` works; a wrong write is
-- raised, while `get` and `set` return failures. Each access takes the lock, if there is one;
-- several elements together are whole only while it is held.
-- @classmod billiard.array

local native = require "billiard.native"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local typed = require "billiard.typed"
local waiting = require "billiard.waiting"

local Array = shared.class("array")
local failure <const>, handle_of <const>, access <const> =
  errors.failure, shared.handle_of, typed.access

local getters <const> = {
  int = native.bp_array_get_int,
  uint = native.bp_array_get_uint,
  double = native.bp_array_get_double,
}
local setters <const> = {int = native.bp_array_set_int, double = native.bp_array_set_double}

typed.extend(Array, "array")

-- The place of an element from 0 on, or nil and a problem.
local function place_of(self, index, name)
  local given = shared.integer(index, 1, name, "index")
  local length = self._length
  if given >= 1 and given <= length then return given - 1 end
  if given < 0 and given >= -length then return length + given end
  return nil, string.format("index: %d is out of range 1 to %d", given, length)
end

-- The place of the first element of a range first ... last and its count, or nil and a problem. As
-- in string.sub, the range is 1 ... #array by default; a wrong one is not cut, though.
local function range_of(self, first, last, name)
  local length = self._length
  local from = first == nil and 1 or shared.integer(first, 1, name, "first")
  local to = last == nil and length or shared.integer(last, 2, name, "last")
  if from < 0 then from = length + from + 1 end
  if to < 0 then to = length + to + 1 end
  if from < 1 or to > length or from > to + 1 then
    return nil, string.format("index: %d to %d is out of range 1 to %d", from, to, length)
  end
  return from - 1, to - from + 1
end

local function get_at(self, place, field)
  local kind = self._type
  if field == nil and kind.is_structure then
    local status, bytes = access(self, native.bp_array_read, place, 1)
    if status < 0 then return failure(status, bytes) end
    return kind:unpack(bytes, 1)
  end
  local found = kind:field(field)
  local status, number = access(self, getters[found.getter], place, found.number)
  if status < 0 then return failure(status, number) end
  return found.show(number)
end

local function set_at(self, place, value, field)
  local kind = self._type
  if field == nil and kind.is_structure then
    local bytes, problem = kind:pack(value, self._wrap)
    if not bytes then return typed.refused(problem) end
    return shared.done(access(self, native.bp_array_write, place, bytes))
  end
  local found = kind:field(field)
  local number, problem = found.accept(found, value, "library")
  if not number then return typed.refused(problem) end
  local status, detail = access(self, setters[found.setter], place, found.number, number)
  if status >= 0 then return true end
  return typed.not_set(status, detail, found, value)
end

--- Reads an element; of a structure one field, or all as a table.
-- @tparam integer index
-- @tparam[opt] string field of a structure
-- @return the value; or nil, message, code (`INVALID`: no such element; `STATE`)
function Array:get(index, field)
  handle_of(self, "get")
  local place, problem = place_of(self, index, "get")
  if not place then return typed.refused(problem) end
  return get_at(self, place, field)
end

--- Sets an element; of a structure one field, or all from a table.
-- @tparam integer index
-- @param value of the kind that the type has; anything else is misuse
-- @tparam[opt] string field of a structure
-- @return true; or nil, message, code (`INVALID`: no such element, or out of range; `STATE`)
function Array:set(index, value, field)
  handle_of(self, "set")
  local place, problem = place_of(self, index, "set")
  if not place then return typed.refused(problem) end
  return set_at(self, place, value, field)
end

--- Copies elements to a table.
-- @tparam[opt] integer first default 1
-- @tparam[opt] integer last default the last
-- @return table; or nil, message, code (`INVALID`: out of range; `NOMEM`, `STATE`)
function Array:values(first, last)
  handle_of(self, "values")
  local place, count = range_of(self, first, last, "values")
  if not place then return typed.refused(count) end
  local status, bytes = access(self, native.bp_array_read, place, count)
  if status < 0 then return failure(status, bytes) end
  return self._type:unpack_all(bytes)
end

--- Copies the elements of a table into the array, from an index on.
-- @tparam table values
-- @tparam[opt] integer first default 1
-- @return true; or nil, message, code (`INVALID`: more than there is room for, or out of range)
function Array:set_values(values, first)
  handle_of(self, "set_values")
  if type(values) ~= "table" then
    errors.bad_argument(1, "set_values", "table expected, got " .. type(values))
  end
  local bytes, problem = self._type:pack_all(values, self._wrap)
  if not bytes then return typed.refused(problem) end
  return self:set_bytes(bytes, first)
end

--- Copies elements as the bytes that they are in memory.
-- @tparam[opt] integer first default 1
-- @tparam[opt] integer last default the last
-- @return string; or nil, message, code as `values`
function Array:bytes(first, last)
  handle_of(self, "bytes")
  local place, count = range_of(self, first, last, "bytes")
  if not place then return typed.refused(count) end
  local status, bytes = access(self, native.bp_array_read, place, count)
  if status < 0 then return failure(status, bytes) end
  return bytes
end

--- Copies the bytes of whole elements into the array, from an index on.
-- @tparam string bytes
-- @tparam[opt] integer first default 1
-- @return true; or nil, message, code (`INVALID`: more than there is room for)
function Array:set_bytes(bytes, first)
  handle_of(self, "set_bytes")
  if type(bytes) ~= "string" then
    errors.bad_argument(1, "set_bytes", "string expected, got " .. type(bytes))
  end
  if #bytes == 0 then return true end
  local place, problem = place_of(self, first == nil and 1 or first, "set_bytes")
  if not place then return typed.refused(problem) end
  return shared.done(access(self, native.bp_array_write, place, bytes))
end

--- Sets elements to one value.
-- @param value as in `set`
-- @tparam[opt] integer first default 1
-- @tparam[opt] integer last default the last
-- @return true; or nil, message, code (`INVALID`: out of range)
function Array:fill(value, first, last)
  handle_of(self, "fill")
  local place, count = range_of(self, first, last, "fill")
  if not place then return typed.refused(count) end
  local bytes, problem = self._type:pack(value, self._wrap)
  if not bytes then return typed.refused(problem) end
  if count == 0 then return true end
  return shared.done(access(self, native.bp_array_fill, place, count, bytes))
end

--- The text in an array of type "c": its bytes up to the first NUL.
-- @return string; or nil, message, code (`INVALID`: another type)
function Array:text()
  handle_of(self, "text")
  local status, bytes = access(self, native.bp_array_get_text)
  if status < 0 then return failure(status, bytes) end
  return bytes
end

--- Sets it, and a NUL behind it when there is room.
-- @tparam string text
-- @return true; or nil, message, code (`INVALID`: longer than the array, or another type)
function Array:set_text(text)
  handle_of(self, "set_text")
  if type(text) ~= "string" then
    errors.bad_argument(1, "set_text", "string expected, got " .. type(text))
  end
  if self._type.text == "c" and #text > self._length then
    return typed.refused(string.format("text: %d bytes do not fit in %d", #text, self._length))
  end
  return shared.done(access(self, native.bp_array_set_text, text))
end

-- An atomic call on an element: `call(handle, place, field, ...)`.
local function atomic(self, name, call, index, field, ...)
  local handle = handle_of(self, name)
  local number = typed.integer_field(self, field).number
  local place, problem = place_of(self, index, name)
  if not place then return typed.refused(problem) end
  local status, result = call(handle, place, number, ...)
  if status < 0 then return failure(status, result) end
  return result
end

--- Adds to an integer element, atomically.
-- @tparam integer index
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return what was there before; or nil, message, code (`INVALID`)
function Array:add(index, number, field)
  local added = shared.integer(number, 2, "add", "number")
  return atomic(self, "add", native.bp_array_fetch_add, index, field, added)
end

--- Sets an integer element, atomically.
-- @tparam integer index
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return what was there before; or nil, message, code (`INVALID`)
function Array:exchange(index, number, field)
  local stored = shared.integer(number, 2, "exchange", "number")
  return atomic(self, "exchange", native.bp_array_exchange, index, field, stored)
end

--- Sets an integer element that is `expected`, atomically.
-- @tparam integer index
-- @tparam integer expected
-- @tparam integer number
-- @tparam[opt] string field of a structure
-- @return whether it was, and was set, and what was there; or nil, message, code (`INVALID`)
function Array:compare_exchange(index, expected, number, field)
  local wanted = shared.integer(expected, 2, "compare_exchange", "expected")
  local stored = shared.integer(number, 3, "compare_exchange", "number")
  local before, message, code, detail = atomic(self, "compare_exchange",
    native.bp_array_compare_exchange, index, field, wanted, stored)
  if not before then return nil, message, code, detail end
  return before == wanted, before
end

--- Waits while an integer element of 4 bytes is `expected`. Who changes it has to `wake`.
-- @tparam integer index
-- @tparam integer expected
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @tparam[opt] string field of a structure
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `INVALID`)
function Array:wait(index, expected, timeout, token, field)
  local handle = handle_of(self, "wait")
  local wanted = shared.integer(expected, 2, "wait", "expected")
  local limit, interrupt_handle = shared.limits(timeout, token, 3, "wait")
  local number = typed.integer_field(self, field).number
  local place, problem = place_of(self, index, "wait")
  if not place then return typed.refused(problem) end
  return shared.done(waiting.wait(function(_, slice, raised)
    return native.bp_array_wait(handle, place, number, wanted, slice, raised)
  end, handle, limit, interrupt_handle))
end

--- Wakes those who wait for an element.
-- @tparam integer index
-- @tparam[opt] integer count at most so many; nil: all
-- @tparam[opt] string field of a structure
-- @return true; or nil, message, code (`INVALID`)
function Array:wake(index, count, field)
  local most = count == nil and -1 or shared.integer(count, 2, "wake", "count")
  handle_of(self, "wake")
  local number = typed.integer_field(self, field).number
  local place, problem = place_of(self, index, "wake")
  if not place then return typed.refused(problem) end
  return shared.done(native.bp_array_wake(self._handle, place, number, most))
end

--- The number of elements; `#array` is the same.
-- @treturn integer
function Array:length()
  handle_of(self, "length")
  return self._length
end

function Array:__len()
  handle_of(self, "#")
  return self._length
end

local methods <const> = {}

function Array:__index(index)
  if math.type(index) == "integer" then
    handle_of(self, "[]")
    local place = place_of(self, index, "[]")
    if not place then return nil end
    local value, message = get_at(self, place)
    if message then errors.misuse("%s", message) end
    return value
  end
  return methods[index]
end

function Array:__newindex(index, value)
  if type(index) == "string" and index:sub(1, 1) == "_" then return rawset(self, index, value) end
  handle_of(self, "[]")
  local place, problem = place_of(self, index, "[]")
  if not place then errors.misuse("%s", problem) end
  local ok, message = set_at(self, place, value)
  if not ok then errors.misuse("%s", message) end
end

for name, method in pairs(Array) do
  if not name:find "^__" then methods[name] = method end
end

--- Wraps what a native call made (private).
function Array.adopt(status, handle)
  if status < 0 then return failure(status, handle) end
  local array = typed.adopt({_handle = handle}, native.bp_array_type(handle),
    native.bp_array_element_size(handle))
  array._length = native.bp_array_length(handle)
  return setmetatable(array, Array)
end

-- The length and the first bytes, of what the caller gave; or nil and a problem.
local function read_contents(kind, contents, wrap)
  if type(contents) == "table" then
    local bytes, problem = kind:pack_all(contents, wrap)
    return bytes and #contents, bytes or problem
  end
  if type(contents) == "string" then
    if kind.text ~= "c" then
      errors.bad_argument(2, "array", "contents: a string is for type c only")
    end
    return #contents, contents
  end
  return shared.integer(contents, 2, "array", "length"), ""
end

local function new(type_text, contents, options)
  local kind, _, message, code, detail = typed.type_text(type_text, "array")
  if not kind then return nil, message, code, detail end
  local given = shared.options(options, 3, "array", typed.known)
  local wrap = options and options.wrap
  local length, bytes = read_contents(kind, contents, wrap)
  if not length then return typed.refused(bytes) end
  local array
  array, message, code, detail =
    Array.adopt(native.bp_array_create(type_text, length, bytes, given))
  if not array then return nil, message, code, detail end
  array._wrap = wrap
  return array
end

return {new = new}
