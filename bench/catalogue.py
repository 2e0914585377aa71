"""How a large tenant is read, and what its pages cost, beside a bare Django page in the same run.

    python -m bench.catalogue [campaigns] [lists] [milliseconds of latency]

Prints the first whole catalogue beside calls × latency ÷ 4, the CPU time of each page in its thread (median of turns
taken in rotation) beside a bare page with session and user, and each page's kB. Exit code 1 when a goal is missed. It
needs no broker and leaves nothing behind.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

CAMPAIGNS, LISTS, LATENCY_MS = 2_000, 20_000, 100
DNC_LISTS = 12
TURNS = 15
MOST_TIMES_BARE, MOST_KB = 15.0, 60.0
# The first page after sign-in says more than a table.
MOST_TIMES_BARE_OF = {"results:home": 20.0}
PAGES = ("results:home", "campaigns:index", "lists:index", "records:index", "dnc:index", "dnc:coverage")


def main(campaigns: int = CAMPAIGNS, lists: int = LISTS, latency_ms: int = LATENCY_MS) -> int:
    """Measure, print, and tell by the exit code whether all goals are reached."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        from bpadmin.sandbox.http.server import start_in_process

        handle = start_in_process()
        try:
            return _measured(handle.url, campaigns, lists, latency_ms)
        finally:
            handle.stop()


def set_up(folder: str) -> None:
    os.environ |= {
        "BPADMIN_DATA": folder,
        "DJANGO_SETTINGS_MODULE": "bpadmin.settings",
        "BPADMIN_ALLOW_PRIVATE_TENANTS": "1",
        "BPADMIN_LOG_LEVEL": "ERROR",
    }
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.conf import settings

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = ["*"]
    django.setup()
    import bpadmin.urls
    from bench.bare import bare_urls

    bpadmin.urls.urlpatterns += bare_urls
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def _measured(url: str, campaigns: int, lists: int, latency_ms: int) -> int:
    from django.contrib.auth.models import User
    from django.test import Client

    from bpadmin.dialler.refreshing.services import catalogue_read
    from bpadmin.tenants.services import tenant_create

    control = Control(url)
    control.fill(campaigns, lists)
    user = User.objects.create_superuser("bench")
    tenant = tenant_create(
        slug="bench",
        name="Bench",
        platform="brightpattern",
        base_url=url,
        credentials={"client_id": "sandbox", "client_secret": "sandbox-secret"},
    )
    control.ask("latency", {"seconds": latency_ms / 1000})
    before = control.calls()
    started = time.perf_counter()
    catalogue_read(tenant=tenant)
    seconds, calls = time.perf_counter() - started, control.calls() - before
    bound = calls * latency_ms / 1000 / 4
    is_good = seconds <= bound
    print(f"  {mark(is_good)}  first catalogue: {calls:,} calls in {seconds:.1f} s  goal {bound:.1f} s")
    client = Client()
    client.force_login(user)
    return 0 if _pages(client, is_good) else 1


def _pages(client: Any, is_good: bool) -> bool:
    from django.urls import reverse

    urls = {name: reverse(name, args=["bench"]) for name in PAGES}
    times: dict[str, list[float]] = {name: [] for name in ("bare", *urls)}
    sizes = {name: len(client.get(url).content) / 1000 for name, url in urls.items()}
    for _ in range(TURNS):
        times["bare"].append(_timed(lambda: client.get("/bare/")))
        for name, url in urls.items():
            times[name].append(_timed(lambda url=url: client.get(url)))
    bare = statistics.median(times["bare"])
    print(f"          a bare page with session and user: {bare * 1000:.2f} ms")
    for name in urls:
        ratio = statistics.median(times[name]) / bare
        most = MOST_TIMES_BARE_OF.get(name, MOST_TIMES_BARE)
        is_fine = ratio <= most and sizes[name] <= MOST_KB
        is_good = is_good and is_fine
        print(
            f"  {mark(is_fine)}  {name:20} {ratio:6.1f} times bare  goal {most:.0f}"
            f"  {sizes[name]:6.1f} kB  goal {MOST_KB:.0f}"
        )
    return is_good


def _timed(call: Callable[[], object]) -> float:
    started = time.thread_time()
    call()
    return time.thread_time() - started


def mark(is_good: bool) -> str:
    return "ok    " if is_good else "MISSED"


class Control:
    """The control side of the sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: Any = None) -> Any:
        import json
        import urllib.request

        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__sandbox__/{path}", data, {"Content-Type": "application/json"})  # noqa: S310
        return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))

    def calls(self) -> int:
        stats = self.ask("stats")
        return int(stats["requests_total"] - stats["token_requests"])

    def fill(self, campaigns: int, lists: int) -> None:
        ids = [self.ask("campaigns", {"name": f"Campaign {number}"})["id"] for number in range(campaigns)]
        phone = [{"name": "phone", "type": "PHONE", "key": True}]
        for number in range(lists):
            bind = [ids[number % campaigns]] if number < 2 * campaigns else []
            self.ask("lists", {"name": f"List {number}", "fields": phone, "bind": bind, "records": []})
        for number in range(DNC_LISTS):
            bound = ids[:: number + 2]
            dnc = {"name": f"Do not call {number}", "type": "INTERNAL", "keys": [], "bind": bound}
            self.ask("dnc", {**dnc, "country": "", "list_field": ""})


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
