"""lua_binary: a program in Lua that can be started as it lies in the build's output folder.

    lua_binary(
        name = "sha256_tree",
        src = "sha256_tree.lua",
        data = ["//bindings/lua:billiard"],
        load_path = ["bindings/lua"],
    )

`load_path` are folders of the workspace, sources and build outputs alike, where `require` looks.
"""

load("@system_lua//:interpreter.bzl", "LUA")

def _lua_binary_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.expand_template(
        is_executable = True,
        output = launcher,
        substitutions = {
            "%{load_path}": " ".join(ctx.attr.load_path),
            "%{lua}": LUA,
            "%{source}": ctx.file.src.short_path,
            "%{workspace}": ctx.workspace_name,
        },
        template = ctx.file._launcher,
    )
    runfiles = ctx.runfiles(files = [ctx.file.src] + ctx.files.data)
    for dep in ctx.attr.data:
        runfiles = runfiles.merge(dep[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

lua_binary = rule(
    implementation = _lua_binary_impl,
    attrs = {
        "data": attr.label_list(allow_files = True, doc = "What it needs at run time."),
        "load_path": attr.string_list(doc = "See above."),
        "src": attr.label(allow_single_file = [".lua"], mandatory = True),
        "_launcher": attr.label(
            allow_single_file = True,
            default = "//tools/bazel:lua_launcher.sh",
        ),
    },
    executable = True,
)
