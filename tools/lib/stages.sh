# Sourced: runs the steps of a script one by one and keeps their wall times.

STAGE_TIMES=()

# run_stage NAME COMMAND... announces and times a command, and returns its status.
run_stage() {
  local name=$1 start=$SECONDS status=0
  shift
  echo "== $name"
  "$@" </dev/null || status=$?
  STAGE_TIMES+=("$(printf '%6d s  %s%s' $((SECONDS - start)) "$name" \
    "$([[ $status == 0 ]] || echo "  (failed)")")")
  return "$status"
}

print_stage_times() {
  echo "== wall time of each stage"
  printf '%s\n' "${STAGE_TIMES[@]}"
}
