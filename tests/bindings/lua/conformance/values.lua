-- Values in the notation of the README, and the peer values.

local billiard = require "billiard"

local values = {}

values.peer = {
  true, false, 0, 127, -1, -32768, 4294967296, math.maxinteger, math.mininteger, 1.5, 1e300,
  "\u{e9}\u{20ac}", "\0\xff\x80", {1, {2, "a"}, false}, {a = 1, b = {true}},
}

function values.hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function is_map(value)
  return #value == 0 and (next(value) ~= nil or getmetatable(value) ~= nil)
end

local function map_notation(map)
  local pairs_of = {}
  for key, value in pairs(map) do
    pairs_of[#pairs_of + 1] = values.notation(key) .. ":" .. values.notation(value)
  end
  table.sort(pairs_of)
  return "{" .. table.concat(pairs_of, ",") .. "}"
end

function values.notation(value)
  if value == nil or value == billiard.null then return "nil" end
  if type(value) == "string" then return "s:" .. values.hex(value) end
  if math.type(value) == "float" then return "f:" .. values.hex((">d"):pack(value)) end
  if type(value) ~= "table" then return tostring(value) end
  if is_map(value) then return map_notation(value) end
  local elements = {}
  for index, each in ipairs(value) do elements[index] = values.notation(each) end
  return "[" .. table.concat(elements, ",") .. "]"
end

return values
