"""Conditions: made of what people say, refused in words, read back, and written into addresses and back."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from bpadmin.platforms.conpeek.filters import FILTERS
from bpadmin.platforms.sources import Condition, FilterKind, SourceFilter
from bpadmin.records.conditions import (
    ConditionRefused,
    condition_made,
    conditions_query,
    conditions_read,
    conditions_sentence,
)
from bpadmin.records.models import SavedView
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.saved import ViewRefused, view_conditions

BERLIN = ZoneInfo("Europe/Berlin")
KNOWN = {each.name: each for each in FILTERS}
ALL = (
    Condition("state", ("OPEN", "CLOSED")),
    Condition("created_date", "2026-02-28T23:00:00+00:00", "gte"),
    Condition("created_date", "2026-10-25T00:30:00+00:00", "lte"),
    Condition("created_date", "2026-10-25T01:30:00+00:00", "lte"),
    Condition("custom_fields", "Köln & Umgebung", key="city"),
    Condition("priority", "3", "gt"),
    Condition("tenant_user_id", ("17", "18")),
    Condition("close_reason", ("CONSULTANT", "BUSY")),
)


def made(name: str, *values: str, **options: str) -> Condition | None:
    return condition_made(KNOWN[name], values=values, zone=BERLIN, **options)


def test_an_address_holds_every_kind_of_condition_and_gives_it_back() -> None:
    parts = conditions_query(ALL, FILTERS, zone=BERLIN)
    address = QueryDict(mutable=True)
    for name, value in parts:
        address.appendlist(name, value)
    form = FilterForm(QueryDict(address.urlencode()), filters=FILTERS, time_zone="Europe/Berlin")
    assert form.is_valid
    assert form.conditions == ALL
    assert ("v2", "2026-03-01T00:00") in parts


def test_times_are_the_tenants_and_sent_in_utc() -> None:
    assert made("created_date", "2026-03-01T09:00") == Condition("created_date", "2026-03-01T08:00:00+00:00", "gte")
    assert made("created_date", "2026-03-01T09:00+05:00").value == "2026-03-01T04:00:00+00:00"


def test_several_values_stand_in_lines_or_between_commas() -> None:
    assert made("tenant_user_id", "17, 18\n19\n\n17").value == ("17", "18", "19")


def test_nothing_said_is_no_condition() -> None:
    assert made("close_reason", " ", "") is None
    assert made("custom_fields") is None


@pytest.mark.parametrize(
    ("name", "values", "options", "words"),
    [
        ("priority", ["high"], {}, "is no number"),
        ("created_date", ["yesterday"], {}, "is no time"),
        ("state", ["ASLEEP"], {}, "is never “ASLEEP”"),
        ("priority", ["1"], {"operator": "like"}, "has no operator “like”"),
        ("custom_fields", ["Berlin"], {}, "needs it: Name of the field"),
        ("custom_fields", [""], {"key": "city"}, "which value"),
        ("contact_number", ["1", "2"], {}, "one value at a time"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(name, values, options, words) -> None:
    with pytest.raises(ConditionRefused, match=words):
        made(name, *values, **options)


def test_a_flag_is_ticked_or_left_out() -> None:
    flag = SourceFilter("invalid", "Invalid", FilterKind.FLAG)
    assert condition_made(flag, values=["on"], zone=UTC) == Condition("invalid", "true")
    with pytest.raises(ConditionRefused, match="ticked"):
        condition_made(flag, values=["false"], zone=UTC)


def test_json_is_taken_in_our_spelling_and_in_conpeeks_whose_times_are_utc() -> None:
    given = [
        {"name": "created_date", "operator": "gte", "value": "2026-03-01T00:00"},
        {"property": "created_date", "operator": "gte", "value": "2026-03-01 00:00:00"},
        {"property": "tenant_user_id", "value": [17, 18]},
    ]
    ours, theirs, users = conditions_read(given, FILTERS, zone=BERLIN)
    assert (ours.value, theirs.value) == ("2026-02-28T23:00:00+00:00", "2026-03-01T00:00:00+00:00")
    assert users.value == ("17", "18")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([{"name": "mood", "value": "good"}], "cannot be filtered by “mood”, only by: state"),
        ([{"name": "state"}], "needs a value"),
        ([{"value": "x"}], "needs a name"),
        (["state"], "JSON list of objects"),
        ([{"name": "state", "value": "x", "opperator": "not"}], "A condition has no “opperator”, only: key, name"),
        ([{"property": "state", "value": "x", "valeu": "y"}], "A condition has no “valeu”"),
    ],
)
def test_json_that_is_no_filter_is_refused_in_words(given, words) -> None:
    with pytest.raises(ConditionRefused, match=words):
        conditions_read(given, FILTERS, zone=BERLIN)


def test_conditions_are_read_back_as_a_sentence() -> None:
    assert conditions_sentence(ALL[:2], FILTERS, zone=BERLIN) == (
        "State: one of Open, Closed; Created: from 1 Mar 2026, 00:00 CET"
    )


def test_buttons_add_and_remove_filters_without_losing_what_was_said() -> None:
    said = QueryDict("f1=priority&o1=gt&v1=x&f2=close_reason&v2=BUSY&attempts=on")
    form = FilterForm(said, filters=FILTERS, time_zone="UTC")
    assert not form.is_valid
    assert form.changed({"add": "state"}) == "?f1=priority&o1=gt&v1=x&f2=close_reason&v2=BUSY&f3=state&attempts=on"
    assert form.changed({"remove": "1"}) == "?f1=close_reason&v1=BUSY&attempts=on"
    assert form.changed({}) is None


def test_few_plain_filters_are_all_there_to_be_filled_in() -> None:
    plain = (SourceFilter("UserData", "User data"), SourceFilter("ID", "ID", FilterKind.NUMBER))
    form = FilterForm(QueryDict("f1=ID&v1=17"), filters=plain, time_zone="UTC")
    assert form.is_simple
    assert [row.found.name for row in form.rows] == ["UserData", "ID"]
    assert form.conditions == (Condition("ID", "17"),)


def test_a_saved_view_that_says_more_than_is_understood_is_not_shown_as_something_else() -> None:
    view = SavedView(name="Mine", conditions=[{"name": "state", "value": "x", "mood": "good"}])
    with pytest.raises(ViewRefused, match="The view “Mine” says “mood”"):
        view_conditions(view)
