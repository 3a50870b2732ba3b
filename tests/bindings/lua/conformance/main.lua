-- The runner of bindings/conformance/scenarios.tsv for Lua; the README beside that table is its
--   contract. main.lua --list | main.lua NONCE SCENARIO... | main.lua NONCE --peer put|get QUEUE
--   | main.lua NONCE --assist ROLE NAME [ARGUMENTS]

local billiard = require "billiard"
require "conformance.entries"
billiard.freeze_support()

local peer = require "conformance.peer"
local roles = require "conformance.roles"

local scenarios, listed = {}, {peer.NAME}

local function add(part)
  for name, play in pairs(require("conformance." .. part)) do
    assert(not scenarios[name], name)
    scenarios[name] = play
    listed[#listed + 1] = name
  end
end

for _, part in ipairs {
  "calls", "errors", "waits", "lifecycle", "queues", "locks", "meetings", "typed", "deliveries", "maps",
  "limits", "sizes", "hosts", "connections", "listeners", "processes",
} do
  add(part)
end

local function list()
  table.sort(listed)
  print(table.concat(listed, "\n"))
end

local function report(name, nonce, outcome)
  io.stdout:write(name, "\t", nonce, "\t", outcome, "\n")
  io.stdout:flush()
end

-- An unexpected error is the scenario's outcome.
local function play(name, nonce)
  local function unexpected(problem)
    io.stderr:write(debug.traceback(tostring(problem), 2), "\n")
    return "unexpected " .. tostring(problem):gsub("%s+", " ")
  end
  local scenario = assert(scenarios[name], "no scenario " .. name)
  local _, outcome = xpcall(scenario, unexpected, nonce, name)
  report(name, nonce, outcome)
end

local function main(nonce, ...)
  local words = {...}
  if nonce == "--list" then return list() end
  if words[1] == "--peer" then return report(peer.NAME, nonce, peer[words[2]](words[3])) end
  if words[1] == "--assist" then return roles[words[2]](table.unpack(words, 3)) end
  for _, name in ipairs(words) do play(name, nonce) end
end

main(...)
