"""tools/bench-setup: installs what tools/bench compares us with, and writes down what is there and what is not.

Each thing is tried on its own: one that can not be had is listed with the reason and costs nothing else.
Debian's packages come by apt, Python's from PyPI into a virtual environment, Node's from npm; the programs in
benchmarks/peers are compiled. All but Debian's go to one folder (engines.home()), with peers.json.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

_PEERS = Path(__file__).resolve().parent
_ROOT = _PEERS.parent.parent
sys.path.insert(0, str(_PEERS.parent / "driver"))
import engines  # pylint: disable=wrong-import-position

_WHEELS = ("billiard", "pebble", "loky", "ray", "iceoryx2")
_NODE = ("tinypool", "workerpool")


class Absent(Exception):
    """The reason why something is not there."""


def run(*command: str, cwd: Path | None = None, environment: dict | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **(environment or {})}, capture_output=True,
                              text=True, timeout=900, check=False)
    except FileNotFoundError as problem:
        raise Absent(f"{command[0]} is not installed") from problem
    except subprocess.TimeoutExpired as problem:
        raise Absent(f"{command[0]} took too long") from problem
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in said if re.search(r"error|E:", line, re.IGNORECASE)]
        raise Absent(f"{' '.join(command[:3])} failed: {(errors or said or ['?'])[0].strip()[:200]}")
    return done.stdout.strip()


def debian(*packages: str) -> str:
    """The version of the first."""
    missing = [name for name in packages if not _debian_version(name)]
    if missing:
        root = () if os.geteuid() == 0 else ("sudo",)
        run(*root, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends",
            *missing, environment={"DEBIAN_FRONTEND": "noninteractive"})
    return _debian_version(packages[0])


def _debian_version(package: str) -> str:
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package], capture_output=True,
                          text=True, check=False)
    state, _, version = done.stdout.partition(" ")
    return version if state == "installed" else ""


def make_venv(home: Path) -> Path:
    python = home / "venv" / "bin" / "python3"
    if not python.exists():
        run(sys.executable, "-m", "venv", str(home / "venv"))
    return python


def wheel(home: Path, name: str) -> str:
    python = make_venv(home)
    run(str(python), "-m", "pip", "install", "-q", "--upgrade", "--only-binary=:all:", name)
    return run(str(python), "-c", f"import importlib.metadata as m; print(m.version({name!r}))")


def node(home: Path, name: str) -> str:
    folder = home / "node"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text("{}\n")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", name, cwd=folder)
    return json.loads((folder / "node_modules" / name / "package.json").read_text())["version"]


def compile_native(home: Path, name: str, *flags: str) -> None:
    (home / "bin").mkdir(parents=True, exist_ok=True)
    run("g++", "-std=c++20", "-O2", "-DNDEBUG", f"-I{_ROOT}", str(_PEERS / "native" / f"{name}.cc"), "-o",
        str(home / "bin" / name), "-pthread", *flags)


def compile_go(home: Path) -> str:
    run("go", "build", "-o", str(home / "bin" / "go_pipes"), str(_PEERS / "go" / "main.go"))
    return run("go", "version").removeprefix("go version ")


class SetUp:

    def __init__(self, home: Path):
        self._home = home
        self.found: dict[str, dict] = {}

    def attempt(self, name: str, install) -> bool:
        print(f"{name} ... ", end="", flush=True)
        try:
            self.found[name] = {"version": install()}
            print(self.found[name]["version"])
            return True
        except Absent as reason:
            self.found[name] = {"absent": str(reason)}
            print(f"absent: {reason}")
            return False

    def queues(self) -> None:
        """One program for all three, with what there is."""
        flags = ["-lrt"]
        if self.attempt("boost.interprocess", lambda: debian("libboost-dev")):
            flags.append("-DWITH_BOOST")
        if self.attempt("zeromq", lambda: debian("libzmq3-dev")):
            flags += ["-DWITH_ZEROMQ", "-lzmq"]
        built = self.attempt("posix mq", lambda: compile_native(self._home, "queue_peer", *flags) or "of the kernel")
        for name in ("boost.interprocess", "zeromq") if not built else ():
            self.found[name] = {"absent": f"its program was not built: {self.found['posix mq']['absent']}"}

    def gearman(self) -> str:
        version = debian("gearman-job-server", "libgearman-dev")
        compile_native(self._home, "gearman_peer", "-lgearman")
        return version

    def run(self) -> None:
        for name in _WHEELS:
            self.attempt(name, lambda name=name: wheel(self._home, name))
        self.attempt("matplotlib", lambda: wheel(self._home, "matplotlib"))
        for name in _NODE:
            self.attempt(name, lambda name=name: node(self._home, name))
        self.queues()
        self.attempt("go pipes", lambda: compile_go(self._home))
        self.attempt("ruby parallel", lambda: debian("ruby-parallel"))
        self.attempt("gearman", self.gearman)
        self.attempt("php-fpm", lambda: debian("php-fpm"))
        python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
        for name in ("multiprocessing", "concurrent.futures"):
            self.found[name] = {"version": f"Python {python}"}


def main() -> None:
    home = engines.home()
    home.mkdir(parents=True, exist_ok=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "-q", "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    work = SetUp(home)
    work.run()
    (home / "peers.json").write_text(json.dumps(work.found, indent=1) + "\n")
    absent = [name for name, what in work.found.items() if "absent" in what]
    print(f"{len(work.found) - len(absent)} of {len(work.found)} are there"
          f"{': absent are ' + ', '.join(absent) if absent else ''}; written to {home / 'peers.json'}")


if __name__ == "__main__":
    main()
