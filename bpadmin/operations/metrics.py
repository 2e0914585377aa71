"""What Prometheus scrapes: one collector that reads the database when it is asked, and keeps nothing between.

Counters are sums over what is stored, so that every web process tells the same, whichever is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from django.db.models import Sum
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bpadmin.installation.models import BUCKETS, TallyKind
from bpadmin.installation.tallies import Counted, tallies_read
from bpadmin.jobs.files.retention import removed_read
from bpadmin.jobs.models import Job, RemovedByAge
from bpadmin.operations.status import Status, queue_ages, status_read
from bpadmin.tenants.endings import tenants_with_endings

# What only grows, also when jobs are removed, and what is still open and becomes something else.
ENDED = RemovedByAge.ROWS
OPEN = ("n_not_sent", "n_uncertain")


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
            yield _ages()
            yield from _rows()
            yield _removed()
            yield from _ends()
            yield _calls()
            yield _pages()


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


def _ages() -> Metric:
    ages = GaugeMetricFamily(
        "bpadmin_queue_age_seconds", "How long the first job of a queue has waited", labels=["queue"]
    )
    for queue, seconds in queue_ages().items():
        ages.add_metric([queue], seconds)
    return ages


def _rows() -> Iterable[Metric]:
    rows = CounterMetricFamily("bpadmin_rows", "Rows of jobs by outcome", labels=["tenant", "outcome"])
    left = GaugeMetricFamily("bpadmin_rows_open", "Rows that have no outcome yet", labels=["tenant", "outcome"])
    names = (*ENDED, *OPEN)
    gone = {row.tenant.slug: row for row in removed_read() if row.tenant}
    sums = Job.objects.order_by().values_list("tenant__slug").annotate(**{f"of_{name}": Sum(name) for name in names})
    told = {slug: [number or 0 for number in numbers] for slug, *numbers in sums}
    for slug in sorted({*told, *gone}):
        for name, number in zip(names, told.get(slug, [0] * len(names)), strict=True):
            outcome = name.removeprefix("n_")
            if name in ENDED:
                rows.add_metric([slug, outcome], float(number + (getattr(gone[slug], name) if slug in gone else 0)))
            else:
                left.add_metric([slug, outcome], float(number))
    yield rows
    yield left


def _ends() -> Iterable[Metric]:
    secret = GaugeMetricFamily(
        "bpadmin_secret_end_timestamp_seconds", "When a tenant's API secret ends, where it is known", labels=["tenant"]
    )
    certificate = GaugeMetricFamily(
        "bpadmin_certificate_end_timestamp_seconds", "When the certificate of a tenant's server ends", labels=["tenant"]
    )
    for tenant in tenants_with_endings():
        if tenant.secret_ends_on:
            midnight = datetime.combine(tenant.secret_ends_on, time(), UTC)
            secret.add_metric([tenant.slug], midnight.timestamp())
        if tenant.certificate_ends_at:
            certificate.add_metric([tenant.slug], tenant.certificate_ends_at.timestamp())
    yield secret
    yield certificate


def _removed() -> Metric:
    removed = CounterMetricFamily("bpadmin_removed", "What was removed for its age", labels=["tenant", "kind"])
    for row in removed_read():
        slug = row.tenant.slug if row.tenant else ""
        for kind in ("jobs", "chunks") if slug else ("entries",):
            removed.add_metric([slug, kind], float(getattr(row, kind)))
    return removed


def _calls() -> Metric:
    calls = HistogramMetricFamily(
        "bpadmin_platform_call_seconds",
        "Requests to diallers: how long until the answer, and what came of them",
        labels=["tenant", "method", "outcome"],
    )
    for each in tallies_read(TallyKind.CALL):
        _histogram_add(calls, [each.tenant, each.name, each.outcome], each)
    return calls


def _pages() -> Metric:
    pages = HistogramMetricFamily(
        "bpadmin_page_seconds", "Requests of browsers: how long until the answer", labels=["page", "status"]
    )
    for each in tallies_read(TallyKind.PAGE):
        _histogram_add(pages, [each.name, each.outcome], each)
    return pages


def _histogram_add(metric: HistogramMetricFamily, labels: list[str], counted: Counted) -> None:
    buckets = [(f"{bound:g}", float(number)) for bound, number in zip(BUCKETS, counted.at_most, strict=True)]
    metric.add_metric(labels, [*buckets, ("+Inf", float(counted.count))], counted.seconds)
