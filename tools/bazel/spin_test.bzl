"""spin_test: every state of a model in Promela, looked at by Spin."""

load("@rules_shell//shell:sh_test.bzl", "sh_test")

_RUNNER = "//tools/testing:run_spin.sh"

def spin_test(name, model, defines = [], finds = "", memory_mib = 1900, compact = False, **kwargs):
    """Passes when the model keeps its properties, or breaks the one that it should.

    Args:
      name: as everywhere.
      model: the file, Promela.
      defines: what to define in it: "PRODUCERS=1".
      finds: for a mutant: what Spin has to find, "assertion violated" or "invalid end state".
      memory_mib: the most it may use.
      compact: keep 64 bits of each state. Two of n states then count as one with a probability of
        n * n / 2^65; for what does not fit otherwise.
      **kwargs: as for sh_test.
    """
    spin = "@system_spin//:spin"
    sh_test(
        name = name,
        srcs = [_RUNNER],
        args = [
            "$(location %s)" % spin,
            "$(location %s)" % model,
            "'%s'" % finds,
            str(memory_mib),
            "compact" if compact else "exact",
        ] + ["-D" + define for define in defines],
        data = [
            model,
            spin,
            "@system_spin//:version.txt",
        ],
        **kwargs
    )
