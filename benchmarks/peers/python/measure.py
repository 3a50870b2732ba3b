"""What benchmarks/harness is to the programs in C++: the command line, taking time, the line of JSON."""

import json
import sys
import time

DEFAULTS = {"seconds": 0.3, "workers": 2, "bytes": 64, "in_flight": 256, "items": 100000,
            "processes": 2, "rss_mb": 0, "producers": 2, "consumers": 2}


def arguments(words: list[str]) -> dict[str, float]:
    given = dict(DEFAULTS)
    for word in words:
        name, _, number = word.removeprefix("--").partition("=")
        if name not in given:
            sys.exit(f"{word} is not known here")
        given[name] = float(number) if name == "seconds" else int(number)
    return given


def _percentile(samples: list[float], part: float) -> float:
    return sorted(samples)[round((len(samples) - 1) * part)]


def of_samples(samples: list[float]) -> dict:
    return {"ns": _percentile(samples, 0.5), "p99_ns": _percentile(samples, 0.99), "items": len(samples)}


def throughput(seconds: float, run) -> dict:
    """Calls run(items), as Throughput in measure.h."""
    block = seconds * 1e9 / 20
    items = 100
    while True:
        start = time.monotonic_ns()
        run(items)
        took = time.monotonic_ns() - start
        if took >= block / 2:
            break
        items = max(items + 1, int(items * min(10.0, block / (took + 1))))
    costs = []
    end = time.monotonic_ns() + seconds * 1e9
    while time.monotonic_ns() < end or len(costs) < 3:
        start = time.monotonic_ns()
        run(items)
        costs.append((time.monotonic_ns() - start) / items)
    return {"ns": _percentile(costs, 0.5), "items": items * len(costs)}


def latency(seconds: float, run, least: int = 3) -> dict:
    """Calls run() for each item, as Latency in measure.h."""
    warm = time.monotonic_ns() + seconds * 1e8
    run()
    while time.monotonic_ns() < warm:
        run()
    samples = []
    end = time.monotonic_ns() + seconds * 1e9
    while time.monotonic_ns() < end or len(samples) < least:
        start = time.monotonic_ns()
        run()
        samples.append(time.monotonic_ns() - start)
    return of_samples(samples)


def report(name: str, figures: dict, variant: str = "") -> None:
    print(json.dumps({"name": name, "variant": variant, **figures}), flush=True)
