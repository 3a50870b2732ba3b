-- The SHA-256 of every regular file under a directory, by a pool of worker processes.
-- docs/main-job.md says exactly what this program does and prints.

local billiard = require "billiard"
local lfs = require "lfs"
local sha256 = require "openssl.digest"

local folder = arg[0]:match("^(.*/)") or "./"
package.path = folder .. "?.lua;" .. package.path
local arguments = require "main_job.arguments"
local report = require "main_job.report"
local tree = require "main_job.tree"

local PIECE <const> = 1 << 16
local WINDOW <const> = 1024 -- jobs unfinished or not yet collected
local MOST_LOSSES <const> = 10

-- Runs in the workers: the file in pieces, never the whole in memory. What the system says of a
-- file that can not be read begins with its name, which the host knows.
local function digest(path)
  local function without_name(problem)
    return (problem:gsub("^.*: ", ""))
  end
  local file <close>, problem = io.open(path, "rb")
  if not file then return nil, without_name(problem) end
  local hash, bytes = sha256.new("sha256"), 0
  while true do
    local piece, failure = file:read(PIECE)
    if failure then return nil, without_name(failure) end
    if not piece then break end
    hash:update(piece)
    bytes = bytes + #piece
  end
  return {hex = report.hex(hash:final()), bytes = bytes}
end

-- The host's part: submits, collects, retries what was lost.
local Job = {}
Job.__index = Job

function Job:submit(path)
  return assert(self.pool:apply_async("digest", self.root .. "/" .. path))
end

function Job:unreadable(path, reason)
  self.unreadable_count = self.unreadable_count + 1
  self.report:unreadable(path, reason)
end

-- Waits for the entry's answer; a lost job is submitted again. Returns nil and a reason for a file
-- that can not be hashed.
function Job:outcome(entry)
  while true do
    local answer, message, code, detail = entry.result:get()
    if answer then return answer end
    if code == "TASK_FAILED" then return nil, message end
    if code ~= "WORKER_LOST" then error(message) end
    self.kill_wanted = false
    entry.losses = entry.losses + 1
    if entry.losses == MOST_LOSSES then return nil, message end
    self.report:lost(detail, entry.path)
    entry.result = self:submit(entry.path)
  end
end

-- Sends SIGKILL to a worker that is busy with one of the jobs `first ... last` of the window, if
-- there is one, and sees what became of it. Lua itself can not send signals; a shell can.
function Job:kill_one_worker(first, last)
  local entries = {}
  for index = first, last do entries[self.window[index].result:job()] = self.window[index] end
  for _, worker in ipairs(assert(self.pool:workers())) do
    local entry = entries[worker.job]
    if worker.state == "busy" and entry then
      os.execute("kill -s KILL " .. worker.pid .. " 2>/dev/null")
      self:outcome(entry)
      if self.kill_wanted then self.report:killed_between_jobs(worker.pid) end
      return
    end
  end
end

function Job:collect(index)
  local entry = self.window[index]
  local answer, reason = self:outcome(entry)
  self.window[index] = nil
  if not answer then return self:unreadable(entry.path, reason) end
  self.hashes[entry.path] = answer.hex
  self.files = self.files + 1
  self.bytes = self.bytes + answer.bytes
end

function Job:hash_all(paths)
  local collected = 0
  for submitted = 1, #paths + WINDOW do
    local path = paths[submitted]
    if path then self.window[submitted] = {path = path, result = self:submit(path), losses = 0} end
    local next_one = submitted - WINDOW + 1
    if next_one >= 1 and next_one <= #paths then
      if self.kill_wanted and collected >= #paths // 2 then
        self:kill_one_worker(next_one, math.min(submitted, #paths))
      end
      self:collect(next_one)
      collected = collected + 1
      self.report:progress(collected, #paths)
    end
  end
end

function Job:largest()
  local largest, most
  for path in pairs(self.hashes) do
    local size = lfs.attributes(self.root .. "/" .. path, "size") or 0
    if not most or size > most then largest, most = path, size end
  end
  return largest
end

-- Everything was collected before a worker was lost: the largest file again and again, until one
-- is. It waits many times in the queue, so that the workers are busy with it when the shell has
-- started.
function Job:kill_in_small_tree()
  local largest = self:largest()
  if not largest then return self.report:nothing_to_kill() end
  while self.kill_wanted do
    for index = 1, WINDOW do
      self.window[index] = {path = largest, result = self:submit(largest), losses = 0}
    end
    self:kill_one_worker(1, WINDOW)
    for index = 1, WINDOW do
      local answer = assert(self:outcome(self.window[index]))
      assert(answer.hex == self.hashes[largest], "the largest file has another digest than before")
    end
  end
end

-- Returns whether all was well.
function Job:run()
  local paths = tree.files(self.root, function(...) self:unreadable(...) end)
  self.report:start()
  self:hash_all(paths)
  local seconds = self.report:seconds()
  if self.kill_wanted then self:kill_in_small_tree() end
  self.report:result(self.hashes, self.files, self.bytes, self.unreadable_count, seconds)
  return self.unreadable_count == 0 and not self.kill_wanted
end

local function main(words)
  local options = arguments.parse(words)
  local pool <close> =
    assert(billiard.pool {workers = options.workers, tasks = {digest = digest}})
  assert(pool:wait_ready())
  local output = report.new("lua")
  output:workers(assert(pool:workers()))
  return setmetatable({
    pool = pool, root = options.folder, report = output, kill_wanted = options.kill_one,
    window = {}, hashes = {}, files = 0, bytes = 0, unreadable_count = 0,
  }, Job):run()
end

-- Leaves with status 1 when something was wrong; an error of ours does too, by the interpreter.
local all_well = main(arg)
os.exit(all_well, true)
