--- The type of a value or of an array's elements (private): one typecode, or a structure of named
-- fields, "x:d,n:i". How Lua sees the typecodes:
--
--   c  a string of one byte           u  a string of one character, in UTF-8
--   b B  h H  i I  l L  q Q  integers of 1, 2, 4, 8, 8 bytes, signed and unsigned
--   f d  float, double                ?  true or false
--
-- Numbers of 64-bit unsigned types above 2^63 - 1 are seen as the integer of the same bits.

local errors = require "billiard.errors"

local element_type = {}

local formats <const> = {
  c = "B", b = "b", B = "B", h = "i2", H = "I2", i = "i4", I = "I4", l = "i8", L = "I8", q = "i8",
  Q = "I8", u = "I4", f = "f", d = "d", ["?"] = "B",
}

local function range_of(code)
  local bits = 8 * string.packsize(formats[code])
  if bits == 64 then return code:find "%l" and math.mininteger or 0, math.maxinteger end
  if code:find "%l" then return -(1 << bits - 1), (1 << bits - 1) - 1 end
  return 0, (1 << bits) - 1
end

-- The integer that is left of a larger one: what the library does, for bytes that are made here.
local function wrapped(number, format)
  local bits = 8 * string.packsize(format)
  if bits == 64 then return number end
  return (string.unpack("<" .. format, string.pack("<I8", number)))
end

-- How each sort of field is accepted from Lua: `accept(field, value, wrap)` returns the number that
-- is stored, or nil and what is wrong. Wrong kinds are misuse, and raised. `wrap` is true, false or
-- "library": that takes the number as it is and decides.
local function refuse(field, value, wanted)
  errors.misuse("%s must be %s for type %s, got %s",
    field.name and "field " .. field.name or "value", wanted, field.code,
    type(value) == "number" and tostring(value) or type(value))
end

local function accept_integer(field, value, wrap)
  local number = math.type(value) and math.tointeger(value)
  if not number then refuse(field, value, "an integer") end
  if wrap == "library" or number >= field.least and number <= field.most then return number end
  if wrap then return wrapped(number, field.format) end
  return nil, string.format("%d is out of range for type %s (%d to %d)", number, field.code,
    field.least, field.most)
end

local function accept_float(field, value)
  if not math.type(value) then refuse(field, value, "a number") end
  return value + 0.0
end

local function accept_truth(field, value)
  if type(value) ~= "boolean" then refuse(field, value, "a boolean") end
  return value and 1 or 0
end

local function accept_byte(field, value)
  if type(value) ~= "string" then refuse(field, value, "a string of one byte") end
  if #value == 1 then return value:byte() end
  return nil, string.format("value: type c holds one byte, not %d", #value)
end

local function accept_character(field, value)
  if type(value) ~= "string" then refuse(field, value, "a string of one character") end
  if utf8.len(value) == 1 then return utf8.codepoint(value) end
  return nil, "value: type u holds one character of UTF-8"
end

local function same(number)
  return number
end

-- Memory that others write may hold what is no character.
local function character(number)
  return number <= 0x10FFFF and utf8.char(number) or "\u{FFFD}"
end

local function sort_of(code)
  if code == "f" or code == "d" then return "double", accept_float, same end
  if code == "?" then return "int", accept_truth, function(number) return number ~= 0 end end
  if code == "c" then return "int", accept_byte, string.char end
  if code == "u" then return "int", accept_character, character end
  return code:find "[LQ]" and "uint" or "int", accept_integer, same
end

local function new_field(number, name, code)
  local getter, accept, show = sort_of(code)
  local field = {
    number = number, name = name, code = code, format = formats[code],
    getter = getter,                               -- of the native get calls
    setter = getter == "double" and "double" or "int", -- of the native set calls
    accept = accept, show = show,
    integer = accept == accept_integer,
  }
  if field.integer then field.least, field.most = range_of(code) end
  return field
end

local Type = {}
Type.__index = Type

--- The field of that name; nil is a scalar's own.
function Type:field(name)
  if name == nil and not self.is_structure then return self.fields[1] end
  local field = self.by_name[name]
  if field then return field end
  if name == nil then errors.misuse("field: one of %s expected, got nil", self.text) end
  errors.misuse("field: %s has no field '%s'", self.text, tostring(name))
end

-- The numbers of one element, in the order of its fields; or nil and a problem.
local function numbers_of(self, value, wrap)
  local numbers = {}
  if not self.is_structure then
    local field = self.fields[1]
    local problem
    numbers[1], problem = field.accept(field, value, wrap)
    return numbers[1] and numbers, problem
  end
  if type(value) ~= "table" then
    errors.misuse("value: table of the fields of %s expected, got %s", self.text, type(value))
  end
  for name in pairs(value) do self:field(name) end
  for index, field in ipairs(self.fields) do
    local given = value[field.name]
    if given == nil then
      numbers[index] = 0
    else
      local number, problem = field.accept(field, given, wrap)
      if not number then return nil, problem end
      numbers[index] = number
    end
  end
  return numbers
end

--- Bytes of one element; or nil and a problem.
function Type:pack(value, wrap)
  local numbers, problem = numbers_of(self, value, wrap)
  if not numbers then return nil, problem end
  return string.pack(self.format, table.unpack(numbers))
end

--- Bytes of the elements values[1] ... values[#values]; or nil and a problem.
function Type:pack_all(values, wrap)
  local parts = {}
  for index = 1, #values do
    local part, problem = self:pack(values[index], wrap)
    if not part then return nil, problem end
    parts[index] = part
  end
  return table.concat(parts)
end

--- The value of the element at a position in bytes.
function Type:unpack(bytes, position)
  if not self.is_structure then
    return self.fields[1].show((string.unpack(self.format, bytes, position)))
  end
  local numbers = {string.unpack(self.format, bytes, position)}
  local value = {}
  for index, field in ipairs(self.fields) do value[field.name] = field.show(numbers[index]) end
  return value
end

-- Elements that string.unpack returns at once: it has room for so many on Lua's stack.
local AT_ONCE <const> = 128

--- The values of all elements in bytes.
function Type:unpack_all(bytes)
  local count, values = #bytes // self.size, {}
  if self.is_structure or self.fields[1].show ~= same then
    for index = 1, count do values[index] = self:unpack(bytes, (index - 1) * self.size + 1) end
    return values
  end
  local position, index = 1, 1
  while index <= count do
    local now = math.min(AT_ONCE, count - index + 1)
    table.move({string.unpack("=" .. self.format:sub(3):rep(now), bytes, position)}, 1, now, index,
      values)
    position, index = position + now * self.size, index + now
  end
  return values
end

local known <const> = setmetatable({}, {__mode = "v"})

--- The type of a text that the library has found well formed, of elements of `size` bytes.
function element_type.read(text, size)
  local found = known[text]
  if found then return found end
  local made = setmetatable({text = text, size = size, fields = {}, by_name = {}}, Type)
  local format, largest = "!8", "B"
  if not text:find(":", 1, true) then
    made.fields[1] = new_field(0, nil, text)
    format = format .. formats[text]
  else
    made.is_structure = true
    for name, code in text:gmatch "([%w_]+):(.)" do
      local field = new_field(#made.fields, name, code)
      made.fields[#made.fields + 1] = field
      made.by_name[name] = field
      format = format .. field.format
      if string.packsize(field.format) > string.packsize(largest) then largest = field.format end
    end
    format = format .. "X" .. largest -- the whole is aligned to its largest field
  end
  made.format = format
  known[text] = made
  return made
end

return element_type
