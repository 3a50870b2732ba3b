#!/bin/sh
# Runs a Python program as a Bazel test; -B because its folder is the source tree itself. The helpers
# of this folder (junit_report) are importable.
PYTHONPATH="$PWD/tools/checks" exec python3 -B "$@"
