"""How many instructions one time along each hot path takes, by callgrind.

    instructions.py PROGRAM            prints what bounds.tsv would say: half as many again as it is now

A path is walked twice, once many times and once twice as many; what the second walk took more is the path's
own, and everything before and after drops out.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

_TIMES = 2000
_SLACK = 1.5


def read_bounds(text: str) -> dict[str, float]:
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {path: float(most) for path, most in rows}


def read_total(callgrind_output: str) -> int:
    found = re.search(r"^(?:summary|totals): (\d+)", callgrind_output, re.MULTILINE)
    if found is None:
        raise ValueError("callgrind wrote no sum")
    return int(found.group(1))


def _total(program: str, path: str, times: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        # Children of the program are looked at, too, into files of their own.
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/%p", "--quiet", program, path,
             f"--times={times}"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{path}: exit status {done.returncode}: {(done.stderr + done.stdout).strip()[-2000:]}")
        # The program itself began first.
        first = min((file for file in Path(folder).iterdir()), key=lambda file: int(file.name.partition(".")[0]))
        return read_total(first.read_text())


def of_path(program: str, path: str) -> float:
    return (_total(program, path, 2 * _TIMES) - _total(program, path, _TIMES)) / _TIMES


def main() -> None:
    bounds = read_bounds((Path(__file__).resolve().parent / "bounds.tsv").read_text())
    for path in bounds:
        print(f"{path}\t{round(_SLACK * of_path(sys.argv[1], path))}")


if __name__ == "__main__":
    main()
