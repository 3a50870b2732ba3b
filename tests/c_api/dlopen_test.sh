#!/bin/bash
# The quickstart works, and has no link-time dependency on the library.
#   dlopen_test.sh PROGRAM LIBRARY
set -euo pipefail
program=$1 library=$2

if readelf -dW "$program" | grep 'NEEDED.*\(billiard\|absl\|stdc++\)'; then
  echo "the program is linked against what it is to load at run time" >&2
  exit 1
fi
output=$("$PWD/$program" "$PWD/$library")
echo "$output"
[ "$output" = "the sum of ten squares is 285" ]

if "$PWD/$program" /nonexistent/libbilliard.so.0 2>message; then
  echo "a missing library went unnoticed" >&2
  exit 1
fi
grep -q /nonexistent/libbilliard.so.0 message
