"""What lua_binary and ruby_binary share: a script started through a launcher that knows where Bazel has put
the script and what it loads.
"""

# buildifier: disable=function-docstring
def launched_program_attrs(extension, launcher):
    return {
        "data": attr.label_list(allow_files = True, doc = "What it needs at run time."),
        "load_path": attr.string_list(doc = "Folders of the workspace, sources and outputs alike."),
        "src": attr.label(allow_single_file = [extension], mandatory = True),
        "_launcher": attr.label(allow_single_file = True, default = launcher),
    }

# buildifier: disable=function-docstring
def launched_program(ctx, interpreter):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.expand_template(
        is_executable = True,
        output = launcher,
        substitutions = {
            "%{interpreter}": interpreter,
            "%{load_path}": " ".join(ctx.attr.load_path),
            "%{source}": ctx.file.src.short_path,
            "%{workspace}": ctx.workspace_name,
        },
        template = ctx.file._launcher,
    )
    runfiles = ctx.runfiles(files = [ctx.file.src] + ctx.files.data)
    for dep in ctx.attr.data:
        runfiles = runfiles.merge(dep[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]
