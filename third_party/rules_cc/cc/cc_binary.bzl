"""cc_binary for Bazel 4, in the file where newer rules_cc keeps it."""

cc_binary = native.cc_binary
