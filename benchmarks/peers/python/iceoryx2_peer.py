"""iceoryx2_peer.py queue|queue_in_place|ping_pong [--name=number]...: iceoryx2's publish and subscribe, by its
wheel for Python, between two processes. It has no blocking receive: both sides look again and again, and give
the CPU away in between. A publisher does not wait for a subscriber unless asked: here it is."""

import ctypes
import os
import signal
import sys

import iceoryx2 as iox2

import measure


def _service(node, name: str, payload):
    return (node.service_builder(iox2.ServiceName.new(name)).publish_subscribe(payload)
            .enable_safe_overflow(False).subscriber_max_buffer_size(64).open_or_create())


def _open(name: str, payload):
    node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
    return node, _service(node, name, payload)


def _publisher(service):
    return service.publisher_builder().backpressure_strategy(iox2.BackpressureStrategy.RetryUntilDelivered).create()


def _receive(subscriber):
    while True:
        sample = subscriber.receive()
        if sample is not None:
            return sample
        os.sched_yield()


def _send(publisher, data):
    """`data` None: in place, nothing is written."""
    sample = publisher.loan_uninit()
    if data is None:
        sample.assume_init().send()
    else:
        sample.write_payload(data).send()


def _fork(body) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(1)
    return pid


def main() -> None:
    workload, given = sys.argv[1], measure.arguments(sys.argv[2:])
    payload = ctypes.c_uint8 * given["bytes"]
    name = f"billiard-bench-{os.getpid()}"
    data = None if workload == "queue_in_place" else payload(*([1] * given["bytes"]))

    def produce():
        _, service = _open(name, payload)
        publisher = _publisher(service)
        while True:
            _send(publisher, data)

    def echo():
        _, there = _open(name + "-there", payload)
        _, back = _open(name + "-back", payload)
        subscriber, publisher = there.subscriber_builder().create(), _publisher(back)
        while True:
            sample = _receive(subscriber)
            _send(publisher, data)
            sample.delete()

    child = _fork(echo if workload == "ping_pong" else produce)
    try:
        if workload == "ping_pong":
            _, there = _open(name + "-there", payload)
            _, back = _open(name + "-back", payload)
            subscriber, publisher = back.subscriber_builder().create(), _publisher(there)

            def run():
                _send(publisher, data)
                _receive(subscriber).delete()

            measure.report(workload, measure.latency(given["seconds"], run))
        else:
            _, service = _open(name, payload)
            subscriber = service.subscriber_builder().create()

            def run_many(items):
                for _ in range(items):
                    sample = _receive(subscriber)
                    if workload == "queue":
                        bytes(sample.payload().contents)
                    sample.delete()

            measure.report(workload, measure.throughput(given["seconds"], run_many))
    finally:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("queue", "queue_in_place", "ping_pong"):
        sys.exit("usage: iceoryx2_peer.py queue|queue_in_place|ping_pong [--name=number]...")
    main()
