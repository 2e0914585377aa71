"""Template tags: states, numbers, times, fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.jobs.models import ChunkState, JobState
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.templatetags.ui import STATES, duration, number


def render(text: str, **context: Any) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def test_every_state_has_a_colour_and_words() -> None:
    states = [*CampaignState, *JobState, *Outcome]
    assert [state for state in states if str(state) not in STATES] == []
    badges = {state: render("{% state_badge state %}", state=state) for state in states}
    assert {state: badge for state, badge in badges.items() if STATES[str(state)][1] not in badge} == {}


def test_a_state_out_of_the_database_reads_like_the_one_in_code() -> None:
    states = [*JobState, *Outcome, ChunkState.UNCERTAIN, ChunkState.ASK]
    assert {state: STATES[str(state)][1] for state in states} == {state: state.label for state in states}


def test_a_running_campaign_does_not_look_like_a_running_job() -> None:
    assert render("{% state_badge s %}", s=CampaignState.RUNNING) != render("{% state_badge s %}", s=JobState.RUNNING)


def test_a_state_nobody_knows_is_shown_as_text() -> None:
    assert "&lt;new&gt;" in render("{% state_badge s %}", s="<new>")


@pytest.mark.parametrize("value, words", [(0, "0"), (1204567, "1,204,567"), (None, "–"), ("", "–"), (999.6, "1,000")])
def test_numbers_have_their_thousands_apart(value: Any, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (1260, "21 min"),
        (7500, "2 h 5 min"),
        (86400 * 3, "3 days"),
        (-5, "0 s"),
        (None, "–"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_a_moment_is_told_by_its_age() -> None:
    assert "just now" in render("{% ago m %}", m=timezone.now())
    assert ">2 h ago<" in render("{% ago m %}", m=timezone.now() - timedelta(hours=2))
    assert render("{% ago m %}", m=None) == "–"


def test_a_moment_is_told_in_the_tenants_time_zone() -> None:
    page = render(
        "{{ m|local:tenant }}", m=datetime(2026, 7, 4, 1, 30, tzinfo=UTC), tenant=Tenant(time_zone="America/New_York")
    )
    assert "3 Jul 2026, 21:30" in page
    assert 'datetime="2026-07-04T01:30:00+00:00"' in page


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'play' %}")


def test_an_icon_is_drawn_from_the_one_file_of_symbols() -> None:
    assert render("{% icon 'play' %}") == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#play"/></svg>'
    )
    assert 'class="icon--large"' in render("{% icon 'play' 'icon--large' %}")


def test_an_icon_that_nobody_drew_is_an_error_and_no_blank() -> None:
    with pytest.raises(KeyError, match="no symbol 'unicorn'"):
        render("{% icon 'unicorn' %}")


def test_every_icon_that_a_template_names_is_drawn() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    named = {name for source in sources for name in re.findall(r"""(?:{% icon |icon_name=)"([^"]+)\"""", source)}
    assert len(named) > 20
    for name in named:
        assert render(f"{{% icon '{name}' %}}")


class Questions(forms.Form):
    """A form of the tests' own."""

    colour = forms.CharField(help_text="Any colour.")
    is_sure = forms.BooleanField(required=False)


def test_a_field_ties_label_help_and_error_together() -> None:
    page = render("{% field form.colour %}", form=Questions({"colour": ""}))
    assert '<label for="id_colour">Colour</label>' in page
    assert 'aria-describedby="id_colour_help id_colour_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_colour_error"' in page


def test_a_checkbox_stands_before_its_label() -> None:
    page = render("{% field form.is_sure %}", form=Questions())
    assert page.index("<input") < page.index("<label")


def test_paging_keeps_the_query_string(rf: RequestFactory) -> None:
    page = Paginator(list(range(95)), 10).page(2)
    html = render("{% paging page 'rows' %}", page=page, request=rf.get("/?q=a&page=2"))
    assert "?q=a&amp;page=1" in html
    assert "?q=a&amp;page=3" in html
    assert "11–20 of 95 rows" in html


def test_a_foreign_name_turns_nothing_around_it_and_hides_nothing() -> None:
    template = Template("{% load ui %}{{ name|foreign }}")
    said = template.render(Context({"name": "<b>a\u202egpj.exe\x00\u2067"}))
    mark = '<span class="control">U+{}</span>'.format
    assert said == f"<bdi>&lt;b&gt;a{mark('202E')}gpj.exe{mark('0000')}{mark('2067')}</bdi>"
    assert template.render(Context({"name": "שלום\u200f O'Neil"})) == "<bdi>שלום\u200f O&#x27;Neil</bdi>"
