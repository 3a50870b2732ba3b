"""What is compared: each workload with its limits, its peers and the targets that were set for it.

Costs are nanoseconds of one item. A target is about the C++ core, unless it names another engine.
"""

from dataclasses import dataclass, field

OURS = ("core", "c", "ruby", "go", "lua")
LANGUAGES = ("ruby", "go", "lua")

_POOLS = ("billiard", "multiprocessing", "concurrent.futures", "pebble", "loky", "ray", "go pipes",
          "ruby parallel", "tinypool", "workerpool", "gearman", "php-fpm")
_PYTHON = ("billiard", "multiprocessing")
_QUEUES = _PYTHON + ("boost.interprocess", "posix mq", "zeromq", "iceoryx2")


@dataclass(frozen=True)
class Limit:
    """A probe of benchmarks/limit (or a program of ours, as a yardstick of another of ours); the best of what
    it prints, or one variant."""
    command: tuple[str, ...]
    variant: str = "*"


@dataclass(frozen=True)
class Target:
    """How one figure is to compare.

    kind: "speed": at least `bound` times as fast as `against` (a limit or an engine);
          "cost": at most `bound` times its cost; "per second": at least so many; "ns": at most so long;
          "ahead": faster than every peer (`against` is "peers").
    """
    kind: str
    bound: float
    against: str = "limit"
    measure: str = "ns"
    variant: str = ""
    engine: str = "core"


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    program: str  # what the programs call it
    arguments: tuple[str, ...] = ()
    limits: dict[str, Limit] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    ours: tuple[str, ...] = OURS
    peers: tuple[str, ...] = ()
    cpus: int = 0  # 0: all
    hogged: bool = False  # another process keeps one CPU busy
    variants: tuple[str, ...] = ("",)  # of the lines that the programs print


def _probe(*command: str, variant: str = "*") -> dict[str, Limit]:
    return {"limit": Limit(command, variant)}


def _ahead_in_languages() -> tuple[Target, ...]:
    return tuple(Target("ahead", 1, "peers", engine=language) for language in LANGUAGES)


def _within_twice_of_c() -> tuple[Target, ...]:
    return tuple(Target("cost", 2, "c", engine=language) for language in LANGUAGES)


def _apply(name: str, title: str, **conditions) -> Workload:
    return Workload(name, title, "apply", limits=_probe("apply_probe"),
                    targets=(Target("cost", 1.5), Target("cost", 3, measure="p99_ns")),
                    peers=_POOLS, **conditions)


def _queue(name: str, title: str, size: int, limit: tuple[str, ...], peers=_QUEUES) -> Workload:
    return Workload(name, title, "queue", (f"--bytes={size}",), _probe(*limit), (Target("speed", 0.5),),
                    peers=peers)


def _process(method: str, probe: str, megabytes: int, peers=()) -> Workload:
    return Workload(f"process_{method}_{megabytes}m", f"process start + join, {method}, {megabytes} MiB host",
                    f"process_{method}", (f"--rss_mb={megabytes}",),
                    _probe("process_probe", probe, f"--rss_mb={megabytes}") if megabytes else
                    _probe("process_probe", probe),
                    (Target("speed", 0.85),), ours=("core", "c"), peers=peers)


def _pool_start(workers: int) -> Workload:
    return Workload(f"pool_start_{workers}", f"pool start to first result, {workers} workers", "pool_start",
                    (f"--workers={workers}",), _probe("pool_start_probe", f"--workers={workers}", variant="start"),
                    (Target("cost", 2, variant="start"), Target("ns", 2e6, variant="end")),
                    peers=_POOLS, variants=("start", "end"))


WORKLOADS = (
    Workload("pool", "pool no-op round trips, 2 workers, 64 B, 256 in flight", "pool",
             limits=_probe("pool_probe"),
             targets=(Target("speed", 0.35), Target("speed", 100, "billiard"), Target("ahead", 1, "peers"),
                      *_within_twice_of_c(), *_ahead_in_languages()),
             peers=_POOLS),
    _apply("apply", "apply() latency"),
    _apply("apply_one_cpu", "apply() latency, one CPU", cpus=1),
    _apply("apply_hogged", "apply() latency, one CPU hogged", hogged=True),
    Workload("map", "map over 100,000 small integers", "map", limits=_probe("map_probe"),
             targets=(Target("cost", 3), *_within_twice_of_c()), peers=_POOLS),
    _queue("queue_64", "queue 1 to 1, 64 B", 64, ("spsc_ring_probe",)),
    _queue("queue_4k", "queue 1 to 1, 4 KiB", 4096, ("memcpy_probe", "--bytes=4096")),
    _queue("queue_1m", "queue 1 to 1, 1 MiB", 1 << 20, ("memcpy_probe", "--bytes=1048576")),
    Workload("queue_in_place_1m", "queue 1 to 1 in place, 1 MiB", "queue_in_place", ("--bytes=1048576",),
             targets=(Target("per second", 1e6),), peers=("iceoryx2",)),
    Workload("queue_many", "queue 2 to 2, 64 B", "queue_many", limits=_probe("mpmc_ring_probe"),
             targets=(Target("speed", 0.35),)),
    Workload("ping_pong", "queue ping-pong", "ping_pong",
             limits={"futex": Limit(("ping_pong_probe", "futex")), "spin": Limit(("ping_pong_probe", "spin"))},
             targets=(Target("cost", 1.1, "futex"), Target("cost", 3, "spin")), peers=_QUEUES),
    Workload("lock", "Lock pair", "lock", limits=_probe("mutex_probe", "robust"),
             targets=(Target("cost", 0.6),), peers=_PYTHON),
    Workload("semaphore", "Semaphore pair", "semaphore",
             limits={"limit": Limit(("mutex_probe", "robust")), "sem_t": Limit(("mutex_probe", "semaphore"))},
             targets=(Target("cost", 0.6),), peers=_PYTHON),
    Workload("lock_contended", "Lock, 2 processes", "lock_contended",
             limits=_probe("mutex_probe", "shared", "--processes=2"),
             targets=(Target("cost", 0.8),), peers=_PYTHON),
    Workload("semaphore_contended", "Semaphore, 2 processes", "semaphore_contended",
             limits={"limit": Limit(("mutex_probe", "shared", "--processes=2")),
                     "sem_t": Limit(("mutex_probe", "semaphore", "--processes=2"))},
             targets=(Target("cost", 0.8),), peers=_PYTHON),
    Workload("event", "Event there and back", "event", limits=_probe("ping_pong_probe", "futex"),
             targets=(Target("cost", 1.1),), peers=_PYTHON),
    Workload("condition", "Condition there and back", "condition", limits=_probe("ping_pong_probe", "futex"),
             targets=(Target("cost", 1.1),), peers=_PYTHON),
    _pool_start(2),
    _pool_start(8),
    Workload("kill_failed", "SIGKILL of a busy worker to the failed job", "kill",
             limits=_probe("refork_probe", variant="refork"),
             targets=(Target("cost", 2, variant="failed"), Target("ns", 1e6, measure="p99_ns", variant="failed"),
                      Target("cost", 2, variant="rerun"), Target("ns", 1e6, measure="p99_ns", variant="rerun")),
             ours=("core", "c", "ruby", "go"), variants=("failed", "rerun")),
    Workload("value_add", "Value, atomic addition", "value_add", limits=_probe("fetch_add_probe"),
             targets=(Target("cost", 1.5),)),
    Workload("value_locked_add", "Value, addition under its lock", "value_locked_add",
             limits={"lock pair": Limit(("workloads_core", "lock"))},
             targets=(Target("cost", 1.2, "lock pair"),), peers=_PYTHON),
    Workload("array_copy", "Array copy, 1 MiB", "array_copy", ("--bytes=1048576",),
             _probe("memcpy_probe", "--bytes=1048576"), (Target("speed", 0.9),), peers=_PYTHON),
    _process("fork", "fork", 0, _PYTHON),
    _process("fork", "fork", 256, _PYTHON),
    _process("spawn", "exec", 0),
    _process("spawn", "exec", 256),
    _process("forkserver", "template", 0),
    _process("forkserver", "template", 256),
)
