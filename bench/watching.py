"""What one who watches costs, beside a bare Django view with session, user and one query in the same run.

    python -m bench.watching [turns]

CPU seconds of an unchanged answer (304) and of a shared one, of the job page, the jobs and the campaigns, medians of
turns taken in rotation. Exit code 1 when a goal is missed. It needs no broker and leaves nothing behind.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from bench.catalogue import Control, mark, set_up

TURNS = 300
MOST_TIMES_BARE = 1.3
# Every so often a part is rendered anew; that is shared by all and left out of an unchanged answer.
SERVES = 3600.0


def main(turns: int = TURNS) -> int:
    """Measure, print, and tell by the exit code whether all goals are reached."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        from bpadmin.sandbox.http.server import start_in_process

        handle = start_in_process()
        try:
            Control(handle.url).fill(60, 10)
            return _measured(handle.url, turns)
        finally:
            handle.stop()


def _measured(url: str, turns: int) -> int:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    from bpadmin.jobs.models import Job, JobState
    from bpadmin.tenants.models import Membership, Role
    from bpadmin.tenants.services import tenant_create
    from bpadmin.web import watching
    from lists.kinds import LIST_UPLOAD

    watching.SECONDS = SERVES
    tenant = tenant_create(
        slug="bench",
        name="Bench",
        platform="brightpattern",
        base_url=url,
        credentials={"client_id": "sandbox", "client_secret": "sandbox-secret"},
    )
    user = User.objects.create_user("bench")
    Membership.objects.create(tenant=tenant, user=user, role=Role.VIEWER)
    kind, state = LIST_UPLOAD, JobState.RUNNING
    job = Job.objects.create(tenant=tenant, kind=kind, state=state, phase="send", target_id="L")
    client = Client()
    client.force_login(user)
    parts = {
        "job": reverse("jobs:detail", args=["bench", job.pk]),
        "jobs": reverse("jobs:index", args=["bench"]),
        "campaigns": reverse("campaigns:index", args=["bench"]),
    }
    asks: dict[str, Callable[[], Any]] = {"bare": lambda: client.get("/bare-query/")}
    for target, address in parts.items():
        headers = {"HX-Request": "true", "HX-Target": target}
        first = client.get(address, headers=headers)
        unchanged = {**headers, "If-None-Match": first["ETag"]}
        asks[f"{target}, unchanged"] = lambda address=address, headers=unchanged: client.get(address, headers=headers)
        asks[f"{target}, shared"] = lambda address=address, headers=headers: client.get(address, headers=headers)
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(turns):
        for name, ask in asks.items():
            began = time.thread_time()
            ask()
            spent[name].append(time.thread_time() - began)
    return 0 if _told(spent) else 1


def _told(spent: dict[str, list[float]]) -> bool:
    bare, is_good = statistics.median(spent["bare"]), True
    print(f"          a bare view with session, user and one query: {bare * 1000:.2f} ms of CPU")
    for name in spent:
        if name != "bare":
            ratio = statistics.median(spent[name]) / bare
            is_fine = ratio <= MOST_TIMES_BARE or not name.endswith("unchanged")
            is_good = is_good and is_fine
            goal = f"  goal {MOST_TIMES_BARE}" if name.endswith("unchanged") else ""
            print(f"  {mark(is_fine)}  {name:24} {ratio:5.2f} times bare{goal}")
    return is_good


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
