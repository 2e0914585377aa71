"""manage.py worker_health: what a container's health check asks."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bpadmin.jobs.models import WorkerBeat

pytestmark = pytest.mark.django_db


def seen(name: str, *, seconds_ago: float, queues: str = "bulk") -> None:
    WorkerBeat.objects.create(name=name, queues=queues, seen_at=timezone.now() - timedelta(seconds=seconds_ago))


def test_a_machine_with_a_living_worker_is_well() -> None:
    seen("bulk@here/7", seconds_ago=900)
    seen("bulk@here/8", seconds_ago=1)
    call_command("worker_health", "--host", "here", stdout=StringIO())


def test_another_machines_worker_says_nothing_about_this_one() -> None:
    seen("bulk@there/8", seconds_ago=1)
    with pytest.raises(CommandError, match="No worker on here"):
        call_command("worker_health", "--host", "here")


def test_a_worker_that_went_silent_is_not_well() -> None:
    seen("bulk@here/8", seconds_ago=120)
    with pytest.raises(CommandError, match="last seen 120 s ago"):
        call_command("worker_health", "--host", "here")


def test_beat_is_no_worker() -> None:
    seen("beat@here/8", seconds_ago=1, queues="")
    with pytest.raises(CommandError, match="No worker on here"):
        call_command("worker_health", "--host", "here")
