#!/bin/bash
# Runs a C program that prints `passed STEP` lines, and reports each step as a test case.
#   report_steps.sh PROGRAM
set -uo pipefail
steps=$("$PWD/$1")
status=$?
{
  printf '%s\n' "$steps" | sed -n 's/^passed \(.*\)$/\1\tpassed\t/p'
  [ "$status" = 0 ] || printf 'the program\tfailed\texit status %s after these steps\n' "$status"
} | python3 -B tools/checks/junit_report.py "$(basename "$1")"
