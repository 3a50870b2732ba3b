#!/bin/sh
# Runs a Python program of this folder as a Bazel test: run.sh PROGRAM [ARGUMENT...]
PYTHONPATH="$PWD/tools/checks" exec python3 -B "$@"
