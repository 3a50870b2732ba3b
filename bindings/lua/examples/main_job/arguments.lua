-- The command line: [--workers N] [--kill-one] [DIR].

local billiard = require "billiard"
local lfs = require "lfs"

local arguments = {}

local DEFAULT_FOLDER <const> = "/usr/include"
local MOST_WORKERS <const> = 100000

-- Leaves the program with status 2.
local function wrong_call(text, ...)
  io.stderr:write("lua sha256_tree: ", string.format(text, ...), "\n")
  os.exit(2)
end

local function worker_count(text)
  local count = text and text:match("^%d+$") and math.tointeger(tonumber(text))
  if count and count >= 1 and count <= MOST_WORKERS then return count end
  wrong_call("--workers must be a number from 1, not %q", text or "")
end

function arguments.parse(words)
  local options = {workers = billiard.cpus(), kill_one = false}
  local folders, only_folders, index = {}, false, 1
  while words[index] do
    local word = words[index]
    if only_folders or word:sub(1, 1) ~= "-" or word == "-" then
      folders[#folders + 1] = word
    elseif word == "--" then
      only_folders = true
    elseif word == "--kill-one" then
      options.kill_one = true
    elseif word == "--workers" then
      index = index + 1
      options.workers = worker_count(words[index])
    elseif word:match("^%-%-workers=") then
      options.workers = worker_count(word:match("=(.*)$"))
    else
      wrong_call("unknown option %s", word)
    end
    index = index + 1
  end
  if #folders > 1 then wrong_call("one DIR at most, not %q too", folders[2]) end
  options.folder = folders[1] or DEFAULT_FOLDER
  if lfs.attributes(options.folder, "mode") ~= "directory" then
    wrong_call("no directory: %q", options.folder)
  end
  return options
end

return arguments
