#!/bin/bash
# Runs one Go test binary under Bazel and leaves its cases in Bazel's test.xml.
#   run_go_test.sh BINARY CONVERTER FOLDER [ARGUMENT...]
# FOLDER, relative to the runfiles of the workspace, is where the tests start, as under `go test`.
set -euo pipefail

binary=$PWD/$1 converter=$PWD/$2 folder=$3
shift 3

# Go's own watchdog goes off first: it shows what every goroutine was doing.
watchdog=$((${TEST_TIMEOUT:-300} - 5))s
log=$(mktemp)
status=0
(cd "$folder" && "$binary" -test.v -test.timeout="$watchdog" "$@") 2>&1 | tee "$log" || status=$?
python3 "$converter" "$log" "${XML_OUTPUT_FILE:-/dev/null}" || status=1
rm -f "$log"
exit "$status"
