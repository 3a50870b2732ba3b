"""The system's repositories for MODULE.bazel. Bazel before 7 does not load this file."""

load("//tools/bazel:system_repositories.bzl", "system_repositories")

system = module_extension(implementation = lambda _: system_repositories())
