"""The commands that make, change, delete and bind Do Not Call lists: exit codes and the JSON line."""

from __future__ import annotations

import pytest

from bpadmin.tenants.services import tenant_client
from dnc.models import DncList
from tests.dnc.files.filing import known_list, numbers
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE"}]


def test_a_list_is_made_changed_and_deleted(newer, sandbox):
    code, said = run("dnc_create", newer.slug, "June", "--type", "INTERNAL", "--expire-days", "30")
    assert (code, said["list"], said["type"], said["outcome"]) == (0, "June", "INTERNAL", "done")
    assert run("dnc_create", newer.slug, "June", "--type", "INTERNAL")[0] == 1
    code, said = run("dnc_change", newer.slug, "June", "--name", "July", "--no-expiry")
    assert (code, said["list"]) == (0, "July")
    with tenant_client(newer) as client:
        info = client.get_dnc_list(said["list_id"])
    assert (info.name, info.expire_records) == ("July", False)
    code, said = run("dnc_drop", newer.slug, "July", "--reason", "test")
    assert code == 1
    assert "Give --yes" in said["error"]
    assert run("dnc_drop", newer.slug, "July", "--reason", "test", "--yes")[0] == 0
    assert sandbox.state()["dnc"] == []
    assert run("dnc_drop", newer.slug, "July", "--reason", "test", "--yes")[0] == 1


def test_a_list_of_excluded_records_is_emptied_at_the_tenants_time(newer, sandbox):
    sandbox.create_list("Accounts", FIELDS)
    said = ("Paid", "--type", "EXCLUSION", "--field", "id", "--reset-daily", "04:00")
    assert run("dnc_create", newer.slug, *said)[0] == 0
    remote_id = DncList.objects.get().remote_id
    with tenant_client(newer) as client:
        assert client.get_dnc_list(remote_id).reset_time == "04:00:00 AM +00:00"
        assert run("dnc_change", newer.slug, "Paid", "--no-reset")[0] == 0
        assert client.get_dnc_list(remote_id).reset_daily is False


REFUSED = [
    (("INTERNAL", "--country", "US"), "A list of phone numbers has no country"),
    (("GEOGRAPHIC_POSTAL",), "Say of which country"),
    (("AREA_CODES", "--country", "US", "--expire-days", "9"), "has no entries that expire by themselves"),
    (("INTERNAL", "--expire-days", "400"), "0 to 365 days, not after 400"),
    (("INTERNAL", "--field", "id"), "has no field"),
    (("EXCLUSION",), "Name the field"),
    (("EXCLUSION", "--field", "id", "--reset-daily", "25:00"), "is no time of day"),
    (("EXCLUSION", "--field", "id", "--reset-daily", "04:00", "--zone", "Mars"), "There is no time zone “Mars”"),
    (("EXCLUSION", "--field", "id", "--zone", "UTC"), "--zone belongs to --reset-daily"),
]


def test_what_breaks_a_rule_is_refused_before_anything_is_sent(newer, sandbox):
    for given, words in REFUSED:
        code, said = run("dnc_create", newer.slug, "June", "--type", *given)
        assert code == 1, given
        assert words in said["error"], given
    assert "create_dnc_list" not in sandbox.stats()["requests"]


def test_a_list_is_bound_and_unbound(newer, sandbox):
    campaign = sandbox.create_campaign("Renewals")
    known_list(newer, sandbox, numbers(3))
    both = (newer.slug, "Company DNC", "Renewals")
    code, said = run("dnc_bind", *both, "--disposition", "Number matches DNC", "--allow-append")
    assert (code, said["campaign_id"], said["disposition"]) == (0, campaign, "Number matches DNC")
    assert sandbox.blocked(numbers(1)[0], campaign=campaign)["blocked"]
    assert run("dnc_bind", *both, "--disposition", "Number matches DNC")[0] == 1
    code, said = run("dnc_unbind", *both, "--reason", "test")
    assert (code, "Give --yes" in str(said["error"])) == (1, True)
    code, said = run("dnc_unbind", *both, "--reason", "test", "--yes")
    assert (code, said["outcome"]) == (0, "done")
    assert not sandbox.blocked(numbers(1)[0], campaign=campaign)["blocked"]
    assert run("dnc_unbind", *both, "--reason", "test", "--yes")[0] == 1


def test_an_older_tenant_is_told_that_it_does_not_offer_this(tenant, sandbox):
    sandbox.create_campaign("Renewals")
    known_list(tenant, sandbox)
    made = ("dnc_create", "June", "--type", "INTERNAL")
    for name, *arguments in (
        made,
        ("dnc_change", "Company DNC", "--name", "x"),
        ("dnc_drop", "Company DNC", "--reason", "x", "--yes"),
        ("dnc_bind", "Company DNC", "Renewals", "--disposition", "x"),
        ("dnc_unbind", "Company DNC", "Renewals", "--reason", "x", "--yes"),
    ):
        code, said = run(name, tenant.slug, *arguments)
        assert code == 1
        assert "Contact Center Administrator" in str(said["error"])
