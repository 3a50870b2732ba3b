"""For targets that need billiard_core/base/fault_point.h compiled in: bazel test --config=fault."""

ONLY_WITH_FAULT_POINTS = select({
    "//tools/bazel:fault": [],
    "//conditions:default": ["@platforms//:incompatible"],
})
