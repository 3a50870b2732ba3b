"""ruby_binary: a program in Ruby that can be started as it lies in the build's output folder.

    ruby_binary(
        name = "sha256_tree",
        src = "sha256_tree.rb",
        data = ["//bindings/ruby:billiard"],
        load_path = ["bindings/ruby/lib"],
    )

`load_path` are folders of the workspace, sources and build outputs alike, where `require` looks.
"""

load("@system_ruby//:interpreter.bzl", "RUBY")
load("//tools/bazel:launched_program.bzl", "launched_program", "launched_program_attrs")

def _ruby_binary_impl(ctx):
    return launched_program(ctx, RUBY)

ruby_binary = rule(
    implementation = _ruby_binary_impl,
    attrs = launched_program_attrs(".rb", "//tools/bazel:ruby_launcher.sh"),
    executable = True,
)
