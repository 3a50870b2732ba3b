-- The files of a directory tree, as bytes: any name is legal.

local lfs = require "lfs"

local tree = {}

local function reason(problem)
  return (problem:gsub("^.*: ", ""))
end

-- The names in a directory; or nil and the reason.
local function names_in(path)
  local ok, next_name, state = pcall(lfs.dir, path)
  if not ok then return nil, reason(next_name) end
  local names = {}
  for name in next_name, state do
    if name ~= "." and name ~= ".." then names[#names + 1] = name end
  end
  return names
end

--- The regular files under `root`, as paths relative to it. Symbolic links inside are not followed.
-- @param unreadable called with the relative path and the reason
function tree.files(root, unreadable)
  local files, folders = {}, {""}
  while #folders > 0 do
    local folder = table.remove(folders)
    local names, problem = names_in(root .. "/" .. folder)
    if not names then unreadable((folder:gsub("/$", "")), problem) end
    for _, name in ipairs(names or {}) do
      local path = folder .. name
      local mode, why = lfs.symlinkattributes(root .. "/" .. path, "mode")
      if mode == "file" then
        files[#files + 1] = path
      elseif mode == "directory" then
        folders[#folders + 1] = path .. "/"
      elseif not mode then
        unreadable(path, reason(why))
      end
    end
  end
  return files
end

return tree
