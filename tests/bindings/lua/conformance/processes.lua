-- Scenarios of process objects, contexts and finalizers.

local billiard = require "billiard"
local support = require "conformance.support"

local processes = {}

local function make(entry, args, more)
  local options = {entry = entry, args = args, start_method = "spawn"}
  for name, value in pairs(more or {}) do options[name] = value end
  return assert(billiard.process(options))
end

local function spawn(...)
  local process = make(...)
  assert(process:start())
  return process
end

-- Its exit code, after its end.
local function end_of(process)
  assert(process:join())
  return tostring(process:exit_code() or "none")
end

local function sameness(same)
  return same and "same" or "different"
end

function processes.process_exit_code()
  local process <close> = make("exit_with", {7})
  local before = tostring(process:exit_code() or "none")
  assert(process:start())
  return ("ok %s %s"):format(before, end_of(process))
end

function processes.process_exit_wraps()
  local first <close> = spawn("exit_with", {265})
  local one = end_of(first)
  local second <close> = spawn("exit_with", {-1})
  return ("ok %s %s"):format(one, end_of(second))
end

function processes.process_fails()
  local process <close> = spawn("fail_child", {"boom"})
  return "ok " .. end_of(process)
end

-- A process that waits for a message, by one of the calls that end it.
local function ended_by(nonce, scenario, call)
  local queue <close>, name = support.queue(nonce, scenario)
  local process = spawn("take_from", {name})
  assert(process[call](process))
  return process, end_of(process)
end

function processes.process_killed(nonce, scenario)
  local process <close>, code = ended_by(nonce, scenario, "kill")
  return ("ok %s %s"):format(code, process:exit_text())
end

function processes.process_terminated(nonce, scenario)
  local process <close>, code = ended_by(nonce, scenario, "terminate")
  return "ok " .. code
end

function processes.process_states(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local process <close> = make("take_from", {name})
  local before = ("ok alive=%s pid=%s"):format(process:is_alive(), process:pid() or "none")
  assert(process:start())
  before = before .. " alive=" .. tostring(process:is_alive())
  local again = support.error_naming("twice", process.start, process)
  assert(queue:put("go"))
  assert(process:join())
  return ("%s; then %s; then ok alive=%s %d"):format(before, again, process:is_alive(),
    process:exit_code())
end

function processes.process_join_early()
  local process <close> = make("exit_with", {0})
  return support.error_naming("not started", process.join, process)
end

function processes.process_join_timeout(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local process <close> = spawn("take_from", {name})
  process:join(0.05)
  local alive = process:is_alive()
  assert(queue:put("go"))
  return ("ok alive=%s %s"):format(alive, end_of(process))
end

function processes.process_self(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local process <close> = spawn("tell_self", {name}, {daemon = true})
  local told = assert(queue:get())
  assert(process:join())
  local current = billiard.current_process()
  return ("ok %s %s pid=%s parent=%s key=%s"):format(told[1], told[2],
    sameness(told[3] == process:pid()), sameness(told[4] == current:pid()),
    sameness(told[5] == current:authkey()))
end

function processes.process_sentinel(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local process <close> = spawn("take_from", {name})
  local function look(timeout)
    return #assert(billiard.wait({process:sentinel()}, timeout)) > 0 and "ready" or "none"
  end
  local early = look(0)
  assert(queue:put("go"))
  return ("ok %s %s %s"):format(early, look(), end_of(process))
end

function processes.active_children(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local before = #assert(billiard.active_children())
  local process <close> = spawn("take_from", {name})
  local during = assert(billiard.active_children())
  local same = sameness(during[1] ~= nil and during[1]:pid() == process:pid())
  assert(queue:put("go"))
  assert(process:join())
  return ("ok %d %d %s %d"):format(before, #during, same, #assert(billiard.active_children()))
end

function processes.process_unknown_entry()
  local process <close> = make("no_such_entry")
  local refused = support.error_naming("no_such_entry", process.start, process)
  return ("%s; then alive=%s"):format(refused, process:is_alive())
end

function processes.process_connection()
  local first, second = billiard.pipe()
  local process <close> = spawn("echo_once", {second})
  second:close()
  assert(first:send("ping"))
  return ("ok %s %s"):format(assert(first:recv()), end_of(process))
end

function processes.process_shared_value()
  local value <close> = assert(billiard.value("q", 40))
  local process <close> = spawn("add_to", {value, 2})
  local code = end_of(process)
  return ("ok %d %s"):format(value.value, code)
end

function processes.process_command()
  local process <close> = assert(billiard.process {command = {"/bin/sh", "-c", "exit 3"}})
  assert(process:start())
  local code = end_of(process)
  local missing <close> = assert(billiard.process {command = {"/nonexistent/program"}})
  return ("ok %s; then %s"):format(code,
    support.error_naming("/nonexistent/program", missing.start, missing))
end

function processes.context_fixed()
  local before = billiard.start_method {allow_unset = true} or "none"
  assert(billiard.set_start_method("spawn"))
  return ("ok %s %s; then %s; then %s"):format(before, billiard.start_method(),
    support.error_naming("already been set", billiard.set_start_method, "spawn"),
    support.error_naming("cannot find context", billiard.context, "frok"))
end

function processes.finalizer_order(nonce, scenario)
  local queue <close>, name = support.queue(nonce, scenario)
  local process <close> = spawn("run_finalizers", {name})
  assert(process:join())
  local words = {}
  for index = 1, 4 do words[index] = assert(queue:get(0)) end
  return "ok " .. table.concat(words, " ")
end

return processes
