"""A local time that exists twice or not at all is a question, wherever times are said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from bpadmin.platforms.results import FILTERS
from bpadmin.records.pages.forms import FilterForm
from bpadmin.tenants.times.local_times import TimeUnclear, clock_line, clock_words, moment_said, time_written
from lists.deletions.forms import DeleteRecordsForm

WARSAW = ZoneInfo("Europe/Warsaw")


def test_a_time_that_exists_once_is_that_moment():
    assert moment_said("2026-10-25T04:30", WARSAW) == datetime(2026, 10, 25, 3, 30, tzinfo=UTC)
    assert moment_said("2026-10-25T02:30+01:00", WARSAW) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_asked_for_and_the_one_left_out_refused():
    with pytest.raises(TimeUnclear, match="comes twice in Europe/Warsaw") as twice:
        moment_said("2026-10-25T02:30", WARSAW)
    assert [each.astimezone(UTC).hour for each in twice.value.choices] == [0, 1]
    with pytest.raises(TimeUnclear, match=r"does not exist in Europe/Warsaw.*show 03:30 instead"):
        moment_said("2026-03-29T02:30", WARSAW)


@pytest.mark.parametrize("hour", [0, 1])
def test_both_hours_are_written_so_that_they_are_read_back(hour):
    moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    assert moment_said(time_written(moment.astimezone(WARSAW)), WARSAW) == moment


def test_a_filter_asks_which_hour_is_meant():
    said = QueryDict("f1=kind&v1=completed&f2=startTime&v2=2026-10-25T02:30")
    form = FilterForm(said, filters=FILTERS, time_zone="Europe/Warsaw")
    assert not form.is_valid
    box = str(next(row for row in form.rows if row.found.name == "startTime").value)
    assert "2026-10-25T02:30+02:00" in box
    assert "2026-10-25T02:30+01:00" in box
    said = QueryDict("f1=kind&v1=completed&f2=startTime&v2=2026-10-25T02:30%2B01:00")
    form = FilterForm(said, filters=FILTERS, time_zone="Europe/Warsaw")
    assert form.is_valid
    assert "2026-10-25T01:30:00+00:00" in [each.value for each in form.conditions]


def test_a_form_asks_which_hour_is_meant():
    given = {"created_from": "2026-10-25T02:30", "created_to": "2026-03-29T02:30"}
    form = DeleteRecordsForm(given, usable=(), calling_list=None, time_zone="Europe/Warsaw")
    assert not form.is_valid()
    assert "<option" in str(form["created_from"])
    assert "does not exist" in str(form.errors["created_to"])


def test_commands_write_moments_by_the_clock_of_a_zone_and_name_it():
    moment = datetime(2026, 11, 30, 14, 13, tzinfo=UTC)
    assert clock_line(moment, "America/New_York") == "2026-11-30 09:13 EST"
    assert clock_words(moment, "Asia/Kathmandu") == "30 November 2026 19:58 +0545"


def test_no_command_of_a_tenant_tells_utc():
    root = Path(__file__).parents[1]
    commands = [
        path
        for path in root.glob("**/management/**/*.py")
        if ".venv" not in path.parts and "operations" not in path.parts and "sandbox" not in path.parts
    ]
    assert len(commands) > 50
    assert [path.name for path in commands if re.search(r'%H:%M[^"]*UTC', path.read_text(encoding="utf-8"))] == []
