"""The system's Spin, the model checker: the program, and its version as an input of every run."""

load("//tools/bazel:missing_package.bzl", "fail_missing")

_BUILD = """\
package(default_visibility = ["//visibility:public"])

exports_files(["spin", "version.txt"])
"""

def _system_spin_impl(ctx):
    spin = ctx.which("spin")
    if not spin:
        fail_missing("the program spin", ["spin"])
    ctx.symlink(spin, "spin")
    ctx.file("version.txt", ctx.execute([spin, "-V"]).stdout)
    ctx.file("BUILD.bazel", _BUILD)

system_spin = repository_rule(
    implementation = _system_spin_impl,
    configure = True,
    local = True,
)
