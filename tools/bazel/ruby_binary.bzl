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

def _ruby_binary_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.expand_template(
        is_executable = True,
        output = launcher,
        substitutions = {
            "%{load_path}": " ".join(ctx.attr.load_path),
            "%{ruby}": RUBY,
            "%{source}": ctx.file.src.short_path,
            "%{workspace}": ctx.workspace_name,
        },
        template = ctx.file._launcher,
    )
    runfiles = ctx.runfiles(files = [ctx.file.src] + ctx.files.data)
    for dep in ctx.attr.data:
        runfiles = runfiles.merge(dep[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

ruby_binary = rule(
    implementation = _ruby_binary_impl,
    attrs = {
        "data": attr.label_list(allow_files = True, doc = "What it needs at run time."),
        "load_path": attr.string_list(doc = "See above."),
        "src": attr.label(allow_single_file = [".rb"], mandatory = True),
        "_launcher": attr.label(
            allow_single_file = True,
            default = "//tools/bazel:ruby_launcher.sh",
        ),
    },
    executable = True,
)
