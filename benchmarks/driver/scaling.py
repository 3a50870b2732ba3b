"""Curves: time and memory of one unit as things grow (tools/bench --scaling)."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import held
import plots
import programs
import texts
from catalogue import OURS
from engines import Engines
from lines import Line


@dataclass(frozen=True)
class Curve:
    """`arguments` of each value, {} standing for it."""
    name: str
    title: str
    program: str
    arguments: tuple[str, ...]
    values: tuple[int, ...]
    limit: tuple[str, ...] = ()
    ours: tuple[str, ...] = OURS
    unit: str = "value"
    quick: int = 3  # values of a quick run


_MB = (10, 64, 256, 1024, 4096)

CURVES = (
    Curve("workers", "pool no-op round trips", "pool", ("--workers={}",), (1, 2, 4, 8, 16, 32, 64),
          ("pool_probe", "--workers={}"), unit="workers"),
    Curve("in_flight", "pool no-op round trips", "pool", ("--in_flight={}",),
          (1, 10, 100, 1000, 10000, 100000, 1000000), ("pool_probe", "--in_flight={}"), unit="jobs in flight"),
    Curve("payload", "pool round trips by payload, 2 in flight", "pool", ("--in_flight=2", "--bytes={}"),
          (0, 64, 4096, 65536, 1 << 20, 16 << 20, 256 << 20), ("memcpy_probe", "--bytes={}"), unit="bytes"),
    Curve("queue_payload", "queue 1 to 1 by payload", "queue", ("--bytes={}",),
          (0, 64, 4096, 65536, 1 << 20, 16 << 20, 256 << 20), ("memcpy_probe", "--bytes={}"), unit="bytes"),
    Curve("producers_consumers", "queue, n producers and n consumers", "queue_many",
          ("--producers={}", "--consumers={}"), (1, 2, 4, 8), ("mpmc_ring_probe", "--producers={}", "--consumers={}"),
          unit="producers, and as many consumers"),
    Curve("pools", "pools at once: start, one job and end of each", "pools", ("--pools={}",), (1, 10, 50, 100, 200),
          ours=("core", "c"), unit="pools"),
    Curve("rss_fork", "process start + join, fork", "process_fork", ("--rss_mb={}",), _MB,
          ("process_probe", "fork", "--rss_mb={}"), ours=("core", "c"), unit="MiB of the host"),
    Curve("rss_spawn", "process start + join, spawn", "process_spawn", ("--rss_mb={}",), _MB,
          ("process_probe", "exec", "--rss_mb={}"), ours=("core", "c"), unit="MiB of the host"),
    Curve("rss_forkserver", "process start + join, forkserver", "process_forkserver", ("--rss_mb={}",), _MB,
          ("process_probe", "template", "--rss_mb={}"), ours=("core", "c"), unit="MiB of the host"),
    Curve("rss_pool_start", "pool start to first result", "pool_start", ("--workers=2", "--rss_mb={}"), _MB,
          ("pool_start_probe", "--workers=2", "--rss_mb={}"), ours=("core", "c"), unit="MiB of the host"),
)


def filled(words: tuple[str, ...], value: int) -> tuple[str, ...]:
    return tuple(word.replace("{}", str(value)) for word in words)


def best(lines: list[Line]) -> float:
    return min(line.ns for line in lines)


def first_variant(lines: list[Line]) -> float:
    return lines[0].ns


def _measure(curve: Curve, engines: Engines, value: int, seconds: float) -> dict[str, float]:
    """Engine -> ns. What fails is told and left out."""
    commands = {name: engines.ours(name, curve.program, filled(curve.arguments, value)) for name in curve.ours}
    if curve.limit:
        commands["limit"] = engines.limit(filled(curve.limit, value))
    found = {}
    for name, command in commands.items():
        try:
            lines = programs.run(command, seconds, timeout=300)
        except (programs.ProgramFailed, OSError) as problem:
            print(f"    {curve.name} {value}, {name}: {problem}", file=sys.stderr)
            continue
        found[name] = best(lines) if name == "limit" and curve.limit[0] != "pool_start_probe" else first_variant(lines)
    return found


def _rows(title: str, unit: str, points: dict[str, dict[int, float]], values) -> str:
    engines = list(points)
    lines = [f"## {title}\n", f"| {unit} | {' | '.join(engines)} |", "|" + "---|" * (len(engines) + 1)]
    for value in values:
        cells = [texts.duration(points[name][value]) if value in points[name] else "-" for name in engines]
        lines.append(f"| {value:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def run(engines: Engines, folder: Path, about: dict, quick: bool, only: list[str]) -> None:
    names = [curve.name for curve in CURVES] + ["memory"]
    unknown = set(only) - set(names)
    if unknown:
        sys.exit(f"there is no curve {' '.join(sorted(unknown))}; there are: {' '.join(names)}")
    folder.mkdir(parents=True, exist_ok=True)
    plot = plots.pyplot()
    result, pages = {"when": time.strftime("%Y-%m-%d %H:%M"), "machine": about, "curves": {}}, []
    for curve in CURVES:
        if only and curve.name not in only:
            continue
        values = curve.values[:curve.quick] if quick else curve.values
        points: dict[str, dict[int, float]] = {}
        for value in values:
            print(f"{curve.name}: {value} {curve.unit}", file=sys.stderr, flush=True)
            for name, ns in _measure(curve, engines, value, 0.05 if quick else 0.5).items():
                points.setdefault(name, {})[value] = ns
        result["curves"][curve.name] = points
        pages.append(_rows(f"{curve.title} ({curve.name})", curve.unit, points, values))
        if plot is not None and points:
            plots.draw_curve(curve.title, curve.unit, "ns", {name: sorted(p.items()) for name, p in points.items()},
                             folder / f"scaling_{curve.name}.svg", plot)
    if not only or "memory" in only:
        print("memory and idle CPU", file=sys.stderr, flush=True)
        result["memory"] = held.measure_all(engines, quick)
        pages.append(held.page(result["memory"]))
    (folder / "scaling.json").write_text(json.dumps(result, indent=1) + "\n")
    text = f"# Scaling, {result['when']}, {about['cpu']}, {about['cpus']} CPUs\n\n" + "\n".join(pages)
    (folder / "scaling.md").write_text(text)
    print(text)
