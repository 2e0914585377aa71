"""manage.py worker_health"""

from __future__ import annotations

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bpadmin.jobs.models import WorkerBeat

LONGEST_SILENCE = 30.0


class Command(BaseCommand):
    """Return whether the workers of this machine live; a container's health check."""

    help = "Exit code 0 when a worker on this machine has shown a sign of life within 30 s, else 1 and why."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another machine's name."""
        parser.add_argument("--host", default=socket.gethostname(), help="the machine to ask about; this one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look for the latest sign of life; workers are named QUEUE@HOST/PROCESS."""
        host = options["host"]
        # Beat shows itself as well, and serves no queue.
        workers = WorkerBeat.objects.filter(name__contains=f"@{host}/").exclude(queues="")
        seen = workers.order_by("-seen_at").first()
        if seen is None:
            raise CommandError(f"No worker on {host} has shown a sign of life.")
        seconds = (timezone.now() - seen.seen_at).total_seconds()
        if seconds > LONGEST_SILENCE:
            raise CommandError(f"{seen.name} was last seen {seconds:.0f} s ago.")
        self.stdout.write(f"{seen.name} was seen {seconds:.0f} s ago.")
