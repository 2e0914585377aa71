"""The Celery app: settings come from `settings.CELERY`, tasks from each app's `tasks.py`; beat drives the sweep."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")

from django.conf import settings

from bpadmin.pace import scaled

SWEEP_SECONDS = scaled(2.0, least=1.0)
DNC_EXPIRE_SECONDS = 3600.0
EXPORTS_SWEEP_SECONDS = 3600.0
TIDY_SECONDS = 3600.0

app = Celery("bpadmin")
app.config_from_object(settings.CELERY)
app.conf.beat_schedule = {
    "jobs-sweep": {
        "task": "bpadmin.jobs.tasks.jobs_sweep",
        "schedule": SWEEP_SECONDS,
        # While no worker listens, ticks must not pile up: an old one says nothing that the next does not.
        "options": {"queue": "interactive", "expires": 3 * SWEEP_SECONDS},
    },
    "jobs-tidy": {
        "task": "bpadmin.jobs.tasks.jobs_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "interactive", "expires": TIDY_SECONDS},
    },
    "exports-sweep": {
        "task": "bpadmin.records.tasks.exports_sweep",
        "schedule": EXPORTS_SWEEP_SECONDS,
        "options": {"queue": "interactive", "expires": EXPORTS_SWEEP_SECONDS},
    },
    # A tenant's day begins in its own time zone, so each hour is some tenant's midnight.
    "dnc-expire": {
        "task": "dnc.tasks.dnc_expire",
        "schedule": DNC_EXPIRE_SECONDS,
        "options": {"queue": "interactive", "expires": DNC_EXPIRE_SECONDS},
    },
}
app.autodiscover_tasks()
