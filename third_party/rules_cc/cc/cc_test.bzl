"""cc_test for Bazel 4, in the file where newer rules_cc keeps it."""

cc_test = native.cc_test
