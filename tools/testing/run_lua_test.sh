#!/bin/bash
# Runs one Lua test file (luaunit) under Bazel. Paths are relative to the runfiles of the workspace.
#   run_lua_test.sh LUA LAST_FOLDER LOAD_PATH LIBRARY_PATH TEST [ARGUMENT...]
# LOAD_PATH and LIBRARY_PATH are lists with colons; see lua_test in tools/bazel/lua_test.bzl.
# LAST_FOLDER is where libraries are looked for that are nowhere else.
# The test file ends with `os.exit(luaunit.LuaUnit.run())`.
set -euo pipefail

lua=$1 last_folder=$2 load_path=$3 library_path=$4 test=$5
shift 5
source tools/testing/search_path.sh

LUA_PATH="" LUA_CPATH=""
IFS=: read -ra folders <<<"$(absolute_paths "$load_path")"
for folder in "${folders[@]}"; do
  LUA_PATH+="$folder/?.lua;$folder/?/init.lua;"
  LUA_CPATH+="$folder/?.so;"
done
# An empty entry stands for the interpreter's own path.
LUA_PATH+=";$last_folder/?.lua" LUA_CPATH+=";"
LD_LIBRARY_PATH=$(absolute_paths "$library_path")
export LUA_PATH LUA_CPATH LD_LIBRARY_PATH

results=${XML_OUTPUT_FILE:-$(mktemp --suffix=.xml)}
"$lua" "$test" --output junit --name "$results" "$@"
if ! grep -q '<testcase' "$results"; then
  echo "$test: no test ran" >&2
  exit 1
fi
