--- The makers of objects in shared memory, as functions of the module `billiard` (private file).
-- @module billiard

local native = require "billiard.native"
local array = require "billiard.array"
local barrier = require "billiard.barrier"
local condition = require "billiard.condition"
local errors = require "billiard.errors"
local event = require "billiard.event"
local lock = require "billiard.lock"
local memory = require "billiard.memory"
local reference = require "billiard.reference"
local rlock = require "billiard.rlock"
local segment = require "billiard.segment"
local semaphore = require "billiard.semaphore"
local shared = require "billiard.shared"
local value = require "billiard.value"

local makers = {}

-- The maker, whose options are argument number `position`: its objects know where they are, for processes
-- that they are handed to.
local function placed(make, position)
  return function(...)
    return reference.place((select(position, ...)), make(...))
  end
end

--- Makes a segment, or opens the named one, or that of an inherited descriptor.
-- @tparam[opt] table options `name` (1 to 200 bytes, no "/"), `max_bytes`, or `fd`
-- @return a `billiard.segment`; or nil, message, code (`INVALID`, `CORRUPT`, `NOMEM`, `OS`)
makers.segment = segment.new

--- The segment of this process and its forks, where objects live that name none.
-- @return a `billiard.segment`; or nil, message, code
makers.default_segment = segment.default

--- Makes a block of zeroed bytes.
-- @tparam integer bytes at most 1 GiB
-- @tparam[opt] table options as for every object here: `name` (1 to 200 bytes, no "/": the object
-- of that name, made when no living process has it, which then keeps what it holds) or `segment`
-- (where an anonymous one lives; default: the one that all forked workers share)
-- @return a `billiard.memory`; or nil, message, code (`INVALID`, `TOO_LARGE`, `EXISTS`: the name
-- has another size; `CORRUPT`, `NOMEM`, `OS`)
makers.memory = placed(memory.new, 2)

--- Makes a lock.
-- @tparam[opt] table options `name`, `segment`; `fifo`: waiters get it in the order in which they
-- came
-- @return a `billiard.lock`; or nil, message, code (`INVALID`, `CORRUPT`, `NOMEM`, `OS`)
makers.lock = placed(lock.new, 1)

--- Makes a recursive lock.
-- @tparam[opt] table options `name`, `segment`
-- @return a `billiard.rlock`; or nil, message, code as `lock`
makers.rlock = placed(rlock.new, 1)

--- Makes a semaphore.
-- @tparam[opt] integer units at first; default 1
-- @tparam[opt] table options `name`, `segment`; `tracked`: units of dead holders come back
-- @return a `billiard.semaphore`; or nil, message, code (`INVALID`, `EXISTS`: the name has another
-- bound or sort; `CORRUPT`, `NOMEM`, `OS`)
makers.semaphore = placed(semaphore.new, 2)

--- Makes a semaphore that never has more units than at first.
-- @tparam[opt] integer units default 1
-- @tparam[opt] table options as for `semaphore`
-- @return a `billiard.semaphore`; or nil, message, code as `semaphore`
makers.bounded_semaphore = placed(semaphore.new_bounded, 2)

--- Makes an event that is clear.
-- @tparam[opt] table options `name`, `segment`
-- @return a `billiard.event`; or nil, message, code as `lock`
makers.event = placed(event.new, 1)

--- Makes a condition.
-- @tparam[opt] table options `name`, `segment`; `lock`: the lock or rlock to use, of the same
-- segment; default: an rlock of its own
-- @return a `billiard.condition`; or nil, message, code as `lock`
makers.condition = placed(condition.new, 1)

--- Makes a barrier.
-- @tparam integer parties how many meet, 1 to 4096
-- @tparam[opt] table options `name`, `segment`; `timeout`: seconds, of waits that name none;
-- `action`: function that the last to arrive runs before anybody goes on, when it came by this
-- handle
-- @return a `billiard.barrier`; or nil, message, code (`INVALID`, `EXISTS`: the name has other
-- parties; `CORRUPT`, `NOMEM`, `OS`)
makers.barrier = placed(barrier.new, 2)

--- Makes a value.
-- @tparam string type a typecode (c u b B h H i I l L q Q f d ?) or fields, "x:d,n:i"
-- @param[opt] initial of that kind; for fields a table; default: zero
-- @tparam[opt] table options `name`, `segment`; `lock`: a lock or rlock to use, false for none;
-- default: an rlock of its own; `wrap`: integers out of range are taken modulo instead of being
-- refused
-- @return a `billiard.value`; or nil, message, code (`INVALID`, `EXISTS`: the name has another
-- type; `CORRUPT`, `NOMEM`, `OS`)
makers.value = placed(value.new, 3)

--- Makes an array.
-- @tparam string type as for `value`
-- @param contents the length, for zeroed elements; or a table of them; for type "c" also a string
-- @tparam[opt] table options as for `value`
-- @return a `billiard.array`; or nil, message, code (`INVALID`, `TOO_LARGE`, `EXISTS`: the name has
-- another type or length; `CORRUPT`, `NOMEM`, `OS`)
makers.array = placed(array.new, 3)

local attach_calls <const> = {
  memory = native.bp_memory_attach,
  lock = native.bp_lock_attach,
  rlock = native.bp_rlock_attach,
  semaphore = native.bp_semaphore_attach,
  event = native.bp_event_attach,
  condition = native.bp_condition_attach,
  barrier = native.bp_barrier_attach,
  value = native.bp_value_attach,
  array = native.bp_array_attach,
}

--- A handle to an anonymous object, by the id that its `id` method told, in any process that has
-- its segment.
-- @tparam string kind "lock", "rlock", "semaphore" (of any sort), "event", "condition", "barrier",
-- "value", "array" or "memory"
-- @tparam integer id
-- @tparam[opt] billiard.segment of default: the one that all forked workers share
-- @return the object; or nil, message, code (`NOT_FOUND`: it is gone; `INVALID`: another kind)
function makers.attach(kind, id, of)
  local attach = attach_calls[kind]
  if not attach then
    errors.bad_argument(1, "attach", "kind: no such kind of object: " .. tostring(kind))
  end
  local number = shared.integer(id, 2, "attach", "id")
  if number < 0 then errors.bad_argument(2, "attach", "id: at least 0 expected") end
  if of ~= nil and getmetatable(of) ~= shared.classes.segment then
    errors.bad_argument(3, "attach", "a billiard.segment expected, got " .. type(of))
  end
  local class = shared.classes[kind]
  local status, handle = attach(of and shared.handle_of(of, "attach"), number)
  if class.adopt then return reference.place({segment = of}, class.adopt(status, handle)) end
  return reference.place({segment = of}, shared.wrap(class, status, handle))
end

--- The largest value of a semaphore.
makers.SEM_VALUE_MAX = native.BP_SEM_VALUE_MAX

return makers
