--- Billiard for Lua: processes, pools of worker processes, and queues and connections between processes.
--
--     local billiard = require "billiard"
--     local pool <close> = assert(billiard.pool {
--       workers = 2,
--       tasks = { double = function(n) return 2 * n end },
--     })
--     print(assert(pool:apply("double", 21)))
--
-- Times are seconds, as integers or floats. Expected failures are `nil, message, code, detail`;
-- misuse raises an error. README.md beside this folder tells the rest.
-- @module billiard

local native = require "billiard.native"
local child = require "billiard.child"
local connection = require "billiard.connection"
local context = require "billiard.context"
local current_process = require "billiard.current_process"
local errors = require "billiard.errors"
local finalizer = require "billiard.finalizer"
local interrupt = require "billiard.interrupt"
local listener = require "billiard.listener"
local log = require "billiard.log"
local objects = require "billiard.objects"
local payload = require "billiard.payload"
local poll = require "billiard.poll"
local pool = require "billiard.pool"
local pool_watch = require "billiard.pool_watch"
local process = require "billiard.process"
local queue = require "billiard.queue"
local readiness = require "billiard.readiness"
local reference = require "billiard.reference"
local shared = require "billiard.shared"
local simple_queue = require "billiard.simple_queue"
local soft_limit = require "billiard.soft_limit"
local tasks = require "billiard.tasks"
local waiting = require "billiard.waiting"
local worker = require "billiard.worker"
local worker_hooks = require "billiard.worker_hooks"

local billiard = {}

--- The library's version, "major.minor.patch".
billiard.version = native.bp_version()

--- The library's logger: `billiard.log`.
billiard.log = log

--- Stands for nil inside arrays and as a map's value, where a Lua table can not hold nil.
billiard.null = payload.null

--- What is raised in a task whose soft time limit has passed: always this table, so that a task can
-- compare what it caught. Its text tells in words.
billiard.SOFT_TIME_LIMIT_EXCEEDED = soft_limit.ERROR

--- For tasks: whether the job has gone past its soft time limit. It stays so until the job's end, also when
-- the error was caught by code that did not know what it was. False outside of a task.
-- @treturn boolean
function billiard.soft_limit_reached()
  return soft_limit.reached()
end

--- Makes a pool and starts its workers; they need not be ready when it returns. Waits some
-- milliseconds.
--
-- Lua workers are forks of this process as it is now: `tasks` and all that they use are there,
-- changes made later are not. Functions called by tasks may be closures.
-- @tparam table options
--
-- * `workers` number of processes, at least 1; default: the CPUs available
-- * `tasks` functions by name, besides those of `billiard.task`; for a `command`: a list of the
--   names of all its tasks, so that they are known before its first worker is ready
-- * `initializer` function called in each Lua worker before its first job; its failure is a failed
--   start
-- * `on_loop_start(pid)`, `on_loop_stop(pid)`, `on_process_exit(pid, exit_status)` functions called
--   in each Lua worker: before its first job, after its last one, and last of all; not in workers
--   that are killed
-- * `prepare_result(value)` function called in each Lua worker with each value of a task: what it returns
--   is sent in its place, and when it fails, the job does
-- * `command` list of words: workers are this program, in any language, that serves the pool
-- * `environment` table: more variables for the command
-- * `start_method` "fork" or "spawn"; follows from `command`
-- * `groups` list of tables with the fields above and `name`: a pool of several kinds of worker
-- * `notify` boolean: jobs are announced by `pool:fd()` and `pool:drain()`; default false
-- * `threads` boolean: false for a pool without a thread of the library: the program's event loop
--   calls `pool:pump()` or `pool:step()` when `pool:fd()` is readable; default true
-- * `pool_name` string of at most 63 bytes, which lists of processes show with the pool's Lua workers
-- * `lost_worker_timeout` seconds for which the exit status of a worker that has ended is awaited at most;
--   default 1
-- * `time_limit`, `soft_time_limit` seconds that a job may run, when it does not say otherwise; 0 or
--   -1: no limit, the default
-- * `terminate_grace` seconds from SIGTERM to SIGKILL where a worker is ended; default 0.1
-- * `max_tasks_per_child` integer: a worker is replaced after so many jobs
-- * `max_memory_per_child` KiB that a worker may grow by until it is replaced after a job; at twice
--   that it is killed in mid-job, which fails as `MEMORY_LIMIT`; 0: no limit
-- * `max_restarts`, `max_restart_freq` integer and seconds: when more workers than that die within
--   that time (default 1 s) the pool fails with `RESTART_LIMIT`; 0: no limit, the default
-- * `max_workers` integer: as many as `pool:grow` can ever make; default 64, or twice `workers`
-- * `slots` integer: how many jobs with `wait_for_slot` may be unfinished at once; default: as many
--   as workers; `wait_for_slot` boolean: all jobs that do not say otherwise; default false
-- * `synack` boolean: a job with `accept_callback` begins only when that has returned, and is refused
--   (`REJECTED`) when it fails; `synack_timeout` seconds until it is refused; default 60
-- * functions that `pool:pump` and `pool:drain` call: `on_process_up(worker)` (the first ones before
--   this call returns) and `on_process_down(worker)`, with a table of `pid`, `index` (from 0),
--   `group` and, in the second, `exit_status` and `exit_text`; `on_timeout_set(job, soft, hard)`
--   when a job with limits begins, `on_timeout_cancel(job)` when it has its outcome
-- * `callbacks_propagate` list of classes of errors (as of failed tasks) that `pump` raises when a
--   callback does; `log` function that gets a text for each other one; default: standard error
-- * `max_jobs`, `max_payload` (bytes), `max_boot_failures` (-1: no limit), `start_timeout`,
--   `boot_timeout` (seconds; -1: no limit), `template_path`, `force_fork` as in the C header pool.h
-- @return a `billiard.pool`; or nil, message, code (`START_FAILED`, `NOT_FOUND`, `FORK_UNSAFE`,
-- `NOMEM`, `OS`)
function billiard.pool(options)
  return pool.new(options)
end

--- Looks at a pool of another process, without its help: for tools that watch.
-- @tparam integer pid process id of the program that made the pool
-- @tparam[opt=0] integer index which of its pools, from 0 in the order in which it made those it has now
-- @return a `billiard.pool_watch`; or nil, message, code (`NOT_FOUND`: no such process, or it has no such
-- pool; `OS`: another user's process)
function billiard.watch_pool(pid, index)
  return pool_watch.new(pid, index)
end

--- Waits until some of several descriptors are readable: `pool:fd()`, `queue:fd()`, `sentinel:fd()`, or any
-- others. For programs whose event loop is a plain loop.
-- @tparam table descriptors a list
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt of `billiard.interrupt()`, seen within 50 ms
-- @return a list of those that are readable, empty when the time is over; or nil, message, code
-- (`INTERRUPTED`)
function billiard.poll(descriptors, timeout, token)
  if type(descriptors) ~= "table" then
    errors.bad_argument(1, "poll", "table of descriptors expected, got " .. type(descriptors))
  end
  for index, descriptor in ipairs(descriptors) do
    if math.type(descriptor) ~= "integer" or descriptor < 0 or descriptor > 0x7FFFFFFF then
      errors.bad_argument(1, "poll", string.format("descriptor %d: integer expected, got %s", index,
        math.type(descriptor) and descriptor or type(descriptor)))
    end
  end
  local status, readable = poll.wait(descriptors, waiting.nanoseconds(timeout, 2, "poll"),
    interrupt.handle_of(token, 3, "poll"))
  if status == native.BP_INTERRUPTED then return errors.failure(status) end
  return readable
end

--- Registers a task for the Lua workers of pools made later and for `billiard.serve`. A second
-- function for the same name replaces the first.
--
-- A task gets the job's arguments and returns one value. It fails by `error`, with any value, or by
-- returning nil and a text, as Lua's own functions do.
-- @tparam string name 1 to 255 bytes
-- @tparam function fn
function billiard.task(name, fn)
  tasks.register(name, fn)
end

--- Whether this program was started as the `command` of a pool, and should call `billiard.serve`.
-- @treturn boolean
function billiard.worker_requested()
  return native.bp_worker_requested() == 1
end

local serve_options <const> = {tasks = "table", initializer = "function"}
for _, hook in ipairs(worker_hooks.NAMES) do serve_options[hook] = "function" end

--- Serves the pool that started this program until it is asked to leave. Waits until then.
--
--     if billiard.worker_requested() then os.exit(assert(billiard.serve())) end
-- @tparam[opt] table options `tasks`: functions by name, besides those of `billiard.task`;
-- `initializer`, `on_loop_start`, `on_loop_stop`, `on_process_exit`, `prepare_result`: as for `pool`
-- @return the status for this program to exit with: 0, or 155 when the pool wants a fresh one in
-- its place; or nil, message, code (`STATE` when no pool started this program, `CLOSED`, `CORRUPT`)
function billiard.serve(options)
  options = options or {}
  for name, value in pairs(options) do
    local expected = serve_options[name]
    if not expected then
      errors.bad_argument(1, "serve", "option '" .. tostring(name) .. "': no such option")
    elseif type(value) ~= expected then
      errors.bad_argument(1, "serve",
        string.format("option '%s': %s expected, got %s", name, expected, type(value)))
    end
  end
  for name, fn in pairs(options.tasks or {}) do tasks.check(name, fn, "serve") end
  local status, handle = native.bp_worker_attach()
  if status < 0 then return errors.failure(status, handle) end
  local exit_status, message, code, detail =
    worker.run(handle, tasks.with(options.tasks), options)
  io.stdout:flush()
  native.bp_worker_release(handle)
  if exit_status then return exit_status end
  return nil, message, code, detail
end

--- Makes a queue that forked workers share, or opens one by name for any process of the same user.
-- @tparam[opt] table options `name` (1 to 200 bytes, no "/"), `capacity` (messages), `max_message`,
-- `max_bytes` (bytes), `delivery` ("at_most_once": a message is lost with its taker, the default;
-- or "at_least_once": it goes back to the queue), `joinable` (boolean: unfinished messages are
-- counted, for `task_done` and `join`). A queue that exists keeps its own capacity, limits and ways
-- @return a `billiard.queue`; or nil, message, code (`INVALID`, `CORRUPT`, `NOMEM`, `OS`)
function billiard.queue(options)
  return reference.place(options, queue.new(options))
end

--- A queue made with `joinable = true`.
-- @tparam[opt] table options as for `queue`
-- @return as `queue`
function billiard.joinable_queue(options)
  return reference.place(options, queue.new_joinable(options))
end

--- A queue with as little as can be: `put`, `get`, `put_bytes`, `get_bytes`, `empty` and `close`.
-- @tparam[opt] table options `name`
-- @return a `billiard.simple_queue`; or nil, message, code as `queue`
function billiard.simple_queue(options)
  return reference.place(options, simple_queue.new(options))
end

--- Makes a token that ends waits early.
-- @return a `billiard.interrupt`
function billiard.interrupt()
  return interrupt.new()
end

--- Marks a table as a map, so that it is one for other languages also when it is empty. (An empty
-- table is an array otherwise.) Returns the table.
function billiard.map(table)
  return setmetatable(table, native.messagepack_map_metatable())
end

--- A value as MessagePack, as pools and queues send it.
-- @return bytes; or nil, reason
billiard.encode = native.messagepack_encode

--- The value of MessagePack bytes.
-- @tparam string bytes
-- @return the value; or nil, reason
function billiard.decode(bytes)
  local ok, value = native.messagepack_decode(bytes)
  if ok then return value end
  return nil, value
end

--- Number of CPUs that this process may use: the default number of workers.
-- @treturn integer
billiard.cpus = native.bp_cpus_available

--- Seconds of the monotonic clock, the one that `pool:workers()` tells times of.
-- @treturn number
function billiard.now()
  return native.monotonic_now() / 1e9
end

--- Makes a process object. Nothing runs until `process:start()`.
-- @tparam table options one of `target`, `entry` and `command`, and others:
--
-- * `target` function that a forked child runs, with all that it refers to (closures too), shared objects and
--   connections among it
-- * `entry` name of a function that `billiard.entry` registered; with every start method
-- * `command` list of words: a program, looked up in PATH; `environment`: table of more variables for it
-- * `args` list (with holes: with the field `n`) of what target or entry is called with. Those of an entry
--   travel as MessagePack; queues, connections, shared objects of the default segment, and those that are
--   opened by nothing but their name, come as such
-- * `name` 1 to 255 bytes; default: by kind and identity, as "Process-1"
-- * `daemon` boolean: it ends with this process; default: as this process is
-- * `start_method` "fork", "spawn" or "forkserver"; default: that of `billiard.start_method`
-- * `fds` list of descriptors that the child gets too: `current_process():inherited_fds()` tells them there; a
--   command has them as 3, 4, ...
-- * `start_timeout` seconds for the start; default 30
-- * `force_fork` boolean: fork although the process has threads that Billiard does not own
-- @return a `billiard.process`; or nil, message, code (`INVALID`: an unknown start method, or one that can not
-- run the target; `NOMEM`)
function billiard.process(options)
  return process.new(options)
end

--- Registers a function that processes of this program which are started anew find by its name: before
-- `freeze_support`, and in the same way in each of them. A second function for the same name replaces the
-- first.
-- @tparam string name 1 to 255 bytes
-- @tparam function fn
-- @return the function
function billiard.entry(name, fn)
  local text = shared.text(name, 1, "entry", "name")
  if type(fn) ~= "function" then
    errors.bad_argument(2, "entry", "function expected, got " .. type(fn))
  end
  local status, detail = child.register(text, fn)
  if status == native.BP_INVALID then errors.bad_argument(1, "entry", detail.message) end
  if status < 0 then return errors.failure(status, detail) end
  return fn
end

--- To be called by a program that starts processes anew (spawn, forkserver), when its entries are registered
-- and before it does anything else: in a child it runs the entry, and never returns; else it does nothing. It
-- looks at the global `arg`, the words of the command line.
billiard.freeze_support = context.freeze_support

--- The process that runs this.
-- @return a `billiard.current_process`
function billiard.current_process()
  return current_process.current
end

--- Who started this process.
-- @return a table with `pid` and `name`; nil in a process that this library did not start
billiard.parent_process = current_process.parent

--- The children of this process that are alive. Reaps those that have ended.
-- @return a list of `billiard.process`; or nil, message, code (`NOMEM`)
billiard.active_children = process.active

--- The names of the start methods, the default first.
-- @treturn table a list of strings
billiard.start_methods = context.start_methods

--- The default start method, which is fixed by asking.
-- @tparam[opt] table options `allow_unset`: true to get nil, and fix nothing, while it is not set
-- @treturn string
billiard.start_method = context.start_method

--- Sets the default start method, once.
-- @tparam string method nil: the system's default, and with `force` "not set"
-- @tparam[opt] table options `force`: it may be set again
-- @return true; or nil, message, code (`STATE`: context has already been set; `INVALID`: an unknown method)
billiard.set_start_method = context.set_start_method

--- Whether the default start method is fork.
-- @treturn boolean
billiard.forking_is_enabled = context.forking_is_enabled

--- Makes fork the default start method, or spawn, whatever was set before.
-- @tparam boolean enable
-- @return true; or nil, message, code (`INVALID`: this program can not be forked)
billiard.forking_enable = context.forking_enable

--- A context: a table with everything that this module has, whose `process` starts by one method.
-- @tparam[opt] string method nil: this module; the default start method is fixed
-- @return the context; or nil, message, code (`INVALID`: cannot find context for ...)
function billiard.context(method)
  return context.new(billiard, method)
end

--- The program that children are started with from now on: by default the interpreter, its options and the
-- script, as the global `arg` tells them. A relative path of a script is looked for in the working directory
-- of the moment.
-- @param command string, or a list of words, that bring the program to `freeze_support`
-- @return true; or nil, message, code (`INVALID`: its first word is empty)
billiard.set_executable = context.set_executable

--- Shared objects that the fork server loads before it forks; a hint. Effective until the server is started.
-- @tparam table paths a list of strings
-- @return true; or nil, message, code (`INVALID`)
billiard.set_forkserver_preload = context.set_forkserver_preload

--- CPUs of this system that are online, whoever may use them; 0 when the system does not tell.
-- @treturn integer
billiard.cpus_online = native.bp_cpus_online

--- Number of CPUs that this process may use; `cpus` is the same.
-- @treturn integer
billiard.cpus_available = native.bp_cpus_available

--- A function that this process runs when it ends. See `billiard.finalizer` for the order. What it uses is to
-- be made before it.
-- @tparam function fn
-- @tparam[opt] table options `priority` integer, 0 by default: the highest runs first
-- @return a `billiard.finalizer`; or nil, message, code (`STATE`: the program is at its end)
billiard.finalizer = finalizer.new

--- Makes two connected ends.
-- @tparam[opt] table options `one_way` (boolean: the first end receives, the second sends), `first_nonblocking`,
-- `second_nonblocking` (boolean: see `connection:set_blocking`), `max_message` (bytes, either way; default
-- 256 MiB)
-- @return two `billiard.connection`s; or nil, message, code (`NOMEM`, `OS`)
billiard.pipe = connection.pipe

--- A connection of a descriptor: a stream socket, or an end of a pipe. It is the connection's from then on.
-- @tparam integer fd
-- @tparam[opt] table options `readable`, `writable` (boolean, true by default), `nonblocking` (boolean),
-- `max_message` (bytes)
-- @return a `billiard.connection`; or nil, message, code (`INVALID`: it is not open, or carries no stream; the
-- descriptor is still the caller's)
billiard.connection = connection.from_fd

--- Listens at an address: "/a/path", "@name" (the abstract namespace), "host:7000", "[::1]:7000".
-- @tparam[opt] table options `address` (default: any), `family` ("unix", "inet", "inet6"; default: as the
-- address looks), `backlog` (clients that the system keeps waiting; default 128), `authkey` (string: both
-- sides prove that they have it), `handshake_timeout` (seconds for each client; default 20, math.huge: none),
-- `max_pending` (handshakes under way; default 256), `any_user` (boolean: clients of other users too),
-- `max_message` (bytes, of its connections)
-- @return a `billiard.listener`; or nil, message, code (`INVALID`, `NOT_FOUND`: the host; `OS`, `NOMEM`)
billiard.listener = listener.new

--- Connects to a listener, and proves the key both ways when there is one.
-- @tparam string address
-- @tparam[opt] table options `family`, `authkey`, `any_user`, `max_message` as for `listener`; `time_limit`
-- (seconds for connecting and the handshake; default 20, math.huge: none), `timeout` (seconds, of this call
-- too), `interrupt` (a token). Ctrl-C is seen when the call ends
-- @return a `billiard.connection`; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `AUTHENTICATION`, `OS`:
-- nobody listens; `END_OF_STREAM`, `NOT_FOUND`, `INVALID`, `NOMEM`)
billiard.client = listener.client

--- Waits until some of several things can be read, have ended or hung up: connections, listeners, processes
-- (when they have ended), pools, queues, other objects with a method `fileno`, `fd` or `sentinel` that tells a
-- descriptor, and descriptors.
-- @tparam table objects a list; one may be in it twice
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt
-- @return a list of those that are ready, in their order, empty when the time is over; or nil, message, code
-- (`INTERRUPTED`, `INVALID`: invalid file descriptor; what the object says)
billiard.wait = readiness.wait

--- Keeps a duplicate of a descriptor, and gives a ticket for it: a line of text that may go through a queue, a
-- job or a file to any process of the same user, which claims it, once. A thread of the library serves the
-- claims; a forked child drops what its parent shares.
-- @tparam integer fd stays the caller's
-- @return string; or nil, message, code (`INVALID`, `NOMEM`, `OS`)
billiard.share_fd = readiness.share_fd

--- Claims the descriptor of a ticket.
-- @tparam string ticket
-- @tparam[opt] number timeout seconds; nil waits for ever. Ctrl-C is seen when the call ends
-- @param[opt] token an interrupt
-- @return integer, the caller's to close (as `billiard.connection(fd)`, for a stream); or nil, message, code
-- (`NOT_FOUND`: claimed already, or its process has gone; `INVALID`, `AUTHENTICATION`: it is forged;
-- `TIMEOUT`, `INTERRUPTED`, `NOMEM`, `OS`)
billiard.claim_fd = readiness.claim_fd

--- Ends the thread of `share_fd`, and closes what was not claimed. Happens at exit.
-- @tparam[opt] number timeout seconds
-- @return true; or nil, message, code (`TIMEOUT`: it serves a claim still, and ends after that)
billiard.stop_sharing = readiness.stop_sharing

for name, made in pairs(objects) do billiard[name] = made end

reference.set_openers(objects.attach, {
  queue = function(name) return billiard.queue {name = name} end,
  simple_queue = function(name) return billiard.simple_queue {name = name} end,
  lock = function(name) return objects.lock {name = name} end,
  rlock = function(name) return objects.rlock {name = name} end,
  event = function(name) return objects.event {name = name} end,
  condition = function(name) return objects.condition {name = name} end,
})
context.set_own_command()

return billiard
