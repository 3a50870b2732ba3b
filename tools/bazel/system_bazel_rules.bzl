"""Bazel rule sets that the distribution installs as plain folders."""

load("//tools/bazel:missing_package.bzl", "fail_missing")

def _system_bazel_rules_impl(ctx):
    root = ctx.path(ctx.attr.path)
    if not root.exists:
        fail_missing("the folder %s" % root, [ctx.attr.debian_package])
    for entry in root.readdir():
        ctx.symlink(entry, entry.basename)

system_bazel_rules = repository_rule(
    implementation = _system_bazel_rules_impl,
    attrs = {
        "debian_package": attr.string(mandatory = True),
        "path": attr.string(mandatory = True),
    },
    local = True,
)
