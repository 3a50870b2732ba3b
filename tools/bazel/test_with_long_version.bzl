"""test_with_long_version: a test in C++, and the same source built again as a long run.

    test_with_long_version(
        name = "lock_death_test",     # and lock_death_long_test, by hand or by `tools/test --all`
        size = "large",
        srcs = ["lock_death_test.cc"],
        deps = [...],
    )

The long version sees BILLIARD_LONG_STORM (tests/support/storm.h) and runs alone.
"""

load("@rules_cc//cc:cc_test.bzl", "cc_test")

def test_with_long_version(name, size = "medium", long_tag = "storm", **kwargs):
    """Both versions.

    Args:
      name: of the usual one; ends in _test.
      size: of the usual one.
      long_tag: which stage of tools/test runs the long one: "storm" or "every-step".
      **kwargs: as for cc_test, for both.
    """
    cc_test(
        name = name,
        size = size,
        **kwargs
    )
    cc_test(
        name = name[:-len("_test")] + "_long_test",
        size = "enormous",
        local_defines = ["BILLIARD_LONG_STORM"],
        tags = [
            "exclusive",
            "manual",
            long_tag,
        ],
        **kwargs
    )
