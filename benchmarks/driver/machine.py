"""What machine this is, and whether it is quiet."""

import os
import platform
import subprocess
import time
from pathlib import Path


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe() -> dict:
    memory = Path("/proc/meminfo").read_text().splitlines()[0].split()[1]
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "cpu": cpu_model(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory) / 2**20, 1),
        "kernel": platform.release(),
        "system": release.get("PRETTY_NAME", "").strip('"'),
        "libc": " ".join(platform.libc_ver()),
        "governor": governor.read_text().strip() if governor.exists() else "unknown",
        "compiler": _first_line("g++", "--version"),
        "python": platform.python_version(),
        "ruby": _first_line("ruby", "--version"),
        "go": _first_line("go", "version"),
        "lua": _first_line("lua5.4", "-v"),
        "node": _first_line("node", "--version"),
    }


def _busy_and_all() -> tuple[int, int]:
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    return sum(numbers) - idle, sum(numbers)


def busy_part(seconds: float) -> float:
    """The part of all CPUs' time, 0 to 1, that somebody used meanwhile."""
    busy, total = _busy_and_all()
    time.sleep(seconds)
    busy_then, total_then = _busy_and_all()
    return (busy_then - busy) / max(total_then - total, 1)


def await_quiet(patience: float, look=busy_part, clock=time.monotonic, bound: float = 0.1) -> float | None:
    """Waits until less than `bound` of the CPUs is in use. None: it is; else what was still in use when the
    patience was over."""
    end = clock() + patience
    while True:
        busy = look(0.2)
        if busy < bound:
            return None
        if clock() >= end:
            return busy
