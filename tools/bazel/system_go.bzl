"""The system's Go: where it is, and its version as an input of every build."""

load("//tools/bazel:go_tool.bzl", "GO_VARIABLE", "find_go")

_BUILD = """\
package(default_visibility = ["//visibility:public"])

exports_files(["version.txt"])
"""

def _system_go_impl(ctx):
    go = find_go(ctx)
    ctx.file("go.bzl", "GO = \"%s\"\n" % go)
    version = ctx.execute([go, "version"], environment = {"GOTOOLCHAIN": "local"})
    ctx.file("version.txt", version.stdout)
    ctx.file("BUILD.bazel", _BUILD)

system_go = repository_rule(
    implementation = _system_go_impl,
    configure = True,
    environ = [GO_VARIABLE],
    local = True,
)
