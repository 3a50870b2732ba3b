"""sh_binary for Bazel 4, in the file where newer rules_shell keeps it."""

sh_binary = native.sh_binary
