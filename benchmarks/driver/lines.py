"""The lines of JSON that the programs of the benchmarks print."""

import json
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    name: str
    variant: str
    ns: float
    p99_ns: float | None
    items: int
    build: str  # "optimised", "debug", or "" where the program does not know

    def measure(self, name: str) -> float | None:
        return self.ns if name == "ns" else self.p99_ns


def read_lines(text: str) -> list[Line]:
    """All of them; whatever else a program prints is an error, and so are figures that can not be."""
    lines = []
    for text_line in text.splitlines():
        if not text_line.strip():
            continue
        try:
            said = json.loads(text_line)
            line = Line(said["name"], said.get("variant", ""), float(said["ns"]),
                        float(said["p99_ns"]) if "p99_ns" in said else None,
                        int(said.get("items", 0)), said.get("build", ""))
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"not a line of figures: {text_line[:200]!r}") from problem
        if not (math.isfinite(line.ns) and line.ns > 0):
            raise ValueError(f"a cost of {line.ns} ns can not be: {text_line[:200]!r}")
        lines.append(line)
    if not lines:
        raise ValueError("the program printed no figures")
    return lines
