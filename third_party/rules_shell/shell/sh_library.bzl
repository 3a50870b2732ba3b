"""sh_library for Bazel 4, in the file where newer rules_shell keeps it."""

sh_library = native.sh_library
