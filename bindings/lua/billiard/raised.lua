--- What a raised value says in every language: a class and a message (private).

local raised = {}

--- The error's class: the __name of its metatable when it has one, else its type.
function raised.class_of(value)
  local metatable = getmetatable(value)
  local name = type(metatable) == "table" and metatable.__name
  return type(name) == "string" and name or type(value)
end

--- The text, or the field `message`, or what `tostring` gives.
function raised.message_of(value)
  if type(value) == "table" and type(value.message) == "string" then return value.message end
  local ok, text = pcall(tostring, value)
  return ok and text or "an error whose __tostring failed: " .. text
end

return raised
