-- Scenarios of listeners and clients.

local Assistant = require "conformance.assistant"
local billiard = require "billiard"
local support = require "conformance.support"

local listeners = {}

local KEY <const> = "opensesame"

local function listener_of(nonce, scenario)
  local address = ("@%s-%s"):format(scenario, nonce)
  return assert(billiard.listener {address = address, authkey = KEY}), address
end

function listeners.listener_between_languages(nonce, scenario)
  local listener <close>, address = listener_of(nonce, scenario)
  local client <close> = Assistant.start(nonce, "echo_client", address, KEY)
  local connection <close> = assert(listener:accept())
  return support.passed_values(connection, connection)
end

function listeners.listener_wrong_key(nonce, scenario)
  local listener <close>, address = listener_of(nonce, scenario)
  local stranger <close> = Assistant.start(nonce, "echo_client", address, "wrong")
  local refused = support.outcome(listener.accept, listener)
  refused = ("%s client=%s"):format(refused, stranger:says())
  local client <close> = Assistant.start(nonce, "echo_client", address, KEY)
  local connection <close> = assert(listener:accept())
  assert(connection:send(7))
  return refused .. "; then " .. support.outcome(connection.recv, connection)
end

function listeners.listener_closed()
  local listener <close> = assert(billiard.listener())
  listener:close()
  listener:close()
  return support.outcome(listener.accept, listener)
end

function listeners.client_refused(nonce, scenario)
  return support.outcome(billiard.client, ("@%s-%s"):format(scenario, nonce))
end

return listeners
