"""What the broker's messages do; they carry nothing and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.notifications import digest, events
from bpadmin.notifications.delivery import ping, sending


@shared_task(name="bpadmin.notifications.tasks.jobs_watch")
def jobs_watch() -> None:
    """Notice the jobs that have ended."""
    events.jobs_watch()


@shared_task(name="bpadmin.notifications.tasks.tenants_watch")
def tenants_watch() -> None:
    """Look at what lasts and needs somebody, and make the digests whose hour has come."""
    events.tenants_watch()
    digest.digests_plan()


@shared_task(name="bpadmin.notifications.tasks.messages_send")
def messages_send() -> None:
    """Send e-mail and webhooks that are due."""
    sending.messages_send()


@shared_task(name="bpadmin.notifications.tasks.messages_tidy")
def messages_tidy() -> None:
    """Remove old messages."""
    sending.messages_tidy()


@shared_task(name="bpadmin.notifications.tasks.ping_send")
def ping_send() -> None:
    """Show outside that the scheduler lives."""
    ping.ping_send()
