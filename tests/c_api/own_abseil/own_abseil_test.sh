#!/bin/bash
# own_abseil_test.sh HOST LIBRARY
set -euo pipefail
host=$1 library=$2

# The test is only worth something when the host really has its own Abseil, and exports it.
if readelf -dW "$host" | grep 'NEEDED.*libabsl'; then
  echo "the host is linked against the shared Abseil" >&2
  exit 1
fi
if ! nm -D --defined-only "$host" | grep 'absl.*Status' >/dev/null; then
  echo "the host does not export its Abseil" >&2
  exit 1
fi
exec "$PWD/$host" "$PWD/$library"
