"""Built-in names under other names: Starlark forbids `CcInfo = CcInfo` at top level."""

native_cc_info = CcInfo
native_cc_common = cc_common
