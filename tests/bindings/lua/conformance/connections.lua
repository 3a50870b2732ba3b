-- Scenarios of pipes and connections.

local billiard = require "billiard"
local support = require "conformance.support"

local scenarios = {}

local outcome <const>, error_naming <const> = support.outcome, support.error_naming

local function pipe(options)
  local first, second = billiard.pipe(options)
  assert(first, second)
  return first, second
end

function scenarios.pipe_values()
  local first, second = pipe()
  return support.passed_values(first, second)
end

function scenarios.pipe_bytes()
  local first, second = pipe()
  assert(first:send_bytes("hello"))
  assert(first:send_bytes("abcdef", {offset = 2, size = 3}))
  assert(first:send_bytes(""))
  local hello, part, none = second:recv_bytes(), second:recv_bytes(), second:recv_bytes()
  return ("ok %s %s %d"):format(hello, part, #none)
end

function scenarios.pipe_one_way()
  local first, second = pipe {one_way = true}
  local sent = error_naming("read-only", first.send, first, 7)
  local received = error_naming("write-only", second.recv, second)
  assert(second:send(7))
  return ("%s; then %s; then %s"):format(sent, received, outcome(first.recv, first))
end

function scenarios.connection_poll()
  local first, second = pipe()
  local before = first:poll()
  assert(second:send(7))
  local filled = first:poll(math.huge)
  assert(first:recv() == 7)
  second:close()
  local ended = first:poll(math.huge)
  return ("ok %s %s %s %s"):format(before, filled, ended, (support.attempt(first.recv, first)))
end

function scenarios.connection_max_length()
  local first, second = pipe()
  assert(second:send_bytes(("x"):rep(10)))
  local refused = outcome(first.recv_bytes, first, {max_length = 5})
  local state = ("readable=%s writable=%s"):format(first:readable(), first:writable())
  assert(first:send(7))
  return ("%s; then %s; then %s"):format(refused, state, outcome(second.recv, second))
end

-- Lua's strings can not be written to; the buffer is a block of shared memory.
function scenarios.connection_into()
  local first, second = pipe()
  local buffer <close> = assert(billiard.memory(4))
  assert(first:send_bytes("abcdef"))
  assert(first:send_bytes("xyz"))
  local code, _, detail = support.attempt(second.recv_into, second, buffer)
  local got = assert(second:recv_into(buffer))
  return ("error %s with %d; then ok %d %s"):format(code, #detail.received, got,
    buffer:read(1, got))
end

function scenarios.connection_nonblocking()
  local first, second = pipe {first_nonblocking = true}
  local empty = outcome(first.recv, first)
  assert(second:send(7))
  return empty .. "; then " .. outcome(first.recv, first)
end

function scenarios.connection_closed()
  local first, second = pipe()
  first:close()
  first:close()
  return outcome(first.send, first, 7) .. "; then " .. outcome(first.recv, first)
end

function scenarios.connection_timeout()
  local first, second = pipe()
  local late = outcome(first.recv, first, 0.05)
  assert(second:send(7))
  return late .. "; then " .. outcome(first.recv, first)
end

function scenarios.connection_hand_over()
  local a_first, a_second = pipe()
  local b_first, b_second = pipe {one_way = true}
  assert(a_first:send_connection(b_second))
  local came <close> = assert(a_second:recv_connection())
  b_second:close()
  assert(came:send(7))
  return ("ok readable=%s writable=%s %d"):format(came:readable(), came:writable(),
    assert(b_first:recv()))
end

function scenarios.fd_ticket()
  local first, second = pipe {one_way = true}
  local ticket = assert(billiard.share_fd(assert(second:fileno())))
  local claimed <close> =
    assert(billiard.connection(assert(billiard.claim_fd(ticket)), {readable = false}))
  assert(claimed:send(7))
  return ("%s; then %s"):format(outcome(first.recv, first), outcome(billiard.claim_fd, ticket))
end

-- The letters of those that are ready.
local function letters(names, objects, timeout)
  local said = {}
  for index, object in ipairs(assert(billiard.wait(objects, timeout))) do
    said[index] = names[object]
  end
  return #said == 0 and "none" or table.concat(said, " ")
end

function scenarios.wait_ready()
  local a_first, a_second = pipe()
  local b_first, b_second = pipe()
  local names = {[a_first] = "A", [b_first] = "B"}
  local early = letters(names, {a_first, b_first}, 0)
  assert(b_second:send(7))
  local one = letters(names, {a_first, b_first})
  assert(a_second:send(7))
  return ("%s; then %s; then %s"):format(early, one, letters(names, {b_first, a_first, b_first}))
end

return scenarios
