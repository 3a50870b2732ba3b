"""go_modules: the Go modules that go.mod names, fetched once and pinned by go.sum.

They become a vendor folder that build actions copy into their tree, so that those need no network.
"""

load("//tools/bazel:go_tool.bzl", "GO_VARIABLE", "find_go")

_BUILD = """\
filegroup(
    name = "vendor",
    srcs = glob(["vendor/**"]),
    visibility = ["//visibility:public"],
)
"""

_FAILED = """

billiard: the Go modules of %s could not be fetched.
  This step alone needs a Go module proxy; `go env GOPROXY` says which one is set.
%s"""

def _imports_file(packages):
    """A source that imports what the build uses; `go mod vendor` copies nothing else."""
    imports = ["import _ \"%s\"\n" % package for package in packages]
    return "package imports\n\n" + "".join(imports)

def _go_modules_impl(ctx):
    ctx.file("go.mod", ctx.read(ctx.attr.go_mod))
    ctx.file("go.sum", ctx.read(ctx.attr.go_sum))
    ctx.file("imports.go", _imports_file(ctx.attr.packages))
    result = ctx.execute(
        [find_go(ctx), "mod", "vendor"],
        environment = {
            "GOFLAGS": "-mod=mod -modcacherw",
            "GOMODCACHE": str(ctx.path("downloads")),
            "GOTOOLCHAIN": "local",
        },
    )
    if result.return_code != 0:
        fail(_FAILED % (ctx.attr.go_mod, result.stderr))
    if ctx.read("go.sum") != ctx.read(ctx.attr.go_sum):
        fail(_FAILED % (ctx.attr.go_mod, "go.sum does not pin every module: run `go mod tidy`."))
    ctx.delete("downloads")
    ctx.file("BUILD.bazel", _BUILD)

go_modules = repository_rule(
    implementation = _go_modules_impl,
    attrs = {
        "go_mod": attr.label(allow_single_file = True, mandatory = True),
        "go_sum": attr.label(allow_single_file = True, mandatory = True),
        "packages": attr.string_list(mandatory = True, doc = "What the sources import."),
    },
    environ = [GO_VARIABLE],
)
