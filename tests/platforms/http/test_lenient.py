"""JSON as the platform and its document really write it."""

from __future__ import annotations

from functools import partial

import pytest

from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.errors import Broken
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
