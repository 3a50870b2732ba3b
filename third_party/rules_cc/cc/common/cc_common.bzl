"""cc_common, in the file where newer rules_cc keeps it."""

load("//cc/private:native_names.bzl", "native_cc_common")

cc_common = native_cc_common
