"""Runs one program of the benchmarks under the conditions of its workload."""

import contextlib
import os
import signal
import subprocess

from lines import Line, read_lines

_HOG = "while True: pass"


class ProgramFailed(Exception):
    pass


def one_cpu() -> set[int]:
    """The last of those that this process may use: the first one serves most interrupts."""
    return {max(os.sched_getaffinity(0))}


@contextlib.contextmanager
def hog(python: str):
    """Another process that keeps one CPU busy."""
    process = subprocess.Popen([python, "-c", _HOG])
    os.sched_setaffinity(process.pid, one_cpu())
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run(command: list[str], seconds: float, cpus: int = 0, timeout: float = 120) -> list[Line]:
    """Its lines. ProgramFailed: what it said instead. All that it started ends with it."""
    process = subprocess.Popen(
        [*command, f"--seconds={seconds:g}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, one_cpu())) if cpus == 1 else None)
    try:
        out, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as late:
        raise ProgramFailed(f"it took longer than {timeout:g} s") from late
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode != 0:
        last = errors.strip().splitlines()[-1:] or [""]
        raise ProgramFailed(f"exit status {process.returncode}: {last[0][:200]}")
    try:
        return read_lines(out)
    except ValueError as problem:
        raise ProgramFailed(str(problem)) from problem
