"""python_test: a unittest file, run by the system's Python."""

load("@rules_shell//shell:sh_test.bzl", "sh_test")

_RUNNER = "//tools/checks:run_python.sh"

def python_test(name, src, data = [], **kwargs):
    """A file that ends with sys.exit(junit_report.run_unittests()).

    Args:
      name: as everywhere.
      src: the file.
      data: the modules that it imports.
      **kwargs: as for sh_test.
    """
    sh_test(
        name = name,
        size = "small",
        srcs = [_RUNNER],
        args = ["$(location %s)" % src],
        data = data + [
            src,
            "//tools/checks:junit_report.py",
        ],
        **kwargs
    )
