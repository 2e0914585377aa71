"""Nothing inline, nothing from elsewhere, on any page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from bpadmin.tenants.models import Tenant

ROOT = Path(django_settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))

FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a <style> element": r"<style\b",
    "a script without a source": r"<script(?![^>]*\bsrc=)[^>]*>",
    "an on… attribute": r"<[a-zA-Z][^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "a value that htmx would evaluate": r"hx-(?:vals|headers|vars)\s*=\s*['\"]\s*js:",
    "a javascript: address": r"javascript:",
    "text marked safe": r"\|\s*safe\b|{%\s*autoescape off",
    "something from elsewhere": r"(?:src|href|action)\s*=\s*['\"](?:https?:)?//",
    "href='#'": r"href=\"#\"",
}


def holding(paths: list[Path], pattern: str) -> list[str]:
    """Name the files that hold a pattern outside of template comments."""
    comment = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)
    return [str(path.relative_to(ROOT)) for path in paths if re.search(pattern, comment.sub("", path.read_text()))]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    assert holding(TEMPLATES, FORBIDDEN[what]) == []


def test_every_kind_of_file_was_looked_at() -> None:
    assert TEMPLATES
    assert STYLES
    assert SCRIPTS


@pytest.mark.parametrize("pattern", [r"https?://", r"url\(", r"\beval\(", r"\binnerHTML\b", r"\.style\b"])
def test_no_static_file_holds(pattern: str) -> None:
    assert holding(STYLES + SCRIPTS, pattern) == []


def pages(tenant: Tenant) -> list[str]:
    return [
        "/",
        reverse("sign_in"),
        reverse("password"),
        reverse("tenants:index"),
        reverse("tenants:settings", args=[tenant.slug]),
        reverse("tenants:people", args=[tenant.slug]),
        reverse("tenants:test", args=[tenant.slug]),
        reverse("audit:index", args=[tenant.slug]),
        reverse("campaigns:index", args=[tenant.slug]),
        reverse("lists:index", args=[tenant.slug]),
        reverse("jobs:index", args=[tenant.slug]),
        "/no-such-page/",
        "/static/no-such-file.css",
    ]


@pytest.mark.django_db
def test_every_answer_carries_the_policy(administrator_client: Client, client: Client, tenant: Tenant) -> None:
    for url in pages(tenant):
        for browser in (administrator_client, client):
            response = browser.get(url)
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy, url
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pages_of_people_stay_out_of_shared_caches(administrator_client: Client, tenant: Tenant) -> None:
    response = administrator_client.get(reverse("audit:index", args=[tenant.slug]))
    assert "private" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_htmx_evaluates_nothing(administrator_client: Client, tenant: Tenant) -> None:
    page = administrator_client.get(reverse("audit:index", args=[tenant.slug])).content.decode()
    assert '"allowEval": false' in page
    assert '"includeIndicatorStyles": false' in page


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_words(administrator: Any, tenant: Tenant) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    response = client.post(reverse("tenants:settings", args=[tenant.slug]), {"name": "x"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    tenant.refresh_from_db()
    assert tenant.name == "Acme Support"


@pytest.mark.django_db
def test_where_weaknesses_are_reported_is_told_where_the_operator_has_said_it(client: Client, settings: Any) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.com"
    text = client.get("/.well-known/security.txt").content.decode()
    assert text.startswith("Contact: mailto:security@example.com\nExpires: ")


@pytest.mark.django_db
def test_no_cache_keeps_a_page_of_somebody_who_has_signed_in(viewer_client: Client) -> None:
    assert viewer_client.get("/tenants/").headers["Cache-Control"] == "private, no-store"
