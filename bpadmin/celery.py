"""The Celery app: settings come from `settings.CELERY`, tasks from each app's `tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")

from django.conf import settings  # noqa: E402

app = Celery("bpadmin")
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()
