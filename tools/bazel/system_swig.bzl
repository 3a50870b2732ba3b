"""The system's SWIG: the program, and its version as an input of every run."""

load("//tools/bazel:missing_package.bzl", "fail_missing")

_BUILD = """\
package(default_visibility = ["//visibility:public"])

exports_files(["swig", "version.txt"])
"""

def _system_swig_impl(ctx):
    swig = ctx.which("swig")
    if not swig:
        fail_missing("the program swig", ["swig"])
    ctx.symlink(swig, "swig")
    ctx.file("version.txt", ctx.execute([swig, "-version"]).stdout)
    ctx.file("BUILD.bazel", _BUILD)

system_swig = repository_rule(
    implementation = _system_swig_impl,
    configure = True,
    local = True,
)
