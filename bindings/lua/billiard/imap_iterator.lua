--- Results that come one after the other: what `pool:imap` returns, for `for` or for `next`.
-- @classmod billiard.imap_iterator

local native = require "billiard.native"
local errors = require "billiard.errors"
local interrupt = require "billiard.interrupt"
local payload = require "billiard.payload"
local waiting = require "billiard.waiting"

local failure <const> = errors.failure
local TIMEOUT <const>, CLOSED <const> = native.BP_TIMEOUT, native.BP_CLOSED

local Iterator = {__name = "billiard.imap_iterator"}
Iterator.__index = Iterator

-- Whether a call ended without an item's outcome; the item is not lost.
local function is_not_an_item(status)
  return waiting.not_an_outcome[status] or status == native.BP_NOMEM
end

-- Says that there are no more items. What ended the input, an error in a table or nil, is raised
-- behind the last result.
local function end_input(self, problem)
  self._source, self._problem = nil, problem
  native.bp_imap_end(self._handle)
end

local function put(self, item)
  local bytes, format = self._encode(item)
  if not bytes then return end_input(self, {string.format("item %d: %s", self._put + 1, format)}) end
  local status, detail = native.bp_imap_put(self._handle, bytes, format)
  if status >= 0 then
    self._put = self._put + 1
  else
    local _, message = failure(status, detail)
    end_input(self, {message})
  end
end

-- Gives the library as many items as it has room for.
local function feed(self)
  while self._source and native.bp_imap_room(self._handle) > 0 do
    local ok, more, item = pcall(self._source)
    if not ok then
      end_input(self, {more})
    elseif not more then
      end_input(self, nil)
    else
      put(self, item)
    end
  end
end

--- Wraps a native iterator and begins (private).
local function new(handle, source, encode)
  local self = setmetatable({
    _handle = handle,
    _source = source, -- nil when the input has ended
    _encode = encode,
    _put = 0, -- items so far
    _problem = nil,
  }, Iterator)
  feed(self)
  return self
end

-- What the end of all results is: nothing, or first what ended the input.
local function finish(self)
  local problem = self._problem
  self:release()
  if problem then error(problem[1], 0) end
  return nil
end

local function item_of(status, index, first, second)
  index = index + 1
  if status < 0 then return index, failure(status, first) end
  local ok, value = payload.decode(first, second)
  if ok then return index, value end
  return index, nil, "the result can not be decoded: " .. value, "CORRUPT"
end

-- Takes what is there, or waits for it; nothing is lost to a Ctrl-C, since what waits takes nothing.
-- Returns status, index, and payload and format or an error.
local function take(self, limit, token)
  local handle = self._handle
  local deadline = limit >= 0 and native.monotonic_now() + limit or nil
  while true do
    feed(self)
    local status, index, first, second = native.bp_imap_next(handle, 0, token)
    if status ~= TIMEOUT or limit == 0 then return status, index, first, second end
    local ended, detail = waiting.wait(native.bp_imap_wait, handle, limit, token)
    if ended < 0 then return ended, 0, detail end
    if deadline then limit = math.max(0, deadline - native.monotonic_now()) end
  end
end

--- Takes the next result.
-- @tparam[opt] number timeout seconds; nil waits for ever, 0 or less only looks
-- @param[opt] token an interrupt of `billiard.interrupt()` that ends the wait
-- @return its item's index, from 1, and the value; or the index, nil, message, code, detail when the
-- item failed, as `result:get` tells it; or nil alone behind the last one; or nil, message, code
-- when there is nothing yet (`TIMEOUT`, `INTERRUPTED`; nothing is lost, call again). What the
-- iterator function raised is raised once, behind the last result
function Iterator:next(timeout, token)
  if not self._handle then return nil end
  local limit = waiting.nanoseconds(timeout, 1, "next")
  local status, index, first, second = take(self, limit, interrupt.handle_of(token, 2, "next"))
  if status == CLOSED then return finish(self) end
  if is_not_an_item(status) then return failure(status, first) end
  return item_of(status, index, first, second)
end

--- For `for`: as `next`, but what is not a result is raised as an error.
function Iterator:__call()
  local index, value, message, code, detail = self:next()
  if index == nil and value ~= nil then error(value, 2) end
  return index, value, message, code, detail
end

--- The iterator's id, from the same count as those of jobs; nil when it has ended. Never waits.
-- @treturn ?integer
function Iterator:job()
  return self._handle and native.bp_imap_id(self._handle)
end

--- Ends the iteration: jobs that are out go on, their results are dropped. What leaving a `for` does,
-- and the collector. May be repeated.
function Iterator:release()
  local handle = self._handle
  if not handle then return end
  self._handle, self._source = nil, nil
  native.bp_imap_release(handle)
end

Iterator.__gc = Iterator.release
Iterator.__close = Iterator.release

function Iterator:__tostring()
  return string.format("billiard.imap_iterator: %s", self._handle and "open" or "ended")
end

return {new = new}
