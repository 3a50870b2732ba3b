"""swig_wrap: turns one SWIG interface into wrapper sources for one language.

    swig_wrap(
        name = "wrap",
        src = "billiard_native.i",
        out = "billiard_native_wrap.cc",
        includes = ["//bindings/interface:files"],
        lang = "ruby",
        deps = ["//c_api:headers"],
    )

Everything that the interface includes must be declared, or the sandbox hides it from SWIG.
"""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _include_folders(interfaces, contexts):
    folders = [file.dirname for file in interfaces]
    for context in contexts:
        for paths in [context.includes, context.quote_includes, context.system_includes]:
            folders.extend(paths.to_list())
    return depset(folders).to_list()

def _swig_wrap_impl(ctx):
    interfaces = [ctx.file.src] + ctx.files.includes
    contexts = [dep[CcInfo].compilation_context for dep in ctx.attr.deps]
    outputs = [ctx.outputs.out] + ctx.outputs.extra_outs

    args = ctx.actions.args()
    args.add("-" + ctx.attr.lang)
    if ctx.attr.cplusplus:
        args.add("-c++")
    args.add_all(["-Wall", "-Werror"])
    args.add_all(_include_folders(interfaces, contexts), format_each = "-I%s")
    args.add_all(ctx.attr.flags)
    args.add("-outdir", ctx.outputs.out.dirname)
    args.add("-o", ctx.outputs.out)
    args.add(ctx.file.src)

    ctx.actions.run(
        arguments = [args],
        executable = ctx.executable._swig,
        inputs = depset(
            interfaces + [ctx.file._version],
            transitive = [context.headers for context in contexts],
        ),
        mnemonic = "Swig",
        outputs = outputs,
        progress_message = "Wrapping %s for %s" % (ctx.file.src.short_path, ctx.attr.lang),
    )
    return [DefaultInfo(files = depset(outputs))]

swig_wrap = rule(
    implementation = _swig_wrap_impl,
    attrs = {
        "cplusplus": attr.bool(default = True, doc = "Write C++ rather than C."),
        "deps": attr.label_list(providers = [CcInfo], doc = "Libraries whose headers are wrapped."),
        "extra_outs": attr.output_list(doc = "Other files that SWIG writes, beside `out`."),
        "flags": attr.string_list(doc = "More options for SWIG."),
        "includes": attr.label_list(allow_files = True, doc = "Interface files that `src` includes."),
        "lang": attr.string(mandatory = True, values = ["go", "lua", "ruby"]),
        "out": attr.output(mandatory = True, doc = "The wrapper source."),
        "src": attr.label(allow_single_file = [".i"], mandatory = True),
        "_swig": attr.label(
            allow_single_file = True,
            cfg = "exec",
            default = "@system_swig//:swig",
            executable = True,
        ),
        "_version": attr.label(allow_single_file = True, default = "@system_swig//:version.txt"),
    },
)
