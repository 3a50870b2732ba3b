#!/bin/bash
# A program prints exactly that:  prints.sh PROGRAM TEXT
set -euo pipefail

printed=$("$1")
if [[ $printed != "$2" ]]; then
  echo "$1 printed: $printed" >&2
  exit 1
fi
