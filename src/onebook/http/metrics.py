"""Counters in Prometheus' text format: requests by method, route and status, and how long they took."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Off, it counts nothing. With several workers each writes to PROMETHEUS_MULTIPROC_DIR and any can tell all."""

    def __init__(self, *, on: bool) -> None:
        """`on`: whether anybody may read them."""
        self.on = on
        self._registry = CollectorRegistry()
        if on:
            registry = None if "PROMETHEUS_MULTIPROC_DIR" in os.environ else self._registry
            labels = ("method", "route", "status")
            self._requests = Counter("onebook_requests", "Requests answered", labels, registry=registry)
            self._seconds = Histogram(
                "onebook_request_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=registry
            )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request more."""
        if self.on:
            self._requests.labels(method, route, str(status)).inc()
            self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything so far, of every worker."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)
