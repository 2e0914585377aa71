"""Fixtures of notifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.notifications.receiving import Mailbox, Receiver
from tests.stack import free_port


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes webhooks."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mail server, which e-mail goes out by."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "bpadmin.notifications.delivery.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", controller.port, False
    settings.PUBLIC_ADDRESS = "https://dial.example.com"
    yield box
    controller.stop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move the time of Django's clock on by timedelta's arguments."""
    from datetime import timedelta

    from django.utils import timezone

    real = timezone.now
    moved = [timedelta()]

    def on(**by: float) -> None:
        moved[0] += timedelta(**by)

    monkeypatch.setattr(timezone, "now", lambda: real() + moved[0])
    return on
