-- Pipes, connections, listeners and clients, beyond the scenarios of bindings/conformance.

local billiard = require "billiard"
local luaunit = require "luaunit"
local support = require "support"

local failed <const>, misuse <const> = support.assert_failure, support.assert_misuse

TestConnection = {}

function TestConnection:setUp()
  self.first, self.second = billiard.pipe()
  assert(self.first, self.second)
end

function TestConnection:tearDown()
  self.first:release()
  self.second:release()
end

-- G-CONN-7: what comes is data alone; bytes that are no MessagePack are an error, and gone.
function TestConnection:test_decoding_is_data_alone()
  self.first:send_bytes(string.dump(function() os.exit(9) end))
  failed("CORRUPT", self.second:recv(0))
  self.first:send_bytes("\xc7\x01\x05x") -- an extension type
  failed("CORRUPT", self.second:recv(0))
  self.first:send {[1] = {a = false}}
  luaunit.assertEquals(self.second:recv(0), {{a = false}})
end

function TestConnection:test_nil_is_a_value()
  self.first:send(nil)
  luaunit.assertEquals(select("#", self.second:recv(0)), 1)
end

-- CONN-15
function TestConnection:test_slices()
  failed("INVALID", self.first:send_bytes("abc", {offset = 4}))
  failed("INVALID", self.first:send_bytes("abc", {offset = 1, size = 3}))
  failed("INVALID", self.first:send_bytes("abc", {offset = -1}))
  misuse({"'size'", "negative"}, self.first.send_bytes, self.first, "abc", {size = -2})
  luaunit.assertEquals(self.second:poll(), false) -- nothing was sent
  self.first:send_bytes("abc", {offset = 3})
  luaunit.assertEquals(self.second:recv_bytes(), "")
end

-- CONN-17
function TestConnection:test_receiving_into_a_block()
  local block <close> = assert(billiard.memory(6))
  self.first:send_bytes("xyz")
  luaunit.assertEquals(self.second:recv_into(block, {offset = 2}), 3)
  luaunit.assertEquals(block:read(), "\0\0xyz\0")
  failed("INVALID", self.second:recv_into(block, {offset = 7, timeout = 0}))
  self.first:send_bytes("abc")
  local _, detail = failed("TOO_SHORT", self.second:recv_into(block, {offset = 4}))
  luaunit.assertEquals(detail.received, "abc")
  misuse({"billiard.memory expected"}, self.second.recv_into, self.second, "string")
end

-- What does not fit in the socket is accepted, and goes on by flush (G-CONN-1).
function TestConnection:test_a_long_message_is_pending()
  local size <const> = 8 << 20
  local ok, left = self.first:send_bytes(("x"):rep(size), {timeout = 0.01})
  luaunit.assertTrue(ok)
  luaunit.assertTrue(left > 0)
  luaunit.assertEquals(self.first:pending(), left)
  failed("TIMEOUT", self.first:flush(0))
  local child <close> = assert(billiard.process {target = function()
    os.exit(#assert(self.second:recv_bytes()) == size and 0 or 2)
  end})
  assert(child:start())
  luaunit.assertTrue(self.first:flush())
  luaunit.assertEquals(self.first:pending(), 0)
  assert(child:join())
  luaunit.assertEquals(child:exit_code(), 0)
end

-- A message longer than a slice of a wait, whose reader is slow, comes whole and once.
function TestConnection:test_a_long_message_in_one_call()
  local child <close> = assert(billiard.process {target = function()
    assert(self.first:send_bytes(("y"):rep(16 << 20)))
    assert(self.first:send("end"))
  end})
  assert(child:start())
  luaunit.assertEquals(#self.second:recv_bytes(), 16 << 20)
  luaunit.assertEquals(self.second:recv(), "end")
  assert(child:join())
end

function TestConnection:test_interrupt()
  local token = billiard.interrupt()
  token:raise()
  failed("INTERRUPTED", self.first:recv(nil, token))
  failed("INTERRUPTED", self.first:poll(math.huge, token))
  failed("INTERRUPTED", billiard.wait({self.first}, nil, token))
  self.second:send(7)
  luaunit.assertEquals(self.first:recv(nil, token), 7) -- no wait was needed
end

-- CONN-80
function TestConnection:test_descriptors()
  local one, other = billiard.pipe()
  assert(self.first:send_fds("two", {one:fileno(), other:fileno()}))
  local text, fds = self.second:recv_fds()
  luaunit.assertEquals({text, #fds}, {"two", 2})
  local copy <close> = assert(billiard.connection(fds[1]))
  local twin <close> = assert(billiard.connection(fds[2]))
  assert(copy:send("through a copy"))
  luaunit.assertEquals(other:recv(), "through a copy")
  assert(twin:send("back"))
  luaunit.assertEquals(one:recv(), "back")
  misuse({"descriptor 1"}, self.first.send_fds, self.first, "x", {"no"})
end

function TestConnection:test_raw_bytes_and_end_inside_a_message()
  luaunit.assertEquals(self.first:send_raw("\0\0\0\5he"), 6)
  failed("TIMEOUT", self.second:recv(0))
  self.first:close()
  failed("OS", self.second:recv())
end

-- CONN-60, CONN-61
function TestConnection:test_challenges()
  local child <close> = assert(billiard.process {target = function()
    assert(self.second:answer_challenge("key"))
    local _, _, code = self.second:answer_challenge("other")
    assert(code == "AUTHENTICATION")
  end})
  assert(child:start())
  luaunit.assertTrue(self.first:deliver_challenge("key"))
  failed("AUTHENTICATION", self.first:deliver_challenge("key"))
  assert(child:join())
  luaunit.assertEquals(child:exit_code(), 0)
end

function TestConnection:test_close_metamethod()
  local fd
  do
    local one <close>, other = billiard.pipe()
    fd = other
  end
  failed("END_OF_STREAM", fd:recv())
  misuse({"was released"}, function()
    fd:release()
    fd:recv()
  end)
end

function TestConnection:test_misuse()
  misuse({"no such option"}, billiard.pipe, {duplex = true})
  misuse({"'max_message'", "1 to"}, billiard.pipe, {max_message = 0})
  misuse({"'one_way'", "boolean"}, billiard.pipe, {one_way = 1})
  misuse({"'max_length'", "negative"}, self.first.recv_bytes, self.first, {max_length = -1})
  misuse({"cannot encode"}, self.first.send, self.first, print)
  misuse({"billiard.connection expected"}, self.first.send_connection, self.first, {})
  failed("INVALID", billiard.connection(-1))
end

TestWaiting = {}

-- CONN-30
function TestWaiting.test_kinds_of_objects()
  local first, second = billiard.pipe()
  local queue <close> = assert(billiard.queue())
  local listener <close> = assert(billiard.listener())
  local process <close> = assert(billiard.process {target = function() second:recv() end})
  assert(process:start())
  local all <const> = {first, queue, listener, process}
  luaunit.assertEquals(billiard.wait(all, 0), {})
  assert(queue:put(1))
  luaunit.assertEquals(#billiard.wait(all), 1)
  assert(queue:get())
  assert(queue:get(0) == nil)
  local client <close> = assert(billiard.client(listener:address()))
  luaunit.assertIs(billiard.wait(all)[1], listener)
  assert(listener:accept())
  assert(first:send("end"))
  luaunit.assertIs(billiard.wait({process})[1], process)
  local message = failed("INVALID", billiard.wait({1 << 20}, 0))
  luaunit.assertStrContains(message, "invalid file descriptor")
  misuse({"object 2"}, billiard.wait, {first, "no"})
end

TestListener = {}

function TestListener.test_families()
  for _, address in ipairs {"localhost:0", "[::1]:0"} do
    local listener <close>, message = billiard.listener {address = address, authkey = "k"}
    if listener then
      luaunit.assertEquals(listener:poll(), false)
      local child <close> = assert(billiard.process {target = function()
        local connection <close> = assert(billiard.client(listener:address(), {authkey = "k"}))
        assert(connection:send("hello"))
        connection:recv()
      end})
      assert(child:start())
      luaunit.assertTrue(listener:poll(math.huge))
      local connection <close> = assert(listener:accept())
      luaunit.assertEquals(connection:recv(), "hello")
      luaunit.assertStrMatches(listener:last_accepted(), ".*:%d+")
      connection:close()
      assert(child:join())
    else
      luaunit.assertStrContains(address, "::1", false, message) -- a system without IPv6
    end
  end
end

function TestListener.test_failures()
  local listener <close> = assert(billiard.listener {family = "unix", backlog = 2})
  failed("TIMEOUT", listener:accept(0.01))
  failed("OS", billiard.listener {address = listener:address()})
  failed("TIMEOUT", billiard.client(listener:address(), {authkey = "k", timeout = 0.05}))
  misuse({"'family'"}, billiard.listener, {family = "tcp"})
  misuse({"'authkey'"}, billiard.listener, {authkey = 1})
  misuse({"address"}, billiard.client)
  failed("INVALID", billiard.listener {authkey = ""})
end

TestTickets = {}

-- CONN-81
function TestTickets.test_another_process_claims()
  local first, second = billiard.pipe()
  local ticket = assert(billiard.share_fd(second:fileno()))
  local child <close> = assert(billiard.process {target = function()
    local claimed = assert(billiard.connection(assert(billiard.claim_fd(ticket))))
    assert(claimed:send("claimed"))
  end})
  assert(child:start())
  luaunit.assertEquals(first:recv(), "claimed")
  assert(child:join())
  failed("NOT_FOUND", billiard.claim_fd(ticket, 5))
  luaunit.assertTrue(billiard.stop_sharing(5))
  misuse({"fd"}, billiard.share_fd, "3")
end

os.exit(luaunit.LuaUnit.run())
