#!/bin/bash
# Runs one Ruby test file under Bazel. All paths are relative to the runfiles of the workspace.
#   run_ruby_test.sh RUBY REPORTER LOAD_PATH LIBRARY_PATH TEST [ARGUMENT...]
# LOAD_PATH and LIBRARY_PATH are lists with colons; see ruby_test in tools/bazel/ruby_test.bzl.
set -euo pipefail

ruby=$1 reporter=$2 load_path=$3 library_path=$4 test=$5
shift 5
source tools/testing/search_path.sh

RUBYLIB=$(absolute_paths "$load_path")
LD_LIBRARY_PATH=$(absolute_paths "$library_path")
export RUBYLIB LD_LIBRARY_PATH
exec "$ruby" -w -r "$PWD/$reporter" "$test" "$@"
