"""The page of all components is there while somebody debugs, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_is_there_while_debugging_alone(stranger_client: Client, settings: Any) -> None:
    assert stranger_client.get("/design/").status_code == 404
    settings.DEBUG = True
    page = stranger_client.get("/design/").content.decode()
    for name in ("design__theme--light", "design__theme--dark", "banner--bad", "badge--ok", "button--danger"):
        assert name in page


def test_it_asks_for_a_sign_in(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert client.get("/design/").status_code == 302
