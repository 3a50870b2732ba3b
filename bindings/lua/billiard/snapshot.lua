--- Reads one look at a pool (private): what a native call took, status and snapshot.

local native = require "billiard.native"
local errors = require "billiard.errors"

local failure <const> = errors.failure

local counters <const> = {
  "submitted", "queued", "running", "succeeded", "failed", "lost", "terminated", "restarts",
  "workers", "ready", "template_pid", "timed_out", "over_memory", "expired", "restarts_lost",
  "restarts_recycled", "restarts_boot", "restarts_asked",
}

local states <const> = {
  [native.BP_WORKER_EMPTY] = "empty",
  [native.BP_WORKER_STARTING] = "starting",
  [native.BP_WORKER_IDLE] = "idle",
  [native.BP_WORKER_BUSY] = "busy",
  [native.BP_WORKER_LEAVING] = "leaving",
}

local function worker_of(info, group_of, taken)
  local busy = info.job ~= native.BP_NO_JOB
  return {
    index = info.index,
    pid = info.pid ~= 0 and info.pid or nil,
    state = states[info.state],
    group = group_of(info.group, taken),
    job = busy and info.job or nil,
    since = busy and info.since_ns / 1e9 or nil,
    jobs_done = info.jobs_done,
    starts = info.starts,
    memory = info.memory_kib > 0 and info.memory_kib or nil,
  }
end

local snapshot = {}

--- The counters by their names; or nil, message, code, detail.
function snapshot.stats(status, taken)
  if status < 0 then return failure(status, taken) end
  local counts, stats = native.bpi_snapshot_stats(taken), {}
  for _, name in ipairs(counters) do stats[name] = counts[name] end
  native.bpi_snapshot_free(taken)
  return stats
end

--- A list of the workers; or nil, message, code, detail. `group_of(index, taken)` is a group's name.
function snapshot.workers(group_of, status, taken)
  if status < 0 then return failure(status, taken) end
  local workers = {}
  for index = 0, native.bpi_snapshot_worker_count(taken) - 1 do
    workers[index + 1] = worker_of(native.bpi_snapshot_worker(taken, index), group_of, taken)
  end
  native.bpi_snapshot_free(taken)
  return workers
end

return snapshot
