"""Fixtures: the tenant's folder for feeds, and a list on the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lists.services import list_format_say
from tests.feeds.feeding import FIELDS, SPECS


@pytest.fixture
def folder(tenant: Any, settings: Any, tmp_path: Path) -> Path:
    settings.FEED_FOLDER = str(tmp_path / "feeds")
    made = tmp_path / "feeds" / str(tenant.slug)
    made.mkdir(parents=True)
    return made


@pytest.fixture
def spring(tenant: Any, sandbox: Any) -> str:
    """A list that is bound to a campaign, and of which somebody has said which fields it has."""
    made = str(sandbox.create_list("Spring", FIELDS, bind=[sandbox.create_campaign("Renewals", rate=0)]))
    list_format_say(tenant=tenant, list_id=made, list_name="Spring", fields=SPECS, actor=None)
    return made
