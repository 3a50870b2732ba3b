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
load("//tools/bazel:launched_program.bzl", "launched_program", "launched_program_attrs")

def _lua_binary_impl(ctx):
    return launched_program(ctx, LUA)

lua_binary = rule(
    implementation = _lua_binary_impl,
    attrs = launched_program_attrs(".lua", "//tools/bazel:lua_launcher.sh"),
    executable = True,
)
