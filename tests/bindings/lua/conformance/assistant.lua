-- A second process of a scenario, which speaks by lines: this runner, started by itself with
-- --assist, or the program that BILLIARD_ASSISTANT names.

local Assistant = {}
Assistant.__index = Assistant

local function quoted(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local function command(...)
  local other = os.getenv("BILLIARD_ASSISTANT")
  local words = (other and other ~= "") and {other} or {arg[-1], arg[0]}
  table.move({...}, 1, select("#", ...), #words + 1, words)
  for index, word in ipairs(words) do words[index] = quoted(word) end
  return table.concat(words, " ")
end

-- Starts it. Lua's pipes go one way, so its standard input is a FIFO.
function Assistant.start(nonce, role, name, ...)
  local file = os.tmpname()
  local fifo = file .. ".fifo"
  assert(os.execute("mkfifo " .. quoted(fifo)))
  local line = command(nonce, "--assist", role, name, ...)
  local output = assert(io.popen(("echo $$; exec %s < %s"):format(line, quoted(fifo))))
  local pid = output:read("l") -- the shell becomes the assistant
  local input = assert(io.open(fifo, "w"))
  os.remove(fifo)
  os.remove(file)
  return setmetatable({pid = pid, output = output, input = input}, Assistant)
end

-- The next line that it says.
function Assistant:says()
  return self.output:read("l")
end

-- Returns when it is dead.
function Assistant:kill()
  assert(os.execute("kill -s KILL " .. self.pid))
  self:close()
end

-- Ends its input, and waits for its end.
function Assistant:close()
  if not self.output then return end
  self.input:close()
  self.output:close()
  self.output = nil
end

Assistant.__close = Assistant.close

return Assistant
