"""Compiler options of all code in this repository."""

_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
]

# Hidden by default: what libbilliard.so exports is marked in its headers and listed in its
# version script.
BILLIARD_COPTS = _WARNINGS + [
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
]

# For C: what the installed headers promise is C11 without extensions.
BILLIARD_C_COPTS = _WARNINGS + [
    "-std=c11",
    "-pedantic",
    "-fvisibility=hidden",
]

# For sources that a generator wrote: their warnings are nobody's to fix.
GENERATED_COPTS = [
    "-w",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
]
