"""sh_test for Bazel 4, in the file where newer rules_shell keeps it."""

sh_test = native.sh_test
