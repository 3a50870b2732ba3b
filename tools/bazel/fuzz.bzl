"""For targets that libFuzzer drives, which comes with clang: bazel test --config=fuzz."""

ONLY_WITH_LIBFUZZER = select({
    "//tools/bazel:fuzz": [],
    "//conditions:default": ["@platforms//:incompatible"],
})
