"""The page of sources: listed by the platform, named by people, searched, and what is said when there are none."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bpadmin.audit.models import AuditEntry
from bpadmin.records.models import NamedSource
from bpadmin.tenants.models import Role
from tests.fixtures_tenants import browser_of
from tests.lists.records.test_records import FIELDS, rows, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def voice(sandbox) -> str:
    """A voice campaign with two requests."""
    return sandbox.create_voice_campaign(
        "Recalls", requests=[{"contact_number": "48500100200"}, {"contact_number": "48500100201"}]
    )


def named(client, tenant, **said: str):
    """Name a source as the form does."""
    return client.post(reverse("records:add", args=[tenant.slug]), said, follow=True)


def test_lists_are_sources_by_campaign_with_their_totals(tenant, sandbox, viewer_client):
    campaign = sandbox.create_campaign("Renewals")
    sandbox.create_list("Spring", FIELDS, bind=[campaign], records=rows(3))
    sandbox.create_list("Autumn", FIELDS, bind=[campaign], records=rows(2))
    url = reverse("records:index", args=[tenant.slug])
    shown = text(viewer_client.get(url))
    assert "2 sources of records" in shown
    assert "Autumn Renewals 2 Spring Renewals 3" in shown
    narrowed = text(viewer_client.get(url, {"q": "spring"}))
    assert "1 of 2 sources" in narrowed
    assert "Autumn" not in narrowed
    assert reverse("records:add", args=[tenant.slug]) not in viewer_client.get(url).content.decode()


def test_contacts_of_jtel_are_one_source_for_each_campaign_and_one_for_all(jtel_tenant, sandbox):
    sandbox.create_jtel_campaign("Winback")
    shown = text(browser_of(jtel_tenant).get(reverse("records:index", args=[jtel_tenant.slug])))
    assert "2 sources of contacts" in shown
    assert "All contacts Winback" in shown


def test_a_source_is_named_once_tried_and_found_by_its_name(conpeek_tenant, voice):
    client = browser_of(conpeek_tenant)
    index = reverse("records:index", args=[conpeek_tenant.slug])
    assert "Name it once , and everybody here finds it" in text(client.get(index))
    page = text(named(client, conpeek_tenant, voice_campaign_id=f" {voice} ", name="Website recalls"))
    assert "“Website recalls” is kept. It answers: a request was read." in page
    assert "48500100200" in page
    assert "Website recalls" in text(client.get(index))
    entry = AuditEntry.objects.get(verb="source.add")
    assert (entry.target_id, entry.target_name, entry.actor_name) == (voice, "Website recalls", "sam")
    assert "is here already, as “Website recalls”" in text(named(client, conpeek_tenant, voice_campaign_id=voice))


def test_what_the_platform_does_not_know_is_not_kept(conpeek_tenant, voice):
    client = browser_of(conpeek_tenant)
    assert "Nothing was kept" in text(named(client, conpeek_tenant, voice_campaign_id="0" * 24, name="Nowhere"))
    assert "letters and digits only" in text(named(client, conpeek_tenant, voice_campaign_id="https://x/y"))
    assert not NamedSource.objects.exists()


def test_what_cannot_be_tried_now_is_kept_and_said_so(conpeek_tenant, voice, sandbox):
    sandbox.faults([{"kind": "http_503", "probability": 1.0, "times": 50}])
    client = browser_of(conpeek_tenant)
    client.post(
        reverse("records:add", args=[conpeek_tenant.slug]), {"voice_campaign_id": voice, "name": "Website recalls"}
    )
    assert NamedSource.objects.get().name == "Website recalls"
    assert "could not be tried now" in AuditEntry.objects.get(verb="source.add").message


def test_a_named_source_is_renamed_and_removed(conpeek_tenant, voice, sandbox):
    other = sandbox.create_voice_campaign("Surveys")
    client = browser_of(conpeek_tenant)
    named(client, conpeek_tenant, voice_campaign_id=voice, name="Recalls")
    named(client, conpeek_tenant, voice_campaign_id=other, name="Surveys")
    known = NamedSource.objects.get(name="Recalls")
    rename = reverse("records:rename", args=[conpeek_tenant.slug, known.pk])
    assert "a source “Surveys” already" in text(client.post(rename, {"name": "Surveys"}))
    assert "is called “Callbacks” now" in text(client.post(rename, {"name": "Callbacks"}, follow=True))
    remove = reverse("records:remove", args=[conpeek_tenant.slug, known.pk])
    assert "Nothing changes on the platform" in text(client.get(remove))
    assert "no longer listed" in text(client.post(remove, follow=True))
    assert list(NamedSource.objects.values_list("name", flat=True)) == ["Surveys"]
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert [verb for verb in verbs if verb.startswith("source")][2:] == ["source.rename", "source.remove"]


def test_a_viewer_names_nothing_and_neither_does_anybody_where_the_platform_lists(tenant, conpeek_tenant, voice):
    viewer = browser_of(conpeek_tenant, Role.VIEWER, name="viola")
    assert viewer.get(reverse("records:add", args=[conpeek_tenant.slug])).status_code == 403
    supervisor = browser_of(tenant)
    assert supervisor.get(reverse("records:add", args=[tenant.slug])).status_code == 404


def test_an_empty_and_an_unreachable_dialler_are_told_apart(tenant, sandbox, viewer_client):
    url = reverse("records:index", args=[tenant.slug])
    assert "No records to read yet" in text(viewer_client.get(url))
    viewer_client.post(reverse("records:read_again", args=[tenant.slug]))
    sandbox.faults([{"kind": "http_503", "probability": 1.0, "times": 50}])
    assert "This page asks again by itself" in text(viewer_client.get(url))
