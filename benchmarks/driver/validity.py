"""Whether a probe was as fast as it is known to be: benchmarks/limit/expected.tsv."""

from dataclasses import dataclass
from pathlib import Path

_EXPECTED = Path(__file__).resolve().parent.parent / "limit" / "expected.tsv"


@dataclass(frozen=True)
class Expected:
    cpu: str  # a part of the model's name
    cpus: int
    figures: dict[tuple[str, str, str], float]  # (probe, arguments, variant) -> ns

    def is_like(self, machine: dict) -> bool:
        return self.cpu in machine["cpu"] and self.cpus == machine["cpus"]


def read_expected(text: str) -> Expected:
    machine, figures = ("", 0), {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if fields[0] == "machine":
            machine = (fields[1], int(fields[2].split()[0]))
        else:
            figures[tuple(fields[:3])] = float(fields[3])
    return Expected(*machine, figures)


def load_expected() -> Expected:
    return read_expected(_EXPECTED.read_text())


def verdict(expected: Expected, machine: dict, command: tuple[str, ...], variant: str, ns: float) -> str:
    """"valid", "invalid", or "unknown" where nothing is known: another machine, or no figure."""
    figure = expected.figures.get((command[0], " ".join(command[1:]), variant))
    if figure is None or not expected.is_like(machine):
        return "unknown"
    return "valid" if ns <= 2 * figure else "invalid"
