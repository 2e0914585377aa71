"""Campaigns are read, found, started and stopped; every refusal comes back in words."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.catalogue import campaign_find, campaign_read, campaigns_read
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.services import tenant_create
from campaigns.services import campaign_start, campaign_stop

RUNNING, STOPPED, DISABLED = "Renewals", "Win back", "Old survey"


@pytest.fixture(autouse=True)
def small_tenant(sandbox: Any) -> None:
    """Three campaigns: one running, one stopped, one disabled."""
    sandbox.seed("small")


def act(service: Any, tenant: Any, sandbox: Any, name: str, **extra: Any) -> Any:
    return service(tenant=tenant, campaign_id=sandbox.campaign_id(name), name=name, actor=None, **extra)


def state_of(sandbox: Any, name: str) -> str:
    return next(each["state"] for each in sandbox.state()["campaigns"] if each["name"] == name)


def as_user(sandbox: Any, client_id: str) -> Any:
    """Return a tenant whose platform user has fewer privileges."""
    credentials = {"client_id": client_id, "client_secret": "sandbox-secret"}
    return tenant_create(
        slug=client_id, name=client_id, platform="brightpattern", base_url=sandbox.url, credentials=credentials
    )


def test_it_starts_a_stopped_campaign_and_logs_it(tenant: Any, sandbox: Any, supervisor: Any) -> None:
    change = campaign_start(tenant=tenant, campaign_id=sandbox.campaign_id(STOPPED), name=STOPPED, actor=supervisor)
    assert change.outcome == Outcome.DONE
    assert change.sentence == "“Win back” is running."
    assert state_of(sandbox, STOPPED) == "RUNNING"
    entry = AuditEntry.objects.get(verb=Verb.CAMPAIGN_START)
    assert (entry.actor_name, entry.target_name, entry.outcome) == ("sam", STOPPED, Outcome.DONE)
    assert entry.duration_ms is not None


def test_it_stops_a_running_campaign(tenant: Any, sandbox: Any) -> None:
    change = act(campaign_stop, tenant, sandbox, RUNNING, actor_name="shell")
    assert (change.outcome, change.state) == (Outcome.DONE, CampaignState.STOPPED)
    assert state_of(sandbox, RUNNING) == "STOPPED"
    assert AuditEntry.objects.get(verb=Verb.CAMPAIGN_STOP).actor_name == "shell"


def test_every_reader_sees_the_new_state_at_once(tenant: Any, sandbox: Any) -> None:
    campaign_id = sandbox.campaign_id(STOPPED)
    assert campaign_read(tenant, campaign_id).value.state == CampaignState.STOPPED
    campaigns_read(tenant)
    act(campaign_start, tenant, sandbox, STOPPED)
    assert campaign_read(tenant, campaign_id).value.state == CampaignState.RUNNING
    states = {each.name: each.state for each in campaigns_read(tenant).value}
    assert states[STOPPED] == CampaignState.RUNNING


def test_the_new_state_shows_even_while_the_platform_is_away(tenant: Any, sandbox: Any) -> None:
    campaign_id = sandbox.campaign_id(STOPPED)
    campaign_read(tenant, campaign_id)
    campaigns_read(tenant)
    act(campaign_start, tenant, sandbox, STOPPED)
    tenant.base_url = "http://127.0.0.1:9"
    seen = campaign_read(tenant, campaign_id)
    assert seen.error
    assert seen.value.state == CampaignState.RUNNING
    assert {each.name: each.state for each in campaigns_read(tenant).value}[STOPPED] == CampaignState.RUNNING


def test_starting_a_running_campaign_says_that_it_runs_already(tenant: Any, sandbox: Any) -> None:
    change = act(campaign_start, tenant, sandbox, RUNNING)
    assert change.outcome == Outcome.REFUSED
    assert change.sentence == "“Renewals” is already running."
    assert change.state == CampaignState.RUNNING


def test_it_says_who_started_it_when_that_was_done_here(tenant: Any, sandbox: Any, supervisor: Any) -> None:
    act(campaign_start, tenant, sandbox, STOPPED, actor_name="sam")
    change = act(campaign_start, tenant, sandbox, STOPPED)
    assert change.sentence.startswith("“Win back” is already running. sam started it from here on ")


def test_it_does_not_claim_a_starter_when_the_last_act_here_was_a_stop(tenant: Any, sandbox: Any) -> None:
    act(campaign_stop, tenant, sandbox, RUNNING, actor_name="sam")
    change = act(campaign_stop, tenant, sandbox, RUNNING)
    assert "sam stopped it from here" in change.sentence
    sandbox.seed("small")
    again = act(campaign_start, tenant, sandbox, RUNNING)
    assert again.sentence == "“Renewals” is already running."


@pytest.mark.parametrize(("service", "past"), [(campaign_start, "started"), (campaign_stop, "stopped")])
def test_a_disabled_campaign_is_refused_with_what_to_do(tenant: Any, sandbox: Any, service: Any, past: str) -> None:
    # The platform says 409 for "disabled" and for "already stopped" alike, and a disabled campaign stands stopped.
    change = act(service, tenant, sandbox, DISABLED)
    assert change.outcome == Outcome.REFUSED
    assert f"is disabled, so it cannot be {past}. Enable it in the Bright Pattern Administrator" in change.sentence


def test_a_missing_privilege_is_named(sandbox: Any, db: None) -> None:
    change = act(campaign_start, as_user(sandbox, "viewer-only"), sandbox, STOPPED)
    assert change.outcome == Outcome.REFUSED
    assert "“Start campaigns and enable lists”" in change.sentence
    assert state_of(sandbox, STOPPED) == "STOPPED"


def test_a_campaign_that_is_gone_is_said_to_be_gone(tenant: Any, sandbox: Any) -> None:
    change = campaign_stop(tenant=tenant, campaign_id="00000000-0000-0000-0000-000000000000", name="Ghost", actor=None)
    assert change.outcome == Outcome.REFUSED
    assert "knows no campaign “Ghost” any more" in change.sentence


def test_an_unreachable_platform_is_said_to_have_changed_nothing(sandbox: Any, db: None) -> None:
    nowhere = tenant_create(
        slug="nowhere",
        name="Nowhere",
        platform="brightpattern",
        base_url="http://127.0.0.1:9",
        credentials=sandbox.credentials,
    )
    change = act(campaign_start, nowhere, sandbox, STOPPED)
    assert change.outcome == Outcome.REFUSED
    assert change.sentence.startswith("Bright Pattern could not be reached, so “Win back” was not started.")


def test_a_busy_platform_is_not_called_unreachable(tenant: Any, sandbox: Any) -> None:
    sandbox.faults([{"kind": "rate_limit", "paths": ["campaign/start"], "seconds": 0}])
    change = act(campaign_start, tenant, sandbox, STOPPED)
    assert change.outcome == Outcome.REFUSED
    assert change.sentence.startswith("“Win back” was not started. The platform gets more requests than it takes")


def test_a_lost_answer_is_settled_by_reading_the_state_back(tenant: Any, sandbox: Any) -> None:
    sandbox.faults([{"kind": "cut_after", "paths": ["campaign/start"]}])
    change = act(campaign_start, tenant, sandbox, STOPPED)
    assert change.outcome == Outcome.DONE
    assert "is running. The answer to the request was lost, so its state was read back." in change.sentence
    assert sandbox.stats()["requests"]["start"] == 1


def test_a_lost_request_is_never_called_done(tenant: Any, sandbox: Any) -> None:
    sandbox.faults([{"kind": "cut_before", "paths": ["campaign/start"]}])
    change = act(campaign_start, tenant, sandbox, STOPPED)
    assert change.outcome == Outcome.UNKNOWN
    assert "and the campaign is still stopped. It may yet take effect" in change.sentence
    assert AuditEntry.objects.get(verb=Verb.CAMPAIGN_START).outcome == Outcome.UNKNOWN


def test_a_lost_answer_that_cannot_be_settled_says_to_wait(tenant: Any, sandbox: Any) -> None:
    sandbox.faults([{"kind": "cut_after", "paths": ["campaign/start"]}, {"kind": "html", "paths": ["getStatus"]}])
    change = act(campaign_start, tenant, sandbox, STOPPED)
    assert change.outcome == Outcome.UNKNOWN
    assert "wait until its state is shown again" in change.sentence


def test_a_conflict_whose_cause_cannot_be_read_names_both_causes(tenant: Any, sandbox: Any) -> None:
    sandbox.faults([{"kind": "html", "paths": ["getStatus"]}])
    change = act(campaign_start, tenant, sandbox, RUNNING)
    assert "it is either disabled or already running" in change.sentence


def test_a_campaign_is_found_by_name_in_any_case_and_by_id(tenant: Any, sandbox: Any) -> None:
    campaign_id = sandbox.campaign_id(STOPPED)
    assert campaign_find(tenant=tenant, name_or_id="win BACK").id == campaign_id
    assert campaign_find(tenant=tenant, name_or_id=campaign_id).name == STOPPED
    assert campaign_find(tenant=tenant, name_or_id=campaign_id.lower()).name == STOPPED


def test_a_disabled_campaign_is_found_by_its_id(tenant: Any, sandbox: Any) -> None:
    found = campaign_find(tenant=tenant, name_or_id=sandbox.campaign_id(DISABLED))
    assert (found.name, found.enabled) == (DISABLED, False)


def test_a_name_that_two_campaigns_have_is_refused_with_their_ids(tenant: Any, sandbox: Any) -> None:
    second = sandbox.create_campaign(STOPPED)
    with pytest.raises(LookupRefused) as refused:
        campaign_find(tenant=tenant, name_or_id=STOPPED)
    assert second in str(refused.value)
    assert sandbox.campaign_id(STOPPED) in str(refused.value)


def test_an_unknown_name_is_refused_with_names_like_it(tenant: Any, sandbox: Any) -> None:
    with pytest.raises(LookupRefused, match=r"no campaign “Renew” in Acme Support\. Did you mean “Renewals”\?"):
        campaign_find(tenant=tenant, name_or_id="Renew")


def test_an_unknown_id_is_refused_as_any_other_name(tenant: Any) -> None:
    with pytest.raises(LookupRefused):
        campaign_find(tenant=tenant, name_or_id="00000000-0000-0000-0000-000000000000")


def test_a_refused_sign_in_is_said_as_such(sandbox: Any, db: None) -> None:
    change = act(campaign_stop, as_user(sandbox, "nobody-knows"), sandbox, RUNNING)
    assert change.outcome == Outcome.REFUSED
    assert "did not accept this tenant's sign-in" in change.sentence
    with pytest.raises(PlatformError):
        campaign_find(tenant=as_user(sandbox, "locked"), name_or_id=RUNNING)
