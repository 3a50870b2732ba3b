"""Libraries of the system whose headers and archives the compiler finds by itself.

The headers stay in the compiler's own search path (they are system headers, so Bazel does not
track them one by one); the repository only gives the library its upstream labels.
"""

load("//tools/bazel:missing_package.bzl", "fail_missing")

_INCLUDE_ROOTS = [
    "/usr/include",
    "/usr/local/include",
]

# Whether the compiler finds this header without options.
def _has_header(ctx, header):
    for root in _INCLUDE_ROOTS:
        if ctx.path(root + "/" + header).exists:
            return True
    return False

def _system_library_impl(ctx):
    for header in ctx.attr.headers:
        if not _has_header(ctx, header):
            fail_missing("the header <%s>" % header, ctx.attr.debian_packages)
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

system_library = repository_rule(
    implementation = _system_library_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "debian_packages": attr.string_list(mandatory = True),
        "headers": attr.string_list(mandatory = True),
    },
    configure = True,
    local = True,
)
