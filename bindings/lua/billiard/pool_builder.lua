--- Makes a native pool from checked options (private).

local native = require "billiard.native"

local pool_builder = {}

local function set_limits(builder, plan)
  native.bpi_pool_builder_set_force_fork(builder, plan.force_fork and 1 or 0)
  for _, name in ipairs {
    "max_boot_failures", "max_jobs", "max_payload", "start_timeout", "boot_timeout",
    "template_path",
  } do
    if plan[name] then native["bpi_pool_builder_set_" .. name](builder, plan[name]) end
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
