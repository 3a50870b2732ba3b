"""CcInfo, in the file where newer rules_cc keeps it."""

load("//cc/private:native_names.bzl", "native_cc_info")

CcInfo = native_cc_info
