"""Django's WSGI application; bpadmin.rsgi serves it. Whatever else does should have a proxy before it that buffers."""

import os

from django.core.wsgi import get_wsgi_application

from bpadmin.embedded.tether import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")

if os.environ.get("BPADMIN_SUPERVISED"):
    # granian's worker outlives a killed granian and would keep the port, so that the web could not start again.
    die_with_parent()

application = get_wsgi_application()

from bpadmin.jobs.queue.restored import start  # noqa: E402 - Django must be ready

start()
