"""cc_library for Bazel 4, in the file where newer rules_cc keeps it."""

cc_library = native.cc_library
