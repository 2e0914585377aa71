"""manage.py status"""

from __future__ import annotations

from typing import Any

from bpadmin.counts import counted
from bpadmin.operations.status import Status, status_read
from bpadmin.tenants.management.base import FAILED, OK, PlainCommand, Result


class Command(PlainCommand):
    """Say how every part is and what every tenant's jobs are doing."""

    help = "How every part is and what every tenant's jobs are doing; exit code 1 when something is missing or stuck."

    def run(self, options: dict[str, Any]) -> Result:
        """Look once."""
        status = status_read()
        self._tell(status)
        return Result(status.as_json(), OK if status.is_well else FAILED)

    def _tell(self, status: Status) -> None:
        self.say(f"bpadmin {status.version}")
        for part in status.parts:
            self.say(f"  {'ok ' if part.is_ok else 'BAD'}  {part.name:<20} {part.words}")
        if status.held:
            self.say(f"\nNothing is sent: {status.held}")
        for job in status.to_settle:
            self.say(
                f"  job {job.job} of {job.tenant} ({job.name}), {counted(job.in_question, 'row')} in question: "
                f"{job.message}"
            )
        for ending in status.endings:
            self.say(f"\n{ending.tenant}: {ending.words}")
        if status.removed.last_at:
            self.say(
                f"\nRemoved for their age: {counted(status.removed.jobs, 'job')}, "
                f"{counted(status.removed.chunks, 'chunk')}, {counted(status.removed.entries, 'log entry')}; "
                f"last {status.removed.last_at:%Y-%m-%d %H:%M} UTC"
            )
        if status.workers:
            self.say("\nWorkers and beat")
            for worker in status.workers:
                self.say(f"  {worker.name:<50} {worker.queues:<20} {worker.version:<8} {worker.seconds_ago:.0f} s ago")
        if status.work:
            self.say(
                f"\n{'Tenant':<20} {'waiting':>8} {'oldest':>8} {'running':>8} {'stuck':>6} {'asking':>7} {'failed':>7}"
            )
        for each in status.work:
            self.say(
                f"{each.tenant:<20} {each.waiting:>8} {each.oldest_waiting:>7.0f}s {each.running:>8} {each.stuck:>6} "
                f"{each.asking:>7} {each.failed:>7}"
            )
