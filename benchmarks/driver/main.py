"""tools/bench: see there, and benchmarks/README.md."""

import argparse
import json
import re
import sys
import time
from dataclasses import asdict
from pathlib import Path

import comparison
import machine
import plots
import programs
import readme_region
import scaling
import summary
import table
import validity
from catalogue import WORKLOADS
from engines import Engines

_ROOT = Path(__file__).resolve().parent.parent.parent
_QUICK = comparison.Options(rounds=2, seconds=0.05, patience=0.5, budget=240, timeout=8, repeat_bound=1)
_FULL = comparison.Options(rounds=7, seconds=0.5, patience=20, budget=float("inf"), timeout=180)


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--bin", type=Path, required=True, help="Bazel's folder of outputs")
    parser.add_argument("--quick", action="store_true", help="under five minutes; good to see that all of it works")
    parser.add_argument("--workload", action="append", default=[], metavar="NAME",
                        help="only this workload or curve; may be repeated")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="for how long each program measures")
    parser.add_argument("--no-peers", action="store_true", help="ours and the limits alone")
    parser.add_argument("--scaling", action="store_true", help="the curves instead: time and memory as things grow")
    parser.add_argument("--out", type=Path, help="folder of the results")
    parser.add_argument("--readme", action="store_true", help="write the headline table into README.md")
    parser.add_argument("--list", action="store_true", help="name the workloads and end")
    return parser.parse_args(words)


def refuse_debug(engines: Engines) -> None:
    """Whatever comes out of one build was built alike; the programs in C++ know how."""
    for command in (engines.limit(("fetch_add_probe",)), engines.ours("core", "lock", ()),
                    engines.ours("c", "lock", ())):
        for line in programs.run(command, 0.001):
            if line.build != "optimised":
                sys.exit(f"{command[0]} is a debug build, and its figures would mean nothing: build with -c opt")


def choose(names: list[str]):
    known = {workload.name: workload for workload in WORKLOADS}
    for name in names:
        if name not in known:
            sys.exit(f"there is no workload {name!r}; there are: {' '.join(known)}")
    return [workload for workload in WORKLOADS if not names or workload.name in names]


def default_folder() -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", machine.cpu_model().lower()).strip("-")
    return _ROOT / "benchmarks" / "results" / f"{time.strftime('%Y-%m-%d')}-{slug}"


def probe_notes(workloads, runs, about: dict) -> dict[tuple[str, str], str]:
    expected = validity.load_expected()
    notes = {}
    for workload in workloads:
        mine = [run for run in runs if run.workload == workload.name]
        for name, limit in workload.limits.items():
            found = summary.figure(summary.of_rounds(mine, "limit", name, limit.variant))
            if found is None or workload.cpus or workload.hogged:
                continue
            said = validity.verdict(expected, about, limit.command, limit.variant, found.median)
            if said == "invalid":
                notes[workload.name, name] = " (**invalid**: slower than half of what is known)"
    return notes


def compare(options: argparse.Namespace, engines: Engines, folder: Path, about: dict) -> None:
    settings = _QUICK if options.quick else _FULL
    settings = comparison.Options(options.rounds or settings.rounds, options.seconds or settings.seconds,
                                  settings.patience, settings.budget, settings.timeout, settings.repeat_bound)
    workloads = choose(options.workload)
    if options.no_peers:
        workloads = [type(workload)(**{**vars(workload), "peers": ()}) for workload in workloads]
    done = comparison.Comparison(workloads, engines, settings)
    done.run()
    absent = comparison.absent_peers(workloads, engines)
    peers = {name for workload in workloads for name in workload.peers}
    absent.update({f"{name} in {workload}": why for (workload, name), why in done.failures.items() if name in peers})
    result = {
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "command": " ".join(["tools/bench", *sys.argv[3:]]),
        "machine": about,
        "rounds": settings.rounds,
        "seconds": settings.seconds,
        "steps": done.measured,
        "disturbed": done.disturbed,
        "left_out": done.left_out,
        "failures": {f"{workload}/{name}": why for (workload, name), why in done.failures.items()},
        "absent": absent,
        "peers": {name: engines.version(name) for name in sorted(peers) if engines.why_absent(name) is None},
        "runs": [asdict(run) for run in done.runs],
    }
    page = table.page(result, done.runs, absent, probe_notes(workloads, done.runs, about))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / "result.md").write_text(page)
    draw(workloads, done.runs, folder)
    print(table.targets(workloads, done.runs))
    print(table.absent_peers(absent))
    if done.left_out:
        print(f"The time was over; {len(done.left_out)} left out (result.json has all): "
              f"{'; '.join(done.left_out[:8])}{' ...' if len(done.left_out) > 8 else ''}")
    if done.disturbed:
        print(f"The CPUs were busy before {len(done.disturbed)} of {done.measured} measurements; waiting was given up.")
    print(f"written to {folder}")
    if options.readme:
        write_readme(workloads, done.runs, result)
    if any(name not in peers for _, name in done.failures):
        sys.exit("a program of this repository failed, see above")


def draw(workloads, runs, folder: Path) -> None:
    plot = plots.pyplot()
    if plot is None:
        print("no plots: matplotlib is not there (tools/bench-setup installs it)")
        return
    for workload in workloads:
        plots.draw(workload, [run for run in runs if run.workload == workload.name], folder, plot)


def write_readme(workloads, runs, result: dict) -> None:
    about = result["machine"]
    readme = _ROOT / "README.md"
    content = (f"`{result['command']}` on {about['cpu']}, {about['cpus']} CPUs, {result['when']}; medians of the ratios "
               f"of {result['rounds']} interleaved rounds:\n\n{table.targets(workloads, runs)}")
    readme.write_text(readme_region.replace(readme.read_text(), content))


def main() -> None:
    options = parse(sys.argv[1:])
    if options.list:
        for workload in WORKLOADS:
            print(f"{workload.name:22} {workload.title}")
        return
    engines = Engines(options.bin)
    refuse_debug(engines)
    about = machine.describe()
    folder = options.out or default_folder()
    if options.scaling:
        scaling.run(engines, folder, about, quick=options.quick, only=options.workload)
    else:
        compare(options, engines, folder, about)


if __name__ == "__main__":
    main()
