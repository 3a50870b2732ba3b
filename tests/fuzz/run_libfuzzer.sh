#!/bin/bash
# Lets libFuzzer look for a while, from a corpus that it does not change.
#   run_libfuzzer.sh FUZZER CORPUS
set -euo pipefail

found=$TEST_TMPDIR/found
mkdir -p "$found"
"$1" -max_total_time=30 -timeout=10 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 \
  -artifact_prefix="${TEST_UNDECLARED_OUTPUTS_DIR:-$found}/" "$found" "$2"
