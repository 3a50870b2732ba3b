# Sourced by tools/test: one function stage_NAME per stage. $events is the folder where each Bazel
# run leaves its event file, from which the test cases are counted.

USUAL_STAGES=(build tests instructions fuzz)
MORE_STAGES=(asan tsan faults clang storms ubsan)

# Progress lines flood a log.
QUIET=(--noshow_progress --show_result=0 --keep_going)

# bazel_tests NAME ARGUMENT... runs tests and leaves their events for the count.
bazel_tests() {
  local name=$1
  shift
  bazel test "${QUIET[@]}" --test_summary=terse --build_event_json_file="$events/$name.json" "$@"
}

# A target that does not build is counted by the test run that follows, so this one only times it.
stage_build() {
  bazel build "${QUIET[@]}" --ui_event_filters=-info //...
}

stage_tests() {
  bazel_tests tests //...
}

# Instruction counts of hot paths, which mean something in an optimised build alone.
stage_instructions() { tagged_tests instructions instructions; }

# Sanitizers see what this compiler compiles: the tests in C and C++. A test that cannot work under
# one of them says so with a tag.
sanitizer_tests() {
  bazel_tests "$1" --config="$1" --test_lang_filters=cc --build_tests_only \
    --test_tag_filters="-no-$1" //...
}

stage_asan() { sanitizer_tests asan; }
stage_tsan() { sanitizer_tests tsan; }
stage_ubsan() { sanitizer_tests ubsan; }

# Kills and stops processes at named points, which this build alone has.
stage_faults() { bazel_tests faults --config=fault //tests/fault/...; }

# libFuzzer looks for bytes that break a promise, for half a minute a target.
stage_fuzz() { bazel_tests fuzz --config=fuzz //tests/fuzz/...; }

# Bazel checks under clang alone that a file includes only what its direct dependencies offer.
stage_clang() {
  bazel build --config=clang "${QUIET[@]}" --ui_event_filters=-info \
    --build_event_json_file="$events/clang.json" //billiard_core/... //c_api/...
}

# tagged_tests NAME TAG runs the optimised build of tests that are not for the usual one, and therefore
# also tagged `manual`.
tagged_tests() {
  local labels
  labels=$(bazel query --noshow_progress "attr(tags, \"\\b$2\\b\", tests(//...))") || return
  if [[ -z $labels ]]; then
    echo "No test has the tag $2."
    return
  fi
  # shellcheck disable=SC2086  # one label per word
  bazel_tests "$1" --config=opt $labels
}

stage_storms() { tagged_tests storms storm; }

# A death behind each single instruction.
stage_every_step() { tagged_tests every_step every-step; }
