--- Semaphores between processes: plain, bounded, and tracked.
--
-- Units have no owner: any process may post. A tracked one (`tracked = true`) notes who took them:
-- units of a process that dies come back by themselves, and only a holder may post.
-- @classmod billiard.semaphore

local native = require "billiard.native"
local shared = require "billiard.shared"
local waiting = require "billiard.waiting"

local Semaphore = shared.class("semaphore")
local handle_of <const> = shared.handle_of
local native_acquire <const>, native_wait <const>, native_post <const> =
  native.bp_semaphore_acquire, native.bp_semaphore_wait, native.bp_semaphore_post

--- Takes one unit.
-- @tparam[opt] number timeout seconds to wait while the value is 0; nil for ever, 0 or less not
-- @param[opt] token an interrupt
-- @return true; or nil, message, code (`TIMEOUT`, `INTERRUPTED`)
function Semaphore:acquire(timeout, token)
  local handle = handle_of(self, "acquire")
  local limit, interrupt_handle = shared.limits(timeout, token, 1, "acquire")
  return shared.done(waiting.take(native_acquire, native_wait, handle, limit, interrupt_handle))
end

--- Gives units back, or adds them: all or none.
-- @tparam[opt] integer units default 1
-- @return true; or nil, message, code (`STATE`: over the bound; tracked: more than this process
-- holds)
function Semaphore:post(units)
  local count = units == nil and 1 or shared.integer(units, 1, "post", "units")
  return shared.done(native_post(handle_of(self, "post"), count))
end

local Hold = {__name = "billiard.hold"}
Hold.__index = Hold

function Hold:__close(problem)
  local semaphore = self._semaphore
  if not semaphore or problem ~= nil and not semaphore._handle then return end
  self._semaphore = false
  local ok, message = semaphore:post()
  if not ok and problem == nil then error(message, 0) end
end

--- Takes one unit for a block: `local held <close> = assert(semaphore:hold())`.
-- @tparam[opt] number timeout as in `acquire`
-- @param[opt] token as in `acquire`
-- @return what posts the unit when it is closed; or nil, message, code as `acquire`
function Semaphore:hold(timeout, token)
  local ok, message, code, detail = self:acquire(timeout, token)
  if not ok then return nil, message, code, detail end
  return setmetatable({_semaphore = self}, Hold)
end

--- Units that are free now.
-- @treturn integer
function Semaphore:value()
  return native.bp_semaphore_value(handle_of(self, "value"))
end

--- The most units that there can be.
-- @treturn integer
function Semaphore:bound()
  return native.bp_semaphore_bound(handle_of(self, "bound"))
end

--- Units of a tracked semaphore that came back because their holder died.
-- @treturn integer
function Semaphore:returned()
  return native.bp_semaphore_returned(handle_of(self, "returned"))
end

shared.describe(Semaphore, native.bp_semaphore_describe)

local known <const> = {name = true, segment = true, tracked = true}

local function maker(name, create)
  return function(value, options)
    local units = value == nil and 1 or shared.integer(value, 1, name, "value")
    local given = shared.options(options, 2, name, known)
    return shared.wrap(Semaphore, create(units, given))
  end
end

return {
  new = maker("semaphore", native.bp_semaphore_create),
  new_bounded = maker("bounded_semaphore", native.bp_bounded_semaphore_create),
}
