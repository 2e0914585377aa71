"""The Celery app: settings come from `settings.CELERY`, tasks from each app's `tasks.py`; beat drives the sweep."""

import os
import sys
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
from django.conf import settings

from bpadmin.pace import scaled

IS_CELERY = "celery" in Path(sys.argv[0]).parts[-2:]
# Beat sends tasks by their names and runs none: without them it takes twenty megabytes less.
IS_BEAT = IS_CELERY and "beat" in sys.argv[1:]
if IS_CELERY:
    # Django's checks load all pages, fifteen megabytes in each process that serves none; `migrate` has run them.
    os.environ["CELERY_SKIP_CHECKS"] = "1"

SWEEP_SECONDS = scaled(2.0, least=1.0)
DNC_EXPIRE_SECONDS = 3600.0
EXPORTS_SWEEP_SECONDS = 3600.0
TIDY_SECONDS = 3600.0
PLANS_SWEEP_SECONDS = scaled(10.0, least=1.0)
FEEDS_SWEEP_SECONDS = scaled(10.0, least=1.0)
ACTIONS_SWEEP_SECONDS = 10.0
AUDIT_SEAL_SECONDS = 60.0
CATALOGUES_SWEEP_SECONDS = scaled(5.0, least=1.0)
RESULTS_SECONDS = scaled(15.0, least=5.0)
NOTIFY_SECONDS = scaled(5.0, least=1.0)
WATCH_SECONDS = scaled(30.0, least=5.0)
REPORTS_SECONDS = scaled(10.0, least=1.0)
PING_SECONDS = 60.0

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
    "audit-seal": {
        "task": "bpadmin.audit.tasks.entries_seal",
        "schedule": AUDIT_SEAL_SECONDS,
        "options": {"queue": "bulk", "expires": AUDIT_SEAL_SECONDS},
    },
    "catalogues-sweep": {
        "task": "bpadmin.dialler.tasks.catalogues_sweep",
        "schedule": CATALOGUES_SWEEP_SECONDS,
        "options": {"queue": "interactive", "expires": 3 * CATALOGUES_SWEEP_SECONDS},
    },
    "plans-sweep": {
        "task": "bpadmin.plans.tasks.plans_sweep",
        "schedule": PLANS_SWEEP_SECONDS,
        "options": {"queue": "interactive", "expires": 3 * PLANS_SWEEP_SECONDS},
    },
    "plans-tidy": {
        "task": "bpadmin.plans.tasks.plans_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    "feeds-sweep": {
        "task": "bpadmin.feeds.tasks.feeds_sweep",
        "schedule": FEEDS_SWEEP_SECONDS,
        "options": {"queue": "interactive", "expires": 3 * FEEDS_SWEEP_SECONDS},
    },
    "feeds-tidy": {
        "task": "bpadmin.feeds.tasks.feeds_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    "exports-sweep": {
        "task": "bpadmin.records.tasks.exports_sweep",
        "schedule": EXPORTS_SWEEP_SECONDS,
        "options": {"queue": "bulk", "expires": EXPORTS_SWEEP_SECONDS},
    },
    # Reading takes as long as the diallers' answers do; two ticks at once share no tenant.
    "results-read": {
        "task": "bpadmin.results.tasks.results_read",
        "schedule": RESULTS_SECONDS,
        "options": {"queue": "bulk", "expires": 2 * RESULTS_SECONDS},
    },
    "results-tidy": {
        "task": "bpadmin.results.tasks.results_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    # A job's end is told at once, also while all bulk workers are busy; the rest has time.
    "notifications-jobs": {
        "task": "bpadmin.notifications.tasks.jobs_watch",
        "schedule": NOTIFY_SECONDS,
        "options": {"queue": "interactive", "expires": 3 * NOTIFY_SECONDS},
    },
    "notifications-watch": {
        "task": "bpadmin.notifications.tasks.tenants_watch",
        "schedule": WATCH_SECONDS,
        "options": {"queue": "bulk", "expires": 2 * WATCH_SECONDS},
    },
    "notifications-send": {
        "task": "bpadmin.notifications.tasks.messages_send",
        "schedule": NOTIFY_SECONDS,
        "options": {"queue": "bulk", "expires": 3 * NOTIFY_SECONDS},
    },
    "notifications-tidy": {
        "task": "bpadmin.notifications.tasks.messages_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    "reports-sweep": {
        "task": "bpadmin.reports.tasks.reports_sweep",
        "schedule": REPORTS_SECONDS,
        "options": {"queue": "bulk", "expires": 3 * REPORTS_SECONDS},
    },
    "reports-tidy": {
        "task": "bpadmin.reports.tasks.reports_tidy",
        "schedule": TIDY_SECONDS,
        "options": {"queue": "bulk", "expires": TIDY_SECONDS},
    },
    # A tenant's day begins in its own time zone, so each hour is some tenant's midnight.
    "dnc-expire": {
        "task": "dnc.tasks.dnc_expire",
        "schedule": DNC_EXPIRE_SECONDS,
        "options": {"queue": "bulk", "expires": DNC_EXPIRE_SECONDS},
    },
}
if settings.PING_URL:
    app.conf.beat_schedule["ping"] = {
        "task": "bpadmin.notifications.tasks.ping_send",
        "schedule": PING_SECONDS,
        "options": {"queue": "interactive", "expires": PING_SECONDS},
    }
# By this beat shows that it lives; it loads no tasks.
app.conf.imports = ("bpadmin.jobs.queue.beat",)
if not IS_BEAT:
    app.autodiscover_tasks()
