"""cc_import for Bazel 4, in the file where newer rules_cc keeps it."""

cc_import = native.cc_import
