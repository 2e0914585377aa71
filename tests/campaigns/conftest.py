"""Fixtures of the campaign tests: a campaign that was called, for the exports."""

from __future__ import annotations

import pytest

from bpadmin.records.exports import reader
from tests.campaigns.exporting import World


@pytest.fixture
def world(sandbox):
    """The campaign with its list of 2,500 records."""
    return World(sandbox)


@pytest.fixture
def small(sandbox):
    """The same with 60 records."""
    return World(sandbox, 60)


@pytest.fixture
def one_page_a_turn(monkeypatch):
    """Let a turn of the engine read one page only."""
    monkeypatch.setattr(reader, "TURN_SECONDS", 0.0)
