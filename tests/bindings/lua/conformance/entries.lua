-- The entries of the README, for processes that are started anew.

local billiard = require "billiard"

local function with_queue(name, use)
  local queue <close> = assert(billiard.queue {name = name})
  return use(queue)
end

billiard.entry("exit_with", function(code) os.exit(code) end)

billiard.entry("fail_child", function(message) error(message, 0) end)

billiard.entry("take_from", function(name)
  with_queue(name, function(queue) assert(queue:get()) end)
end)

billiard.entry("tell_self", function(name)
  local current = billiard.current_process()
  with_queue(name, function(queue)
    assert(queue:put {
      current:name(), current:daemon(), current:pid(), billiard.parent_process().pid,
      current:authkey(),
    })
  end)
end)

billiard.entry("echo_once", function(connection) assert(connection:send(assert(connection:recv()))) end)

billiard.entry("add_to", function(value, number) assert(value:add(number)) end)

local WORDS <const> = {{"low", -100}, {"first", 0}, {"second", 0}, {"high", 10}}

billiard.entry("run_finalizers", function(name)
  local queue = assert(billiard.queue {name = name})
  for _, each in ipairs(WORDS) do
    local word, priority = table.unpack(each)
    assert(billiard.finalizer(function() assert(queue:put(word)) end, {priority = priority}))
  end
end)
