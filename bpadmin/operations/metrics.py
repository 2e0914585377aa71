"""What Prometheus scrapes: one collector that reads the database when it is asked, and keeps nothing between.

Counters are sums over what is stored, so that every web process tells the same, whichever is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Sum
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bpadmin.jobs.models import Job
from bpadmin.operations.status import Status, status_read

OUTCOMES = ("n_added", "n_updated", "n_already_there", "n_rejected", "n_uncertain", "n_not_sent", "n_unaccounted")


def metrics_text() -> tuple[bytes, str]:
    """Return all metrics in Prometheus' text form, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Collector:
    """Reads everything anew at each scrape."""

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics; docs/operations.md says what each means and when to wake somebody."""
        status = status_read()
        yield InfoMetricFamily("bpadmin", "The version that runs", {"version": status.version})
        yield from _parts(status)
        if status.parts[0].is_ok:
            yield from _work(status)
            yield _rows()


def _parts(status: Status) -> Iterable[Metric]:
    up = GaugeMetricFamily("bpadmin_part_up", "1 where a part is well, 0 where it is not", labels=["part"])
    figures = {
        "free_mb": GaugeMetricFamily("bpadmin_disk_free_megabytes", "Free space for files and data"),
        "seconds_ago": GaugeMetricFamily("bpadmin_sweep_age_seconds", "Seconds since the sweep last ran"),
        "skew_seconds": GaugeMetricFamily("bpadmin_clock_skew_seconds", "The clock furthest from the database's"),
    }
    messages = GaugeMetricFamily("bpadmin_queue_messages", "Messages that wait in a queue", labels=["queue"])
    workers = GaugeMetricFamily("bpadmin_workers", "Living workers of a queue", labels=["queue"])
    for part in status.parts:
        up.add_metric([part.name], float(part.is_ok))
        for name, metric in figures.items():
            if name in part.figures:
                metric.add_metric([], float(part.figures[name]))
        if "workers" in part.figures:
            workers.add_metric([part.name.removeprefix("worker-")], float(part.figures["workers"]))
        for queue, number in part.figures.get("messages", {}).items():
            messages.add_metric([queue], float(number))
    yield up
    yield from figures.values()
    yield messages
    yield workers


def _work(status: Status) -> Iterable[Metric]:
    jobs = GaugeMetricFamily("bpadmin_jobs", "Jobs of a tenant by what they do", labels=["tenant", "state"])
    oldest = GaugeMetricFamily(
        "bpadmin_oldest_waiting_seconds", "How long the oldest waiting job has waited", labels=["tenant"]
    )
    for each in status.work:
        for state in ("waiting", "running", "stuck", "asking", "failed"):
            jobs.add_metric([each.tenant, state], float(getattr(each, state)))
        oldest.add_metric([each.tenant], each.oldest_waiting)
    held = GaugeMetricFamily("bpadmin_held", "1 while nothing is sent", value=float(bool(status.held)))
    yield jobs
    yield oldest
    yield held


def _rows() -> Metric:
    rows = CounterMetricFamily("bpadmin_rows", "Rows of jobs by outcome", labels=["tenant", "outcome"])
    sums = Job.objects.order_by().values_list("tenant__slug").annotate(**{f"of_{name}": Sum(name) for name in OUTCOMES})
    for slug, *numbers in sums:
        for name, number in zip(OUTCOMES, numbers, strict=True):
            rows.add_metric([slug, name.removeprefix("n_")], float(number or 0))
    return rows
