--- The part of `billiard.pool` that runs one task over many items (private file).
-- @classmod billiard.pool

local native = require "billiard.native"
local errors = require "billiard.errors"
local imap_iterator = require "billiard.imap_iterator"
local interrupt = require "billiard.interrupt"
local items = require "billiard.items"
local job_options = require "billiard.job_options"
local map_result = require "billiard.map_result"
local payload = require "billiard.payload"
local submission = require "billiard.submission"
local waiting = require "billiard.waiting"

local nanoseconds <const> = waiting.nanoseconds

local map_types <const> = {
  chunk_size = "number", bytes = "boolean", notify = "boolean", timeout = "number",
  interrupt = "table", callback = "function", error_callback = "function",
}
local imap_types <const> = {
  chunk_size = "number", look_ahead = "number", bytes = "boolean", timeout = "number",
  interrupt = "table",
}

local function check_options(options, types, name)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.bad_argument(3, name, "table of options or nil expected, got " .. type(options))
  end
  for option, value in pairs(options) do
    local expected = types[option]
    if not expected and not job_options.known(option) then
      errors.bad_argument(3, name, "no field '" .. tostring(option) .. "'")
    elseif expected and type(value) ~= expected then
      errors.bad_argument(3, name,
        string.format("field '%s': %s expected, got %s", option, expected, type(value)))
    end
  end
  return options
end

-- A whole number above 0, or 0 for nil, which is the library's default.
local function size_of(options, field, name)
  local value = options[field]
  if value == nil then return 0 end
  local number = math.tointeger(value)
  if not number or number < 1 then
    errors.bad_argument(3, name,
      string.format("field '%s': integer above 0 expected, got %s", field, value))
  end
  return number
end

local function source_of(given, name)
  return items.source(given) or
    errors.bad_argument(2, name,
      "items: list or iterator function expected, got " .. type(given))
end

local Batch = {}
Batch.__index = Batch

function Batch:__close()
  native.bpi_batch_free(self.handle)
end

-- Adds all items as payloads.
local function fill(batch, source, encode, name)
  local index = 0
  for more, item in source do
    if not more then break end
    index = index + 1
    local bytes, format = encode(item)
    if not bytes then
      errors.bad_argument(2, name, string.format("item %d: %s", index, format))
    end
    native.bpi_batch_add(batch.handle, bytes, format)
  end
end

local function try_map(handle, limit, token, task, batch, chunk_size, options)
  return native.bpi_map_async(handle, task, batch, chunk_size, options, limit > 0 and limit or 1,
    token)
end

local function try_imap(handle, limit, token, task, ordered, chunk_size, look_ahead, options)
  return native.bpi_imap(handle, task, ordered, chunk_size, look_ahead, options,
    limit > 0 and limit or 1, token)
end

local function start_map(self, handle, task, given, options, encode, name)
  submission.check_task(task, name)
  local source = source_of(given, name)
  options = check_options(options, map_types, name)
  local chunk_size = size_of(options, "chunk_size", name)
  local limit = nanoseconds(options.timeout, 3, name)
  local token = interrupt.handle_of(options.interrupt, 3, name)
  local notify = self._notify == 1
  if options.notify ~= nil then notify = options.notify end
  local calls = nil
  if options.callback or options.error_callback then
    calls = {callback = options.callback, error_callback = options.error_callback}
  end
  local native_options <close> = job_options.read(options, 3, name)
  native_options:announce(payload.MSGPACK, notify or calls ~= nil)
  local batch <close> = setmetatable({handle = native.bpi_batch_new()}, Batch)
  fill(batch, source, options.bytes and items.bytes or encode, name)
  local status, made = submission.submit(handle, try_map, limit, token, task, batch.handle,
    chunk_size, native_options.handle)
  if status < 0 then return errors.failure(status, made) end
  return submission.announce(self, map_result.new(made), notify, calls)
end

local function start_imap(handle, task, ordered, given, options, name)
  submission.check_task(task, name)
  local source = source_of(given, name)
  options = check_options(options, imap_types, name)
  local chunk_size = size_of(options, "chunk_size", name)
  local look_ahead = size_of(options, "look_ahead", name)
  local limit = nanoseconds(options.timeout, 3, name)
  local token = interrupt.handle_of(options.interrupt, 3, name)
  local native_options <close> = job_options.read(options, 3, name)
  local status, made = submission.submit(handle, try_imap, limit, token, task, ordered and 1 or 0,
    chunk_size, look_ahead, native_options.handle)
  if status < 0 then return errors.failure(status, made) end
  local iterator =
    imap_iterator.new(made, source, options.bytes and items.bytes or items.one_argument)
  return iterator, nil, nil, iterator
end

--- Adds the methods to the class.
-- @param Pool the class
-- @param handle_of `handle_of(pool, name)`, the native pool for the public function of that name
return function(Pool, handle_of)
  --- Runs a task for each of many items, without waiting for the results. Items go to the workers
  -- in chunks, each of which is one job: it has one begin, and the limits hold for all of it.
  -- @tparam string task the task's name
  -- @param items a list (its field `n` is its length where nils count), or an iterator function,
  -- which is called until it returns nil. Each item is the task's only argument
  -- @tparam[opt] table options `chunk_size` (items a job; default: as many as make four jobs a
  -- worker); `bytes` (boolean: items are byte strings that the task gets as they are);
  -- `callback(list)` and `error_callback(detail)`, which `pump` calls; and of what `submit` takes:
  -- `notify`, `timeout`, `interrupt`, `group`, `time_limit`, `soft_time_limit`, `expires`, `retries`, `priority`
  -- @return a `billiard.map_result`; or nil, message, code, detail as `submit`; also `INVALID` (more
  -- chunks than `max_jobs`) and `TOO_LARGE` (a chunk is larger than `max_payload`)
  function Pool:map_async(task, items_given, options)
    return start_map(self, handle_of(self, "map_async"), task, items_given, options,
      items.one_argument, "map_async")
  end

  --- As `map_async`; each item is a list of the task's arguments.
  -- @return as `map_async`
  function Pool:starmap_async(task, items_given, options)
    return start_map(self, handle_of(self, "starmap_async"), task, items_given, options,
      items.arguments, "starmap_async")
  end

  --- `map_async`, then `get` without limit (interruptible).
  -- @return a list of the results in the order of the items, with their number in the field `n`; or
  -- nil, message, code, detail
  function Pool:map(task, items_given, options)
    local made, message, code, detail = start_map(self, handle_of(self, "map"), task, items_given,
      options, items.one_argument, "map")
    if not made then return nil, message, code, detail end
    return made:get()
  end

  --- As `map`; each item is a list of the task's arguments.
  -- @return as `map`
  function Pool:starmap(task, items_given, options)
    local made, message, code, detail = start_map(self, handle_of(self, "starmap"), task,
      items_given, options, items.arguments, "starmap")
    if not made then return nil, message, code, detail end
    return made:get()
  end

  --- Runs a task for items that are asked for one after the other, and gives the results in the
  -- order of the items. Only a few jobs are out at a time, so the input may have no end.
  --
  --     for index, value, message in pool:imap("digest", io.lines "names") do
  --       print(index, value or message)
  --     end
  --
  -- Items that fail, fail alone: their value is nil, and message, code and detail follow it. An
  -- error in the iterator function comes after the last result.
  -- @tparam string task the task's name
  -- @param items as for `map_async`; asked for inside of this call and of the iterator's
  -- @tparam[opt] table options `chunk_size` (default 1), `look_ahead` (jobs that are out at a time;
  -- default: 4 times the workers), `bytes`, and of what `submit` takes: `timeout`, `interrupt` (for
  -- the wait for places), `group`, `time_limit`, `soft_time_limit`, `expires`, `retries`, `priority`
  -- @return a `billiard.imap_iterator`, and what a `for` needs to end it when the loop is left; or
  -- nil, message, code, detail as `submit`
  function Pool:imap(task, items_given, options)
    return start_imap(handle_of(self, "imap"), task, true, items_given, options, "imap")
  end

  --- The same; results come in the order in which their jobs end. Their indexes tell whose they are.
  -- @return as `imap`
  function Pool:imap_unordered(task, items_given, options)
    return start_imap(handle_of(self, "imap_unordered"), task, false, items_given, options,
      "imap_unordered")
  end
end
