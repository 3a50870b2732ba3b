--- Accepts connections at an address, of this machine or others.
--
--     local listener <close> = assert(billiard.listener {authkey = "secret"})
--     local connection <close> = assert(listener:accept())
--
-- With a key, both sides prove that they have it, and never send it. Clients that are silent, slow or hostile
-- keep nobody waiting. Over AF_INET only a key keeps strangers away.
-- @classmod billiard.listener

local native = require "billiard.native"
local connection = require "billiard.connection"
local errors = require "billiard.errors"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Listener = shared.class("listener")
local handle_of <const>, limits <const> = shared.handle_of, shared.limits
local failure <const> = errors.failure

local families <const> = {
  unix = native.BP_FAMILY_UNIX,
  inet = native.BP_FAMILY_INET,
  inet6 = native.BP_FAMILY_INET6,
}

--- Accepts the next client.
-- @tparam[opt] number timeout seconds; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return a `billiard.connection`; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `AUTHENTICATION`: a
-- client does not have the key, accept again; `CLOSED`, `NOMEM`, `OS`)
function Listener:accept(timeout, token)
  local handle = handle_of(self, "accept")
  local limit, interrupt = limits(timeout, token, 1, "accept")
  return shared.wrap(connection.class, waiting.take(native.bp_listener_accept,
    native.bp_listener_poll, handle, limit, interrupt))
end

--- Whether `accept` would not wait.
-- @tparam[opt=0] number timeout seconds; nil and 0 only look, math.huge waits for ever
-- @param[opt] token an interrupt
-- @return boolean; or nil, message, code (`INTERRUPTED`, `CLOSED`, `OS`)
function Listener:poll(timeout, token)
  local handle = handle_of(self, "poll")
  local limit, interrupt = limits(timeout or 0, token, 1, "poll")
  local status, detail = waiting.wait(native.bp_listener_poll, handle, limit, interrupt)
  if status == native.BP_TIMEOUT then return false end
  if status < 0 then return failure(status, detail) end
  return true
end

--- The address, with the port that the system chose.
-- @return string; or nil, message, code (`CLOSED`)
function Listener:address()
  local status, text, detail = native.bp_listener_address(handle_of(self, "address"))
  if status < 0 then return failure(status, detail) end
  return text
end

--- The address of the peer accepted last: "" before the first, and for one without a name.
-- @treturn string
function Listener:last_accepted()
  local _, text = native.bp_listener_last_accepted(handle_of(self, "last_accepted"))
  return text
end

--- Clients that were turned away without an error: gone or silent in their handshake, pushed out by newer
-- ones, or another user's.
-- @treturn integer
function Listener:dropped()
  return native.bp_listener_dropped(handle_of(self, "dropped"))
end

--- A descriptor for event loops: readable when `poll` or `accept`, with timeout 0, may get on.
-- @return integer; or nil, message, code (`CLOSED`)
function Listener:fileno()
  local status, fd = native.bp_listener_fd(handle_of(self, "fileno"))
  if status < 0 then return failure(status, fd) end
  return fd
end

--- Stops listening: later calls fail with `CLOSED`. Connections go on. May be repeated.
function Listener:close()
  if self._handle then native.bp_listener_close(self._handle) end
end

local function family(given, position, name)
  if given.family == nil then return native.BP_FAMILY_ANY end
  return families[given.family] or errors.bad_argument(position, name,
    "option 'family': unix, inet or inet6 expected, got " .. given.family)
end

local function address_of(address, position, name)
  if type(address) ~= "string" or address:find("\0", 1, true) then
    errors.bad_argument(position, name, "address: string without NUL expected, got " .. type(address))
  end
  return address
end

local function bounded(given, option, most, position, name)
  local value = given[option] or 0
  if value >= 0 and value <= most then return value end
  errors.bad_argument(position, name,
    ("option '%s': 0 to %d expected, got %d"):format(option, most, value))
end

-- Seconds as the C ABI has these limits: 0 is its default, and -1 (math.huge) none.
local function time_limit(given, option, position, name)
  local seconds = given[option]
  if seconds == nil then return 0 end
  if seconds ~= seconds or seconds <= 0 then
    errors.bad_argument(position, name, "option '" .. option .. "': more than 0 expected")
  end
  return waiting.nanoseconds(seconds, position, name)
end

local function key_of(given)
  return given.authkey and 1 or 0, given.authkey or ""
end

-- See init.lua.
local function new(options)
  local given = shared.named(options, 1, "listener", {
    address = "string", family = "string", backlog = "integer", authkey = "string",
    handshake_timeout = "number", max_pending = "integer", any_user = "boolean",
    max_message = "integer",
  })
  local address = given.address and address_of(given.address, 1, "listener")
  local has_key, key = key_of(given)
  return shared.wrap(Listener, native.bpi_listener_open(address, family(given, 1, "listener"),
    bounded(given, "backlog", 0x7FFFFFFF, 1, "listener"), has_key, key,
    time_limit(given, "handshake_timeout", 1, "listener"),
    bounded(given, "max_pending", 0xFFFFFFFF, 1, "listener"), given.any_user and 1 or 0,
    connection.max_message(given, 1, "listener")))
end

-- The handshake is a conversation that can not be cut in slices: Ctrl-C ends it when it is over.
local function client(address, options)
  address_of(address, 1, "client")
  local given = shared.named(options, 2, "client", {
    family = "string", authkey = "string", time_limit = "number", any_user = "boolean",
    max_message = "integer", timeout = "any", interrupt = "any",
  })
  local has_key, key = key_of(given)
  local limit, interrupt = limits(given.timeout, given.interrupt, 2, "client")
  return shared.wrap(connection.class, native.bpi_client_connect(address,
    family(given, 2, "client"), has_key, key, given.any_user and 1 or 0,
    time_limit(given, "time_limit", 2, "client"), connection.max_message(given, 2, "client"),
    limit, interrupt))
end

return {new = new, client = client}
