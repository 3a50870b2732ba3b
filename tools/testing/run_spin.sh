#!/bin/bash
# run_spin.sh SPIN MODEL FINDS MEMORY_MIB exact|compact -DNAME...
# Looks at every state of MODEL. FINDS empty: passes when nothing is wrong, every process can get to its
# end and the search was complete. Else: passes when that is found.
set -euo pipefail

spin=$(realpath "$1")
model=$(realpath "$2")
finds=$3
memory_mib=$4
compact=()
[[ $5 == compact ]] && compact=(-DHC4)
shift 5

fail() {
  printf 'run_spin: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/spin.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$model" model.pml
"$spin" -a "$@" model.pml
gcc -O1 -w -DSAFETY "-DMEMLIM=$memory_mib" "${compact[@]}" -o pan pan.c
# -b: a search that was not deep enough is an error.
./pan -b -m50000 -w22 >report 2>&1 || fail "the checker failed: $(tail -5 report)"
cat report

if [[ -n $finds ]]; then
  grep -q "^pan:1: .*$finds" report || fail "'$finds' was not found"
  exit 0
fi
# What led to it, for the reader of the log.
[[ ! -e model.pml.trail ]] || ./pan -r >path 2>&1 || true
[[ ! -e path ]] || grep 'proc ' path | cut -c1-120 | tail -100
grep -q 'errors: 0$' report || fail "the model does not keep its properties"
! grep -q 'reached -DMEMLIM\|out of memory\|depth too small' report || fail "the search is not complete"
! grep -q -- '"-end-"' report || fail "a process never gets to its end"
