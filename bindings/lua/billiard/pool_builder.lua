--- Makes a native pool from checked options (private).

local native = require "billiard.native"

local pool_builder = {}

-- The builder's calls by the names of options.
local setters <const> = {
  max_boot_failures = native.bpi_pool_builder_set_max_boot_failures,
  max_jobs = native.bpi_pool_builder_set_max_jobs,
  max_payload = native.bpi_pool_builder_set_max_payload,
  start_timeout = native.bpi_pool_builder_set_start_timeout,
  boot_timeout = native.bpi_pool_builder_set_boot_timeout,
  pool_name = native.bpi_pool_builder_set_name,
  lost_worker_timeout = native.bpi_pool_builder_set_lost_worker_timeout,
  template_path = native.bpi_pool_builder_set_template_path,
  time_limit = native.bpi_pool_builder_set_time_limit,
  soft_time_limit = native.bpi_pool_builder_set_soft_time_limit,
  terminate_grace = native.bpi_pool_builder_set_terminate_grace,
  max_tasks_per_child = native.bpi_pool_builder_set_max_jobs_per_worker,
  max_memory_per_child = native.bpi_pool_builder_set_max_memory_per_worker,
  max_restarts = native.bpi_pool_builder_set_max_restarts,
  max_restart_freq = native.bpi_pool_builder_set_restart_window,
  max_workers = native.bpi_pool_builder_set_max_workers,
  slots = native.bpi_pool_builder_set_slots,
  synack_timeout = native.bpi_pool_builder_set_synack_timeout,
}

-- Which events the pool is to record. They take memory until they are read, so only for those who
-- said that they will.
local function events_of(plan)
  local workers = plan.on_process_up or plan.on_process_down
  local limits = plan.notify or plan.on_timeout_set or plan.on_timeout_cancel
  return (workers and native.BP_EVENTS_WORKERS or 0) | (limits and native.BP_EVENTS_LIMITS or 0)
end

local function set_limits(builder, plan)
  native.bpi_pool_builder_set_force_fork(builder, plan.force_fork and 1 or 0)
  native.bpi_pool_builder_set_events(builder, events_of(plan))
  native.bpi_pool_builder_set_event_loop(builder, plan.threads == false and 1 or 0)
  native.bpi_pool_builder_set_wait_for_slot(builder, plan.wait_for_slot and 1 or 0)
  native.bpi_pool_builder_set_synack(builder, plan.synack and 1 or 0)
  for name, set in pairs(setters) do
    if plan[name] then set(builder, plan[name]) end
  end
end

-- Returns what keeps the group's main function alive, or nil for a command.
local function add_group(builder, group)
  local number =
    native.bpi_pool_builder_add_group(builder, group.name, group.workers or 0, group.start_method)
  for _, word in ipairs(group.command or {}) do
    native.bpi_pool_builder_add_command_word(builder, number, word)
  end
  for _, setting in ipairs(group.environment or {}) do
    native.bpi_pool_builder_add_environment(builder, number, setting)
  end
  for _, task in ipairs(group.tasks or {}) do
    native.bpi_pool_builder_add_task(builder, number, task)
  end
  return group.main and native.billiard_lua_forked_worker_set(builder, number, group.main)
end

--- Makes the pool.
-- @return status, native pool or error table, and a list to be given to `forget` after the pool's
-- end
function pool_builder.create(plan)
  local builder = native.bpi_pool_builder_new()
  set_limits(builder, plan)
  local forked = {}
  for _, group in ipairs(plan.groups) do forked[#forked + 1] = add_group(builder, group) end
  -- What is still in C's buffers would be written by the host and by every forked worker.
  native.flush_streams()
  local status, handle = native.bpi_pool_builder_create(builder)
  native.bpi_pool_builder_free(builder)
  return status, handle, forked
end

--- Lets go of the main functions of forked workers.
function pool_builder.forget(forked)
  for _, each in ipairs(forked) do native.billiard_lua_forked_worker_forget(each) end
end

return pool_builder
