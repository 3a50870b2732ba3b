"""lua_test: one test file, run by the system's Lua.

    lua_test(
        name = "pool_test",
        src = "pool_test.lua",
        data = ["//bindings/lua:billiard"],
        load_path = ["bindings/lua"],
    )

`load_path` are folders of the workspace, sources and build outputs alike, where `require` looks.
`library_path` are those where the dynamic linker looks, for modules that dlopen.
"""

load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("@system_lua//:interpreter.bzl", "LUA", "LUA_MESSAGEPACK_FOLDER")

def lua_test(name, src, data = [], args = [], load_path = [], library_path = [], **kwargs):
    """A luaunit file; every test function counts as one case.

    Args:
      name: as everywhere.
      src: the file, which ends with os.exit(luaunit.LuaUnit.run()).
      data: what it needs at run time.
      args: handed to luaunit.
      load_path: see above.
      library_path: see above.
      **kwargs: as for sh_test.
    """
    sh_test(
        name = name,
        srcs = ["//tools/testing:run_lua_test.sh"],
        args = [
            LUA,
            LUA_MESSAGEPACK_FOLDER,
            "'%s'" % ":".join(load_path),
            "'%s'" % ":".join(library_path),
            "$(location %s)" % src,
        ] + args,
        data = data + [src],
        deps = ["//tools/testing:search_path"],
        **kwargs
    )
