"""The demo begins with what no API tells already said."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.dialler.types import Actor
from bpadmin.embedded.demo import PURPOSES, demo_ensure, demo_known_keep
from bpadmin.tenants.models import Tenant
from dnc.entries.everywhere import places_for
from dnc.lists.sync import dnc_list_change, dnc_lists_refresh
from dnc.models import DncList, Purpose
from tests.fixtures_tenants import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(sandbox: Any, settings: Any, tmp_path: Any) -> Tenant:
    """The demo's main tenant as it is at the first start."""
    settings.DATA_DIR = tmp_path
    sandbox.seed("demo")
    demo_ensure(sandbox_url=sandbox.url)
    demo_known_keep(sandbox_url=sandbox.url)
    return Tenant.objects.get(slug="demo")


def test_every_do_not_call_list_says_what_it_is_for(demo: Tenant) -> None:
    told = {each.name: each.told_purpose for each in DncList.objects.filter(tenant=demo)}
    assert told == PURPOSES


def test_a_number_goes_into_the_own_opt_outs_alone(demo: Tenant) -> None:
    assert [each.dnc_list.name for each in places_for(demo, "650 555 0100") if each.is_usual] == ["Company do-not-call"]
    page = browser_of(demo).get(reverse("dnc:everywhere", args=["demo"]), {"number": "6505550100"}).content.decode()
    assert page.count(" checked>") == 1


def test_what_a_person_says_of_a_list_stays(demo: Tenant, sandbox: Any) -> None:
    for name, purpose in (("Sperrliste DACH", Purpose.OWN), ("Known litigators", Purpose.UNSAID)):
        dnc_list_change(dnc_list=DncList.objects.get(tenant=demo, name=name), actor=Actor(name="sam"), purpose=purpose)
    demo_known_keep(sandbox_url=sandbox.url)
    told = {each.name: each.told_purpose for each in DncList.objects.filter(tenant=demo)}
    assert (told["Sperrliste DACH"], told["Known litigators"]) == (Purpose.OWN, Purpose.UNSAID)


def test_lists_that_a_worker_found_first_are_told_too(demo: Tenant, sandbox: Any) -> None:
    DncList.objects.filter(tenant=demo).delete()
    dnc_lists_refresh(tenant=demo)
    demo_known_keep(sandbox_url=sandbox.url)
    assert {each.name: each.told_purpose for each in DncList.objects.filter(tenant=demo)} == PURPOSES
