"""One wording for everything that the system lacks."""

def fail_missing(what, debian_packages):
    """Stops the analysis and says how to go on.

    Args:
      what: what was looked for, for example "the header gtest/gtest.h".
      debian_packages: names of the Debian packages that provide it.
    """
    fail("\n\nbilliard: %s was not found on this system.\n" % what +
         "  It comes with: %s\n" % " ".join(debian_packages) +
         "  Run tools/setup, or: apt-get install %s\n" % " ".join(debian_packages))
