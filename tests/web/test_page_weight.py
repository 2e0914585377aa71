"""Pages are no heavier than they need to be: no indentation, and no more than so many bytes before compression."""

from __future__ import annotations

import re

import pytest
from django.template import engines
from django.test import Client
from django.urls import reverse

from bpadmin.tenants.models import Tenant
from bpadmin.web.compression import without_indentation

SHOWN_AS_IT_IS = re.compile(r"<(pre|textarea)\b.*?</\1>", re.DOTALL)


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<ul>\n    <li>a</li>\n\n    <li>b</li>\n</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a  \t\n  b", "a\nb"),
        ("a  b", "a  b"),
        ("<pre>\n  kept\n    so\n</pre>\n  <b>", "<pre>\n  kept\n    so\n</pre>\n<b>"),
        ('<textarea rows="2">\n  x\n</textarea>\n   <i>', '<textarea rows="2">\n  x\n</textarea>\n<i>'),
        ("<prefix>\n  x", "<prefix>\nx"),
    ],
)
def test_indentation_goes_where_a_browser_does_not_show_it(source: str, sent: str) -> None:
    assert without_indentation(source) == sent


def test_a_value_keeps_its_line_breaks_and_spaces() -> None:
    template = engines["django"].from_string(without_indentation("<p>\n    {{ note }}\n</p>"))
    assert template.render({"note": "one\n    two"}) == "<p>\none\n    two\n</p>"


def test_no_page_carries_the_indentation_of_its_templates(tenant: Tenant, supervisor_client: Client) -> None:
    for name in ("campaigns:index", "lists:index", "jobs:index", "results:home"):
        page = supervisor_client.get(reverse(name, args=[tenant.slug])).content.decode()
        assert "<nav" in page
        assert re.search(r"\n[ \t]", SHOWN_AS_IT_IS.sub("", page)) is None, name
