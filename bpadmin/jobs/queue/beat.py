"""Beat shows that it lives, in the database and by its file. Beat loads this and no tasks (`bpadmin/celery.py`)."""

from __future__ import annotations

import os
import socket
import threading

from celery.signals import after_task_publish, beat_init

from bpadmin.installation.alive import alive_touch
from bpadmin.jobs.queue.signs import BEAT, signs_show


@beat_init.connect
def _show(**_: object) -> None:
    """Date the file of beat whenever a message of its has reached the broker, and its row in the database always."""
    beat_shows_itself()
    after_task_publish.connect(lambda **_: alive_touch("beat"), weak=False)


def beat_shows_itself() -> threading.Event:
    """Begin to show that beat lives; setting what is returned ends it."""
    ended = threading.Event()
    name = f"{BEAT}{socket.gethostname()}/{os.getpid()}"[:120]
    told = {"name": name, "queues": "", "slots": 0, "ended": ended}
    threading.Thread(target=signs_show, kwargs=told, name="beat-sign", daemon=True).start()
    return ended
