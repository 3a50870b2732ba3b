"""language_module: a shared object that a language's interpreter loads."""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")

# Where libbilliard lies once both are installed: lib/site_ruby/billiard/native.so and
# lib/lua/5.4/billiard/native.so look for lib/libbilliard.so.0.
_INSTALLED_LIBRARY = [
    "-Wl,-rpath,$$ORIGIN/../..",
    "-Wl,-rpath,$$ORIGIN/../../..",
]

def language_module(name, entry_symbol, linkopts = [], visibility = None, **kwargs):
    """A loadable module that exports its entry point and nothing else.

    Without the version script, weak symbols of libstdc++ would leak out of every module.

    Args:
      name: file name with folder, for example "lib/billiard/native.so".
      entry_symbol: what the interpreter looks up, for example "Init_native".
      linkopts: more options for the linker.
      visibility: as everywhere.
      **kwargs: as for cc_binary.
    """
    script = name + ".version_script"
    native.genrule(
        name = script + "_rule",
        outs = [script],
        cmd = "echo '{ global: %s; local: *; };' >$@" % entry_symbol,
        visibility = ["//visibility:private"],
    )
    cc_binary(
        name = name,
        additional_linker_inputs = [script],
        linkopts = linkopts + _INSTALLED_LIBRARY + ["-Wl,--version-script=$(location %s)" % script],
        linkshared = True,
        visibility = visibility,
        **kwargs
    )
