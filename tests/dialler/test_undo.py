"""Acts with a plain inverse are undone while nothing else has changed since: by page, by command and by API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.dialler.catalogue import campaign_now
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.types import Actor
from bpadmin.dialler.undo import UndoRefused, _is_between, act_undo, undo_find, undo_look
from bpadmin.tenants.models import Role
from bpadmin.tenants.services import tenant_client
from campaigns.bindings.services import binding_change, bindings_reorder
from campaigns.services import campaign_start, campaign_stop
from dnc.entries.manual import dnc_add
from dnc.models import DncChange
from tests.dialler.acting import ACTS, FIELDS, NUMBER
from tests.dnc.files.filing import held, known_list
from tests.fixtures_tenants import browser_of
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

SAM, KIM = Actor(name="sam"), Actor(name="kim")


def started(tenant: Any, campaign: str) -> Action:
    """Start a campaign; returns the act."""
    campaign_start(tenant=tenant, campaign_id=campaign, name="Renewals", actor=None, actor_name="sam")
    return Action.objects.get(verb="campaign.start")


def state(tenant: Any, campaign: str) -> str:
    with tenant_client(tenant) as client:
        return client.get_campaign_status(campaign).state.value


def bound(tenant: Any, campaign: str) -> Any:
    """Return the only instance of a campaign."""
    (only,) = campaign_now(tenant=tenant, campaign_id=campaign).lists or ()
    return only


def changed(tenant: Any, campaign: str, **properties: Any) -> Action:
    """Change the only instance of a campaign; returns the act."""
    whole = campaign_now(tenant=tenant, campaign_id=campaign)
    wish = replace(whole.lists[0], **properties)  # type: ignore[index]
    binding_change(tenant=tenant, campaign=whole, wish=wish, actor=SAM)
    return Action.objects.filter(verb="list.rebind").latest("pk")


@pytest.fixture
def campaign(sandbox):
    """A stopped campaign with one list."""
    id_ = sandbox.create_campaign("Renewals")
    sandbox.create_list("Spring", FIELDS, bind=[id_])
    return id_


def test_a_start_is_undone_by_a_stop_and_logged_as_that(tenant, sandbox, campaign):
    act = started(tenant, campaign)
    (done,) = act_undo(action=act, actor=KIM)
    assert done.is_done
    assert done.sentence.startswith(f"Undo of act {act.pk} (started campaign Renewals): ")
    assert state(tenant, campaign) == "STOPPED"
    undo = Action.objects.get(verb="campaign.stop")
    assert (undo.undoes_id, undo.actor_name) == (act.pk, "kim")
    entry = AuditEntry.objects.first()
    assert (entry.verb, entry.details["undo_of"]) == ("campaign.stop", act.pk)
    assert entry.message == done.sentence
    assert "undo of act" in AuditEntry.every.filter(act=undo.pk, outcome=Outcome.ASKED).get().message


def test_an_act_is_undone_once(tenant, sandbox, campaign):
    act = started(tenant, campaign)
    act_undo(action=act, actor=KIM)
    with pytest.raises(UndoRefused, match="was undone already, by kim"):
        act_undo(action=act, actor=SAM)
    undo = Action.objects.get(undoes=act)
    with pytest.raises(IntegrityError), transaction.atomic():
        Action.objects.create(
            tenant=tenant, verb="campaign.stop", asked_at=undo.asked_at, lasts=1, undoes=act,
            state=ActionState.DONE,
        )  # fmt: skip


@pytest.mark.parametrize("by", ["from here", "elsewhere"])
def test_a_start_that_somebody_followed_up_is_not_undone(tenant, sandbox, campaign, by):
    act = started(tenant, campaign)
    with tenant_client(tenant) as client:
        client.stop(campaign)
    if by == "from here":
        campaign_start(tenant=tenant, campaign_id=campaign, name="Renewals", actor=None, actor_name="kim")
        why = "kim started campaign Renewals"
    else:
        why = "“Renewals” is stopped"
    with pytest.raises(UndoRefused, match=why):
        act_undo(action=act, actor=SAM)
    assert state(tenant, campaign) == ("RUNNING" if by == "from here" else "STOPPED")
    assert not Action.objects.filter(undoes=act).exists()


def test_a_change_between_the_look_and_the_request_is_seen(tenant, sandbox, campaign, monkeypatch):
    act = changed(tenant, campaign, dialing_ratio=7)
    undo_look(act)
    monkeypatch.setattr("bpadmin.dialler.undo.undo_look", lambda action: None)
    whole = campaign_now(tenant=tenant, campaign_id=campaign)
    with tenant_client(tenant) as client:
        one = whole.lists[0]
        client.update_list(
            campaign, instance_id=one.instance_id, instance_name="", enabled=True, order=3, dialing_ratio=7,
            sorting=one.sorting,
        )  # fmt: skip
    (refused,) = act_undo(action=act, actor=KIM)
    assert refused.outcome == Outcome.REFUSED
    assert "has been changed since" in refused.sentence
    assert (bound(tenant, campaign).order, bound(tenant, campaign).dialing_ratio) == (3, 7)


@pytest.mark.parametrize("change", [{"enabled": False}, {"dialing_ratio": 9}, {"order": 4}, {"instance_name": "vip"}])
def test_a_changed_binding_gets_back_what_it_had_and_the_undo_can_be_undone(tenant, sandbox, campaign, change):
    before = bound(tenant, campaign)
    act = changed(tenant, campaign, **change)
    after = bound(tenant, campaign)
    assert after != before
    (done,) = act_undo(action=act, actor=KIM)
    assert done.is_done
    assert bound(tenant, campaign) == before
    again = Action.objects.get(undoes=act)
    assert act_undo(action=again, actor=KIM)[0].is_done
    assert bound(tenant, campaign) == after


def test_what_changed_nothing_has_nothing_to_undo(tenant, sandbox, campaign):
    act = changed(tenant, campaign)
    assert undo_find(tenant=tenant, number=act.pk) == act
    with pytest.raises(UndoRefused, match="changed nothing"):
        act_undo(action=act, actor=KIM)


def test_what_was_unbound_since_is_said(tenant, sandbox, campaign):
    act = changed(tenant, campaign, dialing_ratio=7)
    with tenant_client(tenant) as client:
        client.unbind_list(campaign, instance_id=bound(tenant, campaign).instance_id)
    with pytest.raises(UndoRefused, match="no longer bound"):
        act_undo(action=act, actor=KIM)


def test_a_new_order_is_undone_as_a_whole_or_not_at_all(tenant, sandbox, campaign):
    for name in ("Summer", "Autumn"):
        sandbox.create_list(name, FIELDS, bind=[campaign])

    def orders() -> dict[str, int]:
        return {each.list_name: each.order for each in campaign_now(tenant=tenant, campaign_id=campaign).lists or ()}

    def reorder(**wanted: int) -> list[Any]:
        whole = campaign_now(tenant=tenant, campaign_id=campaign)
        ids = {each.list_name: each.instance_id for each in whole.lists or ()}
        return bindings_reorder(tenant=tenant, campaign=whole, orders={ids[k]: v for k, v in wanted.items()}, actor=SAM)

    reorder(Spring=1, Summer=2, Autumn=3)
    before = orders()
    acts = reorder(Spring=3, Summer=1, Autumn=2)
    for at in (-1, 0):
        act = undo_find(tenant=tenant, number=acts[at].number)
        done = act_undo(action=act, actor=KIM)
        assert [each.is_done for each in done] == [True, True, True]
        assert orders() == before
        acts = reorder(Spring=3, Summer=1, Autumn=2)
    changed_one = reorder(Summer=5)
    with pytest.raises(UndoRefused, match="changed a list"):
        act_undo(action=undo_find(tenant=tenant, number=acts[0].number), actor=KIM)
    assert orders() == {"Spring": 3, "Summer": 5, "Autumn": 2}
    assert act_undo(action=undo_find(tenant=tenant, number=changed_one[0].number), actor=KIM)[0].is_done


def test_an_addition_to_do_not_call_is_undone_with_a_reason(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox, ["16505550199"])
    dnc_add(tenant=tenant, text=f"{NUMBER}\n16505550199", actor=SAM, lists=[dnc_list])
    act = Action.objects.get(verb="dnc.add")
    with pytest.raises(UndoRefused, match="Give the reason"):
        act_undo(action=act, actor=KIM)
    (done,) = act_undo(action=act, actor=KIM, reason="typed wrongly")
    assert done.is_done
    assert held(sandbox, dnc_list) == {"16505550199"}
    change = DncChange.objects.filter(kind="delete").first()
    assert change.message.startswith(f"Undo of act {act.pk} ")
    with pytest.raises(UndoRefused):
        act_undo(action=act, actor=KIM, reason="again")


def test_several_entries_need_the_name_of_the_list(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text=f"{NUMBER}\n16505550199", actor=SAM, lists=[dnc_list])
    act = Action.objects.get(verb="dnc.add")
    with pytest.raises(UndoRefused, match="Type the list's name"):
        act_undo(action=act, actor=KIM, reason="typed wrongly")
    assert act_undo(action=act, actor=KIM, reason="typed wrongly", typed_name="company dnc")[0].is_done
    assert held(sandbox, dnc_list) == set()


PLAIN = {"campaign start", "list rebind", "dnc add"}


@pytest.mark.parametrize("what", ACTS)
def test_every_act_has_a_plain_inverse_or_says_that_it_has_none(tenant, sandbox, what):
    ready = ACTS[what](sandbox, tenant)
    ready.ask()
    assert ready.is_done()
    act = Action.objects.filter(tenant=ready.tenant).latest("pk")
    if what in PLAIN:
        assert act_undo(action=act, actor=KIM, reason="wrong")[0].is_done
        assert not ready.is_done()
    else:
        with pytest.raises(UndoRefused, match="cannot be undone"):
            act_undo(action=act, actor=KIM, reason="wrong")


def test_an_act_that_was_not_done_or_whose_start_was_only_read_has_no_undo(tenant, sandbox, campaign):
    with tenant_client(tenant) as client:
        client.start(campaign)
    act = started(tenant, campaign)
    assert act.state == ActionState.REFUSED
    with pytest.raises(UndoRefused, match="was not done"):
        act_undo(action=act, actor=KIM)
    campaign_stop(tenant=tenant, campaign_id=campaign, name="Renewals", actor=None, actor_name="sam")
    sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["start"]}])
    campaign_start(tenant=tenant, campaign_id=campaign, name="Renewals", actor=None, actor_name="sam")
    read = Action.objects.filter(verb="campaign.start").latest("pk")
    assert read.state == ActionState.DONE
    with pytest.raises(UndoRefused, match="whether it was this act"):
        act_undo(action=read, actor=KIM)


# The pages.


def undo_url(tenant: Any, act: Action) -> str:
    return reverse("dialler:undo", args=[tenant.slug, act.pk])


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_message_after_an_act_offers_the_undo_which_warns_and_leads_back(
    tenant, sandbox, campaign, supervisor_client
):
    page = reverse("campaigns:start", args=[tenant.slug, campaign])
    after = supervisor_client.post(page, follow=True)
    act = Action.objects.get(verb="campaign.start")
    assert f'href="{undo_url(tenant, act)}' in after.content.decode()
    asked = supervisor_client.get(undo_url(tenant, act))
    assert "What happens to calls in progress is not documented" in words(asked)
    assert state(tenant, campaign) == "RUNNING"
    done = supervisor_client.post(undo_url(tenant, act), follow=True)
    assert done.redirect_chain == [(reverse("campaigns:detail", args=[tenant.slug, campaign]), 302)]
    assert "Undo of act" in words(done)
    assert state(tenant, campaign) == "STOPPED"
    again = supervisor_client.get(undo_url(tenant, act))
    assert "was undone already" in words(again)
    assert "<button" not in again.content.decode().split("<main", 1)[1].split("</main", 1)[0]


def test_a_disabled_list_and_a_new_order_offer_it_too(tenant, sandbox, campaign, supervisor_client):
    sandbox.create_list("Summer", FIELDS, bind=[campaign])
    one, two = sorted(campaign_now(tenant=tenant, campaign_id=campaign).lists or (), key=lambda each: each.list_name)
    toggle = reverse("campaigns:toggle", args=[tenant.slug, campaign, one.instance_id])
    off = supervisor_client.post(toggle, {"enabled": "0"}, follow=True)
    act = Action.objects.latest("pk")
    assert undo_url(tenant, act) in off.content.decode()
    assert "calls that it would have made meanwhile are not made up" in words(
        supervisor_client.get(undo_url(tenant, act))
    )
    whole = campaign_now(tenant=tenant, campaign_id=campaign)
    binding_change(tenant=tenant, campaign=whole, wish=replace(two, order=2), actor=SAM)
    order = reverse("campaigns:reorder", args=[tenant.slug, campaign])
    moved = supervisor_client.post(order, {"instance": [two.instance_id, one.instance_id], "dragged": two.instance_id},
                                   follow=True)  # fmt: skip
    newest = Action.objects.latest("pk")
    root = newest.together or newest.pk
    assert reverse("dialler:undo", args=[tenant.slug, root]) in moved.content.decode()


def test_the_activity_offers_it_on_its_entry_until_it_is_undone(tenant, sandbox, campaign, supervisor_client):
    act = started(tenant, campaign)
    log = reverse("audit:index", args=[tenant.slug])
    assert undo_url(tenant, act) in supervisor_client.get(log).content.decode()
    viewer = browser_of(tenant, Role.VIEWER, name="vera")
    assert undo_url(tenant, act) not in viewer.get(log).content.decode()
    act_undo(action=act, actor=KIM)
    assert undo_url(tenant, act) not in supervisor_client.get(log).content.decode()
    assert "Undone by <bdi>kim</bdi>" in words(supervisor_client.get(log))


def test_the_activity_costs_no_query_more_for_each_entry(tenant, sandbox, campaign, supervisor_client):
    log = reverse("audit:index", args=[tenant.slug])

    def fewest() -> int:
        """Return how many queries the page costs; what all pages keep for seconds may have to be looked up anew."""
        counts = []
        for _ in range(4):
            with CaptureQueriesContext(connection) as queries:
                supervisor_client.get(log)
            counts.append(len(queries))
        return min(counts)

    changed(tenant, campaign, dialing_ratio=2)
    one = fewest()
    for ratio in range(3, 12):
        changed(tenant, campaign, dialing_ratio=ratio)
    assert fewest() <= one


def test_a_do_not_call_undo_asks_for_the_reason_on_its_page(tenant, sandbox, supervisor_client):
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list])
    act = Action.objects.get(verb="dnc.add")
    asked = supervisor_client.get(undo_url(tenant, act)).content.decode()
    assert 'name="reason"' in asked
    assert NUMBER in asked
    supervisor_client.post(undo_url(tenant, act), {"reason": ""})
    assert held(sandbox, dnc_list) == {NUMBER}
    supervisor_client.post(undo_url(tenant, act), {"reason": "typed wrongly"})
    assert held(sandbox, dnc_list) == set()


def test_an_unreachable_dialler_is_said_and_nothing_is_sent(tenant, sandbox, campaign, supervisor_client):
    act = started(tenant, campaign)
    tenant.base_url = "http://127.0.0.1:9/"
    tenant.save()
    asked = supervisor_client.get(undo_url(tenant, act))
    assert "could not be read" in words(asked)
    assert not Action.objects.filter(undoes=act).exists()


# The shell and the API.


def test_the_shell_prints_the_number_and_undoes_by_it(tenant, sandbox, campaign):
    code, told = run("campaign_start", tenant.slug, "Renewals")
    assert code == 0
    number = str(told["act"])
    code, told = run("act_undo", tenant.slug, number)
    assert (code, "--yes" in told["error"]) == (1, True)
    code, told = run("act_undo", tenant.slug, number, "--yes")
    assert (code, told["undo_of"], told["outcome"]) == (0, int(number), "done")
    assert state(tenant, campaign) == "STOPPED"
    code, told = run("act_undo", tenant.slug, number, "--yes")
    assert (code, "was undone already" in told["error"]) == (1, True)
    assert run("act_undo", tenant.slug, "987654")[0] == 1


def test_the_shell_undoes_what_needs_no_question_at_once(tenant, sandbox, campaign):
    code, told = run("list_rebind", tenant.slug, "Renewals", "Spring", "--ratio", "7")
    assert code == 0
    assert run("act_undo", tenant.slug, str(told["act"]))[0] == 0
    assert bound(tenant, campaign).dialing_ratio == 1


def test_the_shell_gives_the_reason_of_a_do_not_call_undo(tenant, sandbox):
    dnc_list = known_list(tenant, sandbox)
    code, told = run("dnc_add", tenant.slug, "Company DNC", NUMBER)
    assert code == 0
    number = str(told["lists"][0]["number"])
    assert run("act_undo", tenant.slug, number, "--yes")[0] == 1
    assert run("act_undo", tenant.slug, number, "--yes", "--reason", "typed wrongly")[0] == 0
    assert held(sandbox, dnc_list) == set()


def test_only_a_later_act_of_another_click_stands_in_the_way_of_an_undo() -> None:
    act = Action(pk=5, together=3)
    assert _is_between(act, Action(pk=6))
    assert not _is_between(act, Action(pk=6, together=3))
    assert not _is_between(act, Action(pk=4))
    assert not _is_between(Action(pk=5), Action(pk=6, together=5))
