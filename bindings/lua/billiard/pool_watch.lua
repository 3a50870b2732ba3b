--- A look at a pool of another process of the same user (root may look at everybody's), for tools that
-- watch. The pool's program takes no part in it: it may be in any language, busy, stopped or stuck.
-- @classmod billiard.pool_watch

local native = require "billiard.native"
local errors = require "billiard.errors"
local snapshot = require "billiard.snapshot"

local PoolWatch = {__name = "billiard.pool_watch"}
PoolWatch.__index = PoolWatch

local function check_number(number, least, position, what)
  if math.type(number) ~= "integer" or number < least or number > 0x7FFFFFFF then
    errors.bad_argument(position, "watch_pool", string.format(
      "%s: integer from %d expected, got %s", what, least,
      type(number) == "number" and number or type(number)))
  end
end

--- Finds the pool (see `billiard.watch_pool` in init.lua).
local function new(pid, index)
  index = index == nil and 0 or index
  check_number(pid, 1, 1, "pid")
  check_number(index, 0, 2, "index")
  local status, handle = native.bp_pool_watch_open(pid, index)
  if status < 0 then return errors.failure(status, handle) end
  return setmetatable({_handle = handle, _pid = pid}, PoolWatch)
end

local function look(self, name)
  local handle = self._handle
  if not handle then errors.misuse("%s: the watch was released", name) end
  return native.bpi_snapshot_watch(handle)
end

local function group_of(index, taken)
  return native.bpi_snapshot_group(taken, index)
end

--- One snapshot, as `pool:stats` gives it to the pool's own program. Never waits.
-- @return a table; or nil, message, code (`CLOSED`: that program has ended)
function PoolWatch:stats()
  return snapshot.stats(look(self, "stats"))
end

--- What each worker is doing now, as `pool:workers` tells it. Never waits.
-- @return a list; or nil, message, code as `stats`
function PoolWatch:workers()
  return snapshot.workers(group_of, look(self, "workers"))
end

--- Ends the look; the pool does not notice. What `<close>` and the collector do. May be repeated.
function PoolWatch:release()
  local handle = self._handle
  if not handle then return end
  self._handle = nil
  native.bp_pool_watch_release(handle)
end

PoolWatch.__gc = PoolWatch.release
PoolWatch.__close = PoolWatch.release

function PoolWatch:__tostring()
  return string.format("billiard.pool_watch: process %d%s", self._pid,
    self._handle and "" or ", released")
end

return {new = new}
