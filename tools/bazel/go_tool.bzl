"""Which Go the repository rules use, and how they call it."""

load("//tools/bazel:missing_package.bzl", "fail_missing")

# The environment variable that names another Go than the distribution's.
GO_VARIABLE = "BILLIARD_GO"

_DISTRIBUTION_GO = "/usr/bin/go"

# What go.mod promises to build with.
_MINIMUM = [1, 19]

def _version(ctx, go):
    """The version as a list, from "go version go1.19.8 linux/amd64"."""
    words = ctx.execute([go, "version"], environment = {"GOTOOLCHAIN": "local"}).stdout.split(" ")
    numbers = words[2][len("go"):].split(".")
    return [int(numbers[0]), int(numbers[1])]

def find_go(ctx):
    """Finds the Go to use: $BILLIARD_GO, else the distribution's, else the first on PATH.

    Args:
      ctx: of a repository rule.

    Returns:
      the path of the program, as a string.
    """
    go = ctx.os.environ.get(GO_VARIABLE)
    if not go and ctx.path(_DISTRIBUTION_GO).exists:
        go = _DISTRIBUTION_GO
    if not go:
        go = ctx.which("go")
    if not go:
        fail_missing("the program go", ["golang-go"])
    if _version(ctx, go) < _MINIMUM:
        fail_missing("Go 1.19 or later (%s is older)" % go, ["golang-go"])
    return str(go)
