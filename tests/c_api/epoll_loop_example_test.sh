#!/bin/bash
# The example of an event loop ends, and says what it must.
#   epoll_loop_example_test.sh PROGRAM
set -euo pipefail

output=$("$PWD/$1")
echo "$output"
[ "$output" = "sum 360, 1 job lost with its worker" ]
