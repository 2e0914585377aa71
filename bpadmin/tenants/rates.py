"""How often one person may have a dialler asked: whoever holds a key down must not use up everybody's share of it."""

from __future__ import annotations

import hashlib
import time

from django.conf import settings

from bpadmin.installation.counters import count
from bpadmin.logs import log_context

MINUTE = 60


def person_too_fast() -> str:
    """Count an act or a read of whoever asks now; returns a sentence where it is one too many, "" else.

    Workers and commands ask for nobody in particular, and have limits of their own.
    """
    context = log_context()
    if "job" in context or not (name := str(context.get("user", ""))):
        return ""
    mark = hashlib.sha256(name.encode()).hexdigest()[:32]
    if count(f"through:{mark}:{int(time.time()) // MINUTE}", 2 * MINUTE) <= settings.PERSON_PER_MINUTE:
        return ""
    return (
        f"You have asked the dialler more than {settings.PERSON_PER_MINUTE} times in a minute. Nothing was sent: "
        "wait a minute, then go on."
    )
