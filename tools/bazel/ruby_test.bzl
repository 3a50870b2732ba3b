"""ruby_test: one test file, run by the system's Ruby.

    ruby_test(
        name = "pool_test",
        src = "pool_test.rb",
        data = ["//bindings/ruby:billiard"],
        load_path = ["bindings/ruby/lib"],
    )

`load_path` are folders of the workspace, sources and build outputs alike, where `require` looks.
`library_path` are those where the dynamic linker looks, for modules that dlopen.
"""

load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("@system_ruby//:interpreter.bzl", "RUBY")

_REPORTER = "//tools/testing:minitest_junit.rb"

def ruby_test(name, src, data = [], args = [], load_path = [], library_path = [], **kwargs):
    """A minitest file; every test method counts as one case.

    Args:
      name: as everywhere.
      src: the file, which requires "minitest/autorun".
      data: what it needs at run time.
      args: handed to the file.
      load_path: see above.
      library_path: see above.
      **kwargs: as for sh_test.
    """
    sh_test(
        name = name,
        srcs = ["//tools/testing:run_ruby_test.sh"],
        args = [
            RUBY,
            "$(location %s)" % _REPORTER,
            "'%s'" % ":".join(load_path),
            "'%s'" % ":".join(library_path),
            "$(location %s)" % src,
        ] + args,
        data = data + [src, _REPORTER],
        deps = ["//tools/testing:search_path"],
        **kwargs
    )
