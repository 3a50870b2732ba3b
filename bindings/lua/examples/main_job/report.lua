-- What the program prints: results on standard output, complaints and progress on standard error.

local billiard = require "billiard"
local sha256 = require "openssl.digest"

local PROGRESS_PERIOD <const> = 0.1

local Report = {}
Report.__index = Report

function Report.hex(bytes)
  return (bytes:gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

function Report.new(language)
  io.stdout:setvbuf("line")
  return setmetatable({
    language = language,
    on_terminal = os.execute("test -t 2") == true,
    progress_at = -math.huge,
    progress_shown = false,
  }, Report)
end

local function quote(name)
  return '"' .. name:gsub('[%c"\\\128-\255]', function(byte)
    return string.format("\\x%02x", byte:byte())
  end) .. '"'
end

function Report:wipe_progress()
  if self.progress_shown then io.stderr:write("\r\27[K") end
  self.progress_shown = false
end

function Report:print(format, ...)
  self:wipe_progress()
  print(self.language .. " " .. string.format(format, ...))
end

function Report:complain(format, ...)
  self:wipe_progress()
  io.stderr:write(self.language, " ", string.format(format, ...), "\n")
end

function Report:workers(workers)
  local pids = {}
  for index, worker in ipairs(workers) do pids[index] = worker.pid end
  self:print("workers=%d pids=%s", #pids, table.concat(pids, ","))
end

function Report:start()
  self.started = billiard.now()
end

-- Since the first submission.
function Report:seconds()
  return billiard.now() - self.started
end

-- On a terminal only, ten times a second at most.
function Report:progress(done, total)
  if not self.on_terminal or billiard.now() - self.progress_at < PROGRESS_PERIOD then return end
  self.progress_at, self.progress_shown = billiard.now(), true
  io.stderr:write("\r", self.language, " ", done, "/", total, " files")
end

function Report:unreadable(path, reason)
  self:complain("unreadable file=%s %s", quote(path), reason)
end

function Report:lost(failure, path)
  self:print("lost worker=%d signal=%d job=%d file=%s after_s=%.3f; retried", failure.pid,
    -math.min(failure.exit_status or 0, 0), failure.job, quote(path), self:seconds())
end

function Report:killed_between_jobs(pid)
  self:print("killed worker=%d between jobs; taking another", pid)
end

function Report:nothing_to_kill()
  self:complain("kill-one: no file to hash")
end

local function digest_of(hashes)
  local paths = {}
  for path in pairs(hashes) do paths[#paths + 1] = path end
  table.sort(paths)
  local digest = sha256.new("sha256")
  for _, path in ipairs(paths) do digest:update(hashes[path] .. "  " .. path .. "\0") end
  return Report.hex(digest:final())
end

function Report:result(hashes, files, bytes, unreadable, seconds)
  local rate = files > 0 and files / math.max(seconds, 1e-9) or 0
  self:print("files=%d bytes=%d files_per_s=%.1f digest=%s%s", files, bytes, rate,
    digest_of(hashes), unreadable > 0 and " unreadable=" .. unreadable or "")
end

return Report
