"""The system's shared Abseil under upstream's labels, for example @com_google_absl//absl/status.

Debian's static archives are not position independent and cannot go into a shared library, so
everything links the shared ones. --as-needed keeps each binary to the ones that it really uses.
"""

load("//tools/bazel:missing_package.bzl", "fail_missing")

# Folder of Abseil -> its public labels. A label's pkg-config module is absl_<label>, except for
# those in _MODULES.
_LABELS = {
    "algorithm": ["algorithm", "container"],
    "base": ["base", "config", "core_headers", "dynamic_annotations", "endian", "log_severity"],
    "cleanup": ["cleanup"],
    "container": [
        "btree",
        "fixed_array",
        "flat_hash_map",
        "flat_hash_set",
        "inlined_vector",
        "node_hash_map",
        "node_hash_set",
    ],
    "debugging": ["failure_signal_handler", "leak_check", "stacktrace", "symbolize"],
    "flags": ["flag", "parse", "usage"],
    "functional": ["any_invocable", "bind_front", "function_ref"],
    "hash": ["hash"],
    "memory": ["memory"],
    "meta": ["type_traits"],
    "numeric": ["bits", "int128"],
    "random": ["random", "bit_gen_ref", "distributions", "seed_sequences"],
    "status": ["status", "statusor"],
    "strings": ["strings", "cord", "str_format"],
    "synchronization": ["synchronization"],
    "time": ["time", "civil_time", "time_zone"],
    "types": ["any", "bad_optional_access", "bad_variant_access", "optional", "span", "variant"],
    "utility": ["utility"],
}

_MODULES = {
    "algorithm/container": "absl_algorithm_container",
    "flags/flag": "absl_flags",
    "flags/parse": "absl_flags_parse",
    "flags/usage": "absl_flags_usage",
    "random/bit_gen_ref": "absl_random_bit_gen_ref",
    "random/distributions": "absl_random_distributions",
    "random/random": "absl_random_random",
    "random/seed_sequences": "absl_random_seed_sequences",
}

_HEADER = """\
# Generated from pkg-config by tools/bazel/system_abseil.bzl.
load("@rules_cc//cc:cc_library.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])
"""

_LIBRARY = """
cc_library(
    name = "{name}",
    linkopts = {linkopts},
)
"""

def _fail_missing_abseil(what):
    fail_missing(what, ["libabsl-dev", "pkg-config"])

def _link_flags(ctx, pkg_config, module):
    """The flags that link a module with all that it requires; None where there is no such module."""
    result = ctx.execute([pkg_config, "--libs", module])
    if result.return_code != 0:
        return None
    flags = [flag for flag in result.stdout.strip().split(" ") if flag]
    return ["-Wl,--as-needed"] + flags

def _build_file(ctx, pkg_config, folder):
    libraries = []
    for name in _LABELS[folder]:
        module = _MODULES.get(folder + "/" + name, "absl_" + name)
        linkopts = _link_flags(ctx, pkg_config, module)

        # Header-only modules come and go between Abseil's releases: offer what is installed.
        if linkopts != None:
            libraries.append(_LIBRARY.format(name = name, linkopts = repr(linkopts)))
    return _HEADER + "".join(libraries)

def _system_abseil_impl(ctx):
    pkg_config = ctx.which("pkg-config")
    if not pkg_config:
        _fail_missing_abseil("the program pkg-config")
    if _link_flags(ctx, pkg_config, "absl_status") == None:
        _fail_missing_abseil("Abseil's pkg-config module absl_status")
    for folder in _LABELS:
        ctx.file("absl/%s/BUILD.bazel" % folder, _build_file(ctx, pkg_config, folder))
    ctx.file("BUILD.bazel", "")

system_abseil = repository_rule(
    implementation = _system_abseil_impl,
    configure = True,
    local = True,
)
