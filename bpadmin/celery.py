"""The Celery app: settings come from `settings.CELERY`, tasks from each app's `tasks.py`; beat drives the sweep."""

import os

from celery import Celery
from celery.signals import after_task_publish, beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")

from django.conf import settings

from bpadmin.pace import scaled

SWEEP_SECONDS = scaled(2.0, least=1.0)
DNC_EXPIRE_SECONDS = 3600.0
EXPORTS_SWEEP_SECONDS = 3600.0
TIDY_SECONDS = 3600.0
ACTIONS_SWEEP_SECONDS = 10.0

app = Celery("bpadmin")
app.config_from_object(settings.CELERY)
# Any worker that is free sweeps: an idle one is what the sweep has to wake, and a busy one looks for itself at its next
# turn. While no worker listens ticks must not pile up: an old one says nothing that the next does not.
app.conf.beat_schedule = {
    f"jobs-sweep-{queue}": {
        "task": "bpadmin.jobs.tasks.jobs_sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": queue, "expires": 3 * SWEEP_SECONDS},
    }
    for queue in ("interactive", "bulk")
}
# What may take long is done by the workers that have time: it must not keep polls and small jobs waiting.
app.conf.beat_schedule |= {
    "jobs-tidy": {
        "task": "bpadmin.jobs.tasks.jobs_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    "actions-sweep": {
        "task": "bpadmin.dialler.tasks.actions_sweep",
        "schedule": ACTIONS_SWEEP_SECONDS,
        "options": {"queue": "interactive", "expires": 3 * ACTIONS_SWEEP_SECONDS},
    },
    "exports-sweep": {
        "task": "bpadmin.records.tasks.exports_sweep",
        "schedule": EXPORTS_SWEEP_SECONDS,
        "options": {"queue": "bulk", "expires": EXPORTS_SWEEP_SECONDS},
    },
    # A tenant's day begins in its own time zone, so each hour is some tenant's midnight.
    "dnc-expire": {
        "task": "dnc.tasks.dnc_expire",
        "schedule": DNC_EXPIRE_SECONDS,
        "options": {"queue": "bulk", "expires": DNC_EXPIRE_SECONDS},
    },
}
app.autodiscover_tasks()


@beat_init.connect
def _beat_shows_itself(**_: object) -> None:
    """Date the file of beat whenever a message of its has reached the broker."""
    from bpadmin.installation.alive import alive_touch

    after_task_publish.connect(lambda **_: alive_touch("beat"), weak=False)
