"""Go programs and tests of one Go module, built by the system's Go without network.

    billiard_go_module(
        name = "module",
        srcs = glob(["**/*.go"]),
        cc_deps = ["//c_api:billiard"],
        go_mod = "go.mod",
        go_sum = "go.sum",
        mounted = {":raw": "internal/raw"},
        prebuilt = ["internal/raw"],
    )

    billiard_go_binary(name = "hello", module = ":module", package = "./examples/hello")

    billiard_go_test(name = "pool_test", module = ":module", package = ".")

The module compiles its `prebuilt` packages, what they need and the usual parts of the standard
library once, into a build cache; every binary and test starts from a copy of that cache. Thus an
edit of the hand-written layer does not compile the generated one again.
"""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("@system_go//:go.bzl", "GO")

GoModuleInfo = provider(
    doc = "A Go module, ready to be staged.",
    fields = {
        "cache": "the build cache with the prebuilt packages",
        "files": "a dict from each file's place in the module to the file",
        "include_path": "folders with C headers, as a list with colons",
        "inputs": "depset of all files that a build needs",
        "libraries": "the shared libraries that the binaries load",
        "manifest": "where each file goes in the staged tree",
    },
)

_STANDARD_PACKAGES = [
    "bufio",
    "context",
    "crypto/sha256",
    "encoding/hex",
    "encoding/json",
    "errors",
    "flag",
    "fmt",
    "io/fs",
    "log",
    "os/exec",
    "os/signal",
    "path/filepath",
    "runtime/cgo",
    "sort",
    "strings",
    "testing",
]

def _in_folder(path, folder):
    return path.startswith(folder + "/")

def _mounted_files(ctx):
    return {
        folder + "/" + file.basename: file
        for target, folder in ctx.attr.mounted.items()
        for file in target.files.to_list()
    }

def _module_files(ctx):
    """A dict from each file's place in the module to the file."""
    files = {}
    root = ctx.file.go_mod.dirname + "/"
    for file in ctx.files.srcs + [ctx.file.go_mod, ctx.file.go_sum]:
        files[file.short_path[len(root):]] = file
    files.update(_mounted_files(ctx))
    for file in ctx.files.vendor:
        files[file.path[file.path.index("/vendor/") + 1:]] = file
    return files

def _shared_libraries(contexts):
    libraries = []
    for context in contexts:
        for linker_input in context.linker_inputs.to_list():
            for library in linker_input.libraries:
                if library.dynamic_library:
                    libraries.append(library.dynamic_library)
    return libraries

def _include_path(contexts):
    folders = []
    for context in contexts:
        for paths in [context.includes, context.quote_includes, context.system_includes]:
            folders.extend(paths.to_list())
    return ":".join(depset(folders).to_list())

def _write_manifest(ctx, name, files, libraries):
    lines = ["module/%s\t%s" % (place, file.path) for place, file in files.items()]
    lines += ["lib/%s\t%s" % (file.basename, file.path) for file in libraries]
    manifest = ctx.actions.declare_file("%s.%s_manifest" % (ctx.label.name, name))
    ctx.actions.write(manifest, "\n".join(lines) + "\n")
    return manifest

def _run_go(ctx, inputs, output, arguments, message):
    ctx.actions.run(
        arguments = [GO] + arguments,
        executable = ctx.executable._go_build,
        inputs = inputs,
        mnemonic = "Go",
        outputs = [output],
        progress_message = message,
        tools = [ctx.file._go_version],
        use_default_shell_env = True,
    )

def _prebuild(ctx, files, libraries, headers, include_path):
    """The action that compiles what all binaries share."""
    kept = {
        place: file
        for place, file in files.items()
        if place in ["go.mod", "go.sum"] or
           any([_in_folder(place, folder) for folder in ctx.attr.prebuilt + ["vendor"]])
    }
    manifest = _write_manifest(ctx, "prebuilt", kept, libraries)
    cache = ctx.actions.declare_directory(ctx.label.name + ".cache")
    packages = ["./" + folder for folder in ctx.attr.prebuilt] + ctx.attr.prebuilt_modules
    _run_go(
        ctx,
        inputs = depset([manifest] + kept.values() + libraries, transitive = [headers]),
        output = cache,
        arguments = [manifest.path, include_path, "-", "", cache.path, "seed"] +
                    packages + _STANDARD_PACKAGES,
        message = "Compiling the Go packages that %s shares" % ctx.label,
    )
    return cache

def _go_module_impl(ctx):
    files = _module_files(ctx)
    compilation = [dep[CcInfo].compilation_context for dep in ctx.attr.cc_deps]
    libraries = _shared_libraries([dep[CcInfo].linking_context for dep in ctx.attr.cc_deps])
    headers = depset(transitive = [context.headers for context in compilation])
    include_path = _include_path(compilation)
    cache = _prebuild(ctx, files, libraries, headers, include_path)
    manifest = _write_manifest(ctx, "module", files, libraries)
    return [GoModuleInfo(
        cache = cache,
        files = files,
        include_path = include_path,
        inputs = depset([manifest, cache] + files.values() + libraries, transitive = [headers]),
        libraries = libraries,
        manifest = manifest,
    )]

_GO_TOOLS = {
    "_go_build": attr.label(
        allow_single_file = True,
        cfg = "exec",
        default = "//tools/bazel:go_build.sh",
        executable = True,
    ),
    "_go_version": attr.label(allow_single_file = True, default = "@system_go//:version.txt"),
}

billiard_go_module = rule(
    implementation = _go_module_impl,
    attrs = dict(
        _GO_TOOLS,
        cc_deps = attr.label_list(providers = [CcInfo], doc = "Shared libraries with headers."),
        go_mod = attr.label(allow_single_file = True, mandatory = True),
        go_sum = attr.label(allow_single_file = True, mandatory = True),
        mounted = attr.label_keyed_string_dict(
            allow_files = True,
            doc = "Files from elsewhere (generated ones, tests) -> their folder in the module.",
        ),
        prebuilt = attr.string_list(doc = "Folders of the module that all binaries share."),
        prebuilt_modules = attr.string_list(
            default = ["github.com/vmihailenco/msgpack/v5"],
            doc = "Packages of other modules that all binaries share.",
        ),
        srcs = attr.label_list(allow_files = True),
        vendor = attr.label(allow_files = True, default = "@go_modules//:vendor"),
    ),
)

def _extended_go_module_impl(ctx):
    base = ctx.attr.base[GoModuleInfo]
    added = _mounted_files(ctx)
    files = dict(base.files, **added)
    manifest = _write_manifest(ctx, "module", files, base.libraries)
    return [GoModuleInfo(
        cache = base.cache,
        files = files,
        include_path = base.include_path,
        inputs = depset([manifest] + added.values(), transitive = [base.inputs]),
        libraries = base.libraries,
        manifest = manifest,
    )]

extended_go_module = rule(
    doc = "A module with more files, as tests that the module itself must not depend on.",
    implementation = _extended_go_module_impl,
    attrs = {
        "base": attr.label(mandatory = True, providers = [GoModuleInfo]),
        "mounted": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "Files from elsewhere -> their folder in the module.",
        ),
    },
)

def _run_path(output, libraries):
    """Where the libraries are, seen from the binary, in bazel-bin and in runfiles alike."""
    up = "/".join([".."] * output.short_path.count("/"))
    folders = depset([file.short_path.rpartition("/")[0] for file in libraries]).to_list()
    return ":".join(["$ORIGIN/%s/%s" % (up, folder) for folder in folders])

def _go_binary_impl(ctx):
    module = ctx.attr.module[GoModuleInfo]
    binary = ctx.actions.declare_file(ctx.label.name)
    _run_go(
        ctx,
        inputs = module.inputs,
        output = binary,
        arguments = [
            module.manifest.path,
            module.include_path,
            module.cache.path,
            _run_path(binary, module.libraries),
            binary.path,
            ctx.attr.command,
            ctx.attr.package,
        ],
        message = "Building %s" % ctx.label,
    )
    runfiles = ctx.runfiles(files = module.libraries + ctx.files.data, collect_data = True)
    return [DefaultInfo(executable = binary, files = depset([binary]), runfiles = runfiles)]

billiard_go_binary = rule(
    implementation = _go_binary_impl,
    attrs = dict(
        _GO_TOOLS,
        command = attr.string(default = "build", values = ["build", "test", "vet"]),
        data = attr.label_list(allow_files = True, doc = "What the program needs at run time."),
        module = attr.label(mandatory = True, providers = [GoModuleInfo]),
        package = attr.string(mandatory = True, doc = "As for `go build`, for example ./examples/hello."),
    ),
    executable = True,
)

def billiard_go_test(name, module, package, data = [], args = [], folder = "", **kwargs):
    """The tests of one Go package; every test without subtests counts as one case.

    Args:
      name: as everywhere.
      module: the billiard_go_module.
      package: as for `go test`, for example ./internal/codec.
      data: what the tests need at run time.
      args: handed to the test binary.
      folder: where the tests start, relative to the workspace; it exists only if `data` is in it.
      **kwargs: as for sh_test.
    """
    binary = name + ".bin"
    converter = "//tools/testing:go_junit.py"
    billiard_go_binary(
        name = binary,
        testonly = True,
        command = "test",
        module = module,
        package = package,
        visibility = ["//visibility:private"],
    )
    sh_test(
        name = name,
        srcs = ["//tools/testing:run_go_test.sh"],
        args = [
            "$(location %s)" % binary,
            "$(location %s)" % converter,
            "'%s'" % (folder or "."),
        ] + args,
        data = data + [binary, converter],
        **kwargs
    )

def billiard_go_vet_test(name, module, **kwargs):
    """Fails if `go vet` or gofmt complains about a hand-written package of the module.

    Args:
      name: as everywhere.
      module: the billiard_go_module.
      **kwargs: as for sh_test.
    """
    complaints = name + ".complaints"
    billiard_go_binary(
        name = complaints,
        testonly = True,
        command = "vet",
        module = module,
        package = "./...",
        visibility = ["//visibility:private"],
    )
    sh_test(
        name = name,
        srcs = ["//tools/testing:no_complaints.sh"],
        args = ["$(location %s)" % complaints],
        data = [complaints],
        **kwargs
    )
