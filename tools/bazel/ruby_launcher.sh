#!/bin/bash
# Made by ruby_binary from tools/bazel/ruby_launcher.sh: runs a Ruby program where Bazel has put it.
set -euo pipefail

if [[ -d $0.runfiles ]]; then
  root=$0.runfiles
elif [[ -n ${RUNFILES_DIR:-} ]]; then
  root=$RUNFILES_DIR
else
  root=${0%.runfiles/*}.runfiles
fi
root=$(cd "$root/%{workspace}" && pwd)

search=""
for folder in %{load_path}; do
  search+="$root/$folder:"
done
export RUBYLIB="$search${RUBYLIB:-}"
exec %{interpreter} "$root/%{source}" "$@"
