--- The results of one map: what `pool:map_async` returns.
-- @classmod billiard.map_result

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local payload = require "billiard.payload"
local waiting = require "billiard.waiting"

local nanoseconds <const>, wait <const> = waiting.nanoseconds, waiting.wait
local not_an_outcome <const> = waiting.not_an_outcome
local failure <const> = errors.failure

local MapResult = {__name = "billiard.map_result"}
MapResult.__index = MapResult

--- Wraps a native result (private).
local function new(handle)
  return setmetatable({_handle = handle}, MapResult)
end

local function all_pids(handle)
  local pids = {}
  while true do
    local pid = native.bpi_map_result_pid(handle, #pids)
    if pid == 0 then return pids end
    pids[#pids + 1] = pid
  end
end

-- Keeps the outcome and gives the shared memory back; but the end of a map that was released is
-- announced to nobody, so one whose pool is to tell of it is kept until then.
local function settle(self, handle)
  self._id, self._pids = native.bp_map_result_id(handle), all_pids(handle)
  self._count = native.bp_map_result_count(handle)
  self._accepted = native.bp_map_result_accepted(handle) == 1
  self._handle = nil
  if self._awaited then
    self._kept = handle
  else
    native.bp_map_result_release(handle)
  end
end

local function take_payloads(handle)
  local payloads = {}
  for index = 1, native.bp_map_result_count(handle) do
    local status, bytes, format = native.bp_map_result_item(handle, index - 1)
    if status < 0 then
      local _, _, _, failed = failure(status, bytes)
      return nil, failed
    end
    payloads[index] = {bytes, format}
  end
  return payloads
end

local function outcome(self)
  local failed = self._failed
  if failed then return nil, failed.message, failed.code, failed end
  local values = {n = self._count}
  for index, each in ipairs(self._payloads) do
    local ok, value = payload.decode(each[1], each[2])
    if not ok then
      return nil, string.format("result %d can not be decoded: %s", index, value), "CORRUPT"
    end
    values[index] = value
  end
  return values
end

--- Waits for all results. May be called again, with the same outcome; each call makes a new list.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt of `billiard.interrupt()` that ends the wait
-- @return a list of the results in the order of the items, with their number in the field `n` (a
-- result may be nil); or nil, message, code, detail: `TIMEOUT`, `INTERRUPTED`, or what the first
-- chunk that failed has, as `result:get` tells it
function MapResult:get(timeout, token)
  local handle = self._handle
  if not handle then return outcome(self) end
  local limit = nanoseconds(timeout, 1, "get")
  local status, detail =
    wait(native.bp_map_result_get, handle, limit, interrupt.handle_of(token, 2, "get"))
  if not_an_outcome[status] then return failure(status, detail) end
  if status < 0 then
    local _, _, _, failed = failure(status, detail)
    self._failed = failed
  else
    self._payloads, self._failed = take_payloads(handle)
  end
  settle(self, handle)
  return outcome(self)
end

--- Waits until the map is ready, good or bad, and takes nothing.
-- @tparam[opt] number timeout as in `get`
-- @param[opt] token as in `get`
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`, `FORKED`)
function MapResult:wait(timeout, token)
  local handle = self._handle
  if not handle then return true end
  local limit = nanoseconds(timeout, 1, "wait")
  local status, detail =
    wait(native.bp_map_result_wait, handle, limit, interrupt.handle_of(token, 2, "wait"))
  if status < 0 then return failure(status, detail) end
  return true
end

--- Whether every item has a result, or one has failed. Never waits.
-- @treturn boolean
function MapResult:ready()
  local handle = self._handle
  return not handle or native.bp_map_result_ready(handle) == 1
end

--- For coroutines, as `result:await`.
-- @return as `get`
function MapResult:await()
  if not coroutine.isyieldable() then return self:get() end
  while not self:ready() do coroutine.yield(self) end
  return self:get(0)
end

--- Whether a worker has begun every chunk. Never waits.
-- @treturn boolean
function MapResult:accepted()
  local handle = self._handle
  if not handle then return self._accepted end
  return native.bp_map_result_accepted(handle) == 1
end

--- The map's id, from the same count as those of jobs. Never waits.
-- @treturn integer
function MapResult:job()
  local handle = self._handle
  return handle and native.bp_map_result_id(handle) or self._id
end

--- The process ids of the workers that have begun chunks, each once. Never waits.
-- @return list of integers
function MapResult:pids()
  local handle = self._handle
  if handle then return all_pids(handle) end
  return {table.unpack(self._pids)}
end

--- Number of the map's items.
-- @treturn integer
function MapResult:count()
  local handle = self._handle
  return handle and native.bp_map_result_count(handle) or self._count
end

--- Forgets the map: its jobs go on, their outcomes are dropped. Later calls fail with `CLOSED`; no
-- callback is called any more. Happens by itself when the result is garbage.
function MapResult:discard()
  self._calls, self._notify = nil, nil
  local handle = self._handle
  if not handle then return end
  local _, _, _, dropped = failure(native.BP_CLOSED, {message = "the result was discarded"})
  self._failed = dropped
  settle(self, handle)
end

--- The pool tells of its end (private).
function MapResult:_told()
  local handle = self._kept
  self._awaited, self._kept = nil, nil
  if handle then native.bp_map_result_release(handle) end
end

function MapResult:__gc()
  local handle = self._handle or self._kept
  if not handle then return end
  self._handle, self._kept = nil, nil
  native.bp_map_result_release(handle)
end

function MapResult:__tostring()
  return string.format("billiard.map_result: map %d, %s, %s", self:job(),
    self:accepted() and "accepted" or "not accepted", self:ready() and "ready" or "not ready")
end

return {new = new}
