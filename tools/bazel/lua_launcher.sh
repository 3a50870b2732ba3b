#!/bin/bash
# Made by lua_binary from tools/bazel/lua_launcher.sh: runs a Lua program where Bazel has put it.
set -euo pipefail

if [[ -d $0.runfiles ]]; then
  root=$0.runfiles
elif [[ -n ${RUNFILES_DIR:-} ]]; then
  root=$RUNFILES_DIR
else
  root=${0%.runfiles/*}.runfiles
fi
root=$(cd "$root/%{workspace}" && pwd)

LUA_PATH="" LUA_CPATH=""
for folder in %{load_path}; do
  LUA_PATH+="$root/$folder/?.lua;$root/$folder/?/init.lua;"
  LUA_CPATH+="$root/$folder/?.so;"
done
# An empty entry stands for the interpreter's own path.
export LUA_PATH+=";" LUA_CPATH+=";"
exec %{interpreter} "$root/%{source}" "$@"
