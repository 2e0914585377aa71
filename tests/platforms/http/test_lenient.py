"""JSON as the platform and its document really write it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.errors import Broken
from bpadmin.platforms.http.lenient import Misshapen, integer_in, number_in, text_in, time_in
from bpadmin.platforms.types import (
    CampaignState,
)
from tests.platforms.http_samples import ANY, said


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff[]",
        "  \n[ ] // nothing today",
        "/* none\nat all */ []",
    ],
)
def test_marks_and_comments_around_json_do_no_harm(body: str) -> None:
    assert decode.read(said(body), ANY, decode.campaigns) == ()


def test_oddities_inside_straight_strings_are_contents() -> None:
    body = '{"state": “RUNNING”, "name": "see http://x // “all” of \\"it\\"", "enabled": true}'
    campaign = decode.read(said(body), ANY, partial(decode.campaign, campaign_id="C"))
    assert campaign.name == 'see http://x // “all” of "it"'
    assert campaign.state is CampaignState.RUNNING


def test_a_latin_body_is_read_when_it_says_so_and_broken_when_it_does_not() -> None:
    body = '[{"id": "1", "name": "Zürich", "state": "STOPPED"}]'.encode("latin-1")
    answer = said(body, **{"content-type": "application/json; charset=ISO-8859-1"})
    assert decode.read(answer, ANY, decode.campaigns)[0].name == "Zürich"
    with pytest.raises(Broken):
        decode.read(said(body), ANY, decode.campaigns)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (number_in, "NaN"),
        (number_in, "-Infinity"),
        (number_in, 1e300),
        (number_in, "1e300"),
        (number_in, [1]),
        (integer_in, "1e300"),
        (integer_in, 10**18),
        (integer_in, -(10**18)),
        (integer_in, 1.5),
        (integer_in, True),
    ],
)
def test_a_number_that_nothing_can_be_reckoned_with_is_refused(
    read: Callable[[dict[str, Any], str], Any], value: object
) -> None:
    with pytest.raises(Misshapen, match="number"):
        read({"it": value}, "it")


@pytest.mark.parametrize("value", [7, 7.0, "7", " 7 ", "7.0"])
def test_a_whole_number_is_read_however_it_is_written(value: object) -> None:
    assert integer_in({"it": value}, "it") == 7


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999", "9999-12-31T23:59:59-14:00"]
)
def test_the_ends_of_the_calendar_are_no_time(text: str) -> None:
    assert time_in({"at": text}, "at") is None


def test_an_id_is_the_same_as_a_floating_point_number() -> None:
    assert [text_in({"id": value}, "id") for value in (500, 500.0, "500")] == ["500"] * 3
