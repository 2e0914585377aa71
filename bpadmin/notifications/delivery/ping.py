"""A sign of life to an address of the operator's choice: who misses it knows that the scheduler is dead."""

from __future__ import annotations

import logging

from django.conf import settings

from bpadmin.notifications.delivery.http import Answer, request_send

log = logging.getLogger(__name__)


def ping_send() -> Answer | None:
    """Call the operator's address, be it a private one; None where there is none."""
    if not settings.PING_URL:
        return None
    answer = request_send("GET", settings.PING_URL, check=lambda url: None)
    if not answer.is_ok:
        log.warning("the address of BPADMIN_PING_URL did not take the sign of life: %s", answer.words)
    return answer
