"""Entry point for granian: `granian --interface rsgi bpadmin.rsgi:application`."""

import logging
from pathlib import Path

from django.conf import settings

from bpadmin.extensions import extensions_load
from bpadmin.logs import SecretsHidden
from bpadmin.platforms import platforms_load
from bpadmin.web.server.application import Server
from bpadmin.wsgi import application as pages

# The server's own log of requests has each address.
logging.getLogger("granian.access").addFilter(SecretsHidden())

# What the first pages would else wait for.
extensions_load()
platforms_load()

application = Server(pages, threads=settings.WEB_THREADS, folder=Path(settings.MEDIA_ROOT) / "downloads")
