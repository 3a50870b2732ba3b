#!/bin/sh
# Runs a Python program as a Bazel test; -B because its folder is the source tree itself.
exec python3 -B "$@"
