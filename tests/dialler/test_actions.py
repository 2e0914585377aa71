"""Acts whose process dies between request and outcome: found open, read again, settled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.dialler import actions
from bpadmin.dialler.models import Action, ActionState
from bpadmin.dialler.services import ActionRefused, action_read_now, action_settle, actions_open, actions_open_count
from bpadmin.dialler.sweep import actions_sweep
from bpadmin.dialler.types import Actor
from bpadmin.tenants.models import Tenant
from dnc.entries.clear import dnc_clear
from dnc.entries.lookup import dnc_why
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.evidence.chain import chain_faults
from dnc.models import DncChange, DncEntry, EntryState
from tests.dialler.acting import ACTS, NUMBER, SAM, UNREADABLE, overdue
from tests.dnc.files.filing import held, known_list
from tests.shell import run
from tests.telling import telling

pytestmark = pytest.mark.django_db(transaction=True)
ANNA = Actor(name="anna")


class Killed(BaseException):
    """The process dies here: nothing below catches it."""


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, *, before_the_request: bool = False) -> Iterator[None]:
    """Let the process die between the request and the note of its outcome, or just before the request."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_answer" if before_the_request else "action_ended", die)
        try:
            yield
        except Killed:
            return
    pytest.fail("it was not killed")


def only_action() -> Action:
    """Return the one act there is, with its tenant."""
    return Action.objects.select_related("tenant").get()


@pytest.mark.parametrize("name", ACTS)
def test_an_act_whose_process_dies_after_its_request_is_found_open_and_settled(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ready = ACTS[name](sandbox, tenant)
    with killed(monkeypatch):
        ready.ask()
    assert ready.is_done()
    action = only_action()
    assert (action.state, action.actor_name) == (ActionState.ASKED, "sam")
    assert AuditEntry.objects.get(act=action.pk).outcome == Outcome.ASKED
    assert actions_sweep() == [], "its process may still be at it"
    assert actions_open_count(tenant=ready.tenant) == 0
    overdue(action)
    assert actions_open_count(tenant=ready.tenant) == 1
    settled = actions_sweep()
    action.refresh_from_db()
    if name in UNREADABLE:
        assert (settled, action.state) == ([], ActionState.UNKNOWN)
        assert "say whether it was done" in action.sentence
        action_settle(action=action, is_done=True, actor=ANNA)
        action.refresh_from_db()
        assert (action.state, action.settled_by) == (ActionState.DONE, "anna")
        return
    assert (settled, action.state, action.wanted) == ([action.pk], ActionState.DONE, {})
    entry = AuditEntry.objects.get(act=action.pk)
    assert (entry.outcome, entry.actor_name) == (Outcome.DONE, "sam")
    assert "found so when it was read again" in entry.told_message
    assert list(AuditEntry.every.filter(act=action.pk).values_list("outcome", flat=True)) == ["done", "asked"]
    assert list(chain_faults(tenant=tenant)) == []


@pytest.mark.parametrize("name", [name for name in ACTS if name not in UNREADABLE | {"request add"}])
def test_a_request_that_never_left_is_called_not_done_only_after_the_quiet_time(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ready = ACTS[name](sandbox, tenant)
    with killed(monkeypatch, before_the_request=True):
        ready.ask()
    action = only_action()
    overdue(action)
    assert actions_sweep() == [], "silence is no proof"
    action.refresh_from_db()
    assert (action.state, action.looks) == (ActionState.UNKNOWN, 1)
    overdue(action, seconds=ready.tenant.quiet_seconds)
    assert actions_sweep() == [action.pk]
    assert not ready.is_done()
    action.refresh_from_db()
    assert action.state == ActionState.REFUSED
    assert list(AuditEntry.every.filter(act=action.pk).values_list("outcome", flat=True)) == [
        "refused",
        "unknown",
        "asked",
    ]


def test_the_intent_is_on_disk_when_the_process_is_killed_for_good(tenant: Tenant, sandbox: Any) -> None:
    dnc_list = known_list(tenant, sandbox, [NUMBER])
    connection.close()
    child = os.fork()
    if child == 0:
        actions.action_ended = lambda *_, **__: os._exit(9)  # type: ignore[assignment]
        try:
            dnc_delete(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list], comment="asked")
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert held(sandbox, dnc_list) == set()
    assert only_action().state == ActionState.ASKED
    assert DncEntry.objects.get().state == EntryState.UNKNOWN


@pytest.mark.parametrize("is_done", [True, False])
def test_a_removal_by_hand_that_was_killed_is_unknown_until_somebody_settles_it(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch, supervisor_client: Any, is_done: bool
) -> None:
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text=NUMBER, actor=ANNA, lists=[dnc_list], comment="by letter")
    Action.objects.all().delete()
    with killed(monkeypatch):
        dnc_delete(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list], comment="typed wrongly")
    assert held(sandbox, dnc_list) == set()
    assert DncEntry.objects.get().state == EntryState.UNKNOWN
    asked = DncChange.objects.first()
    assert (asked.kind, asked.outcome, asked.by_name, asked.comment) == ("asked", "asked", "sam", "typed wrongly")
    assert AuditEntry.objects.get(verb="dnc.delete").outcome == Outcome.ASKED

    why = dnc_why(tenant=tenant, number_or_value=NUMBER)
    assert not why.is_blocked
    assert f"asked by sam to take {NUMBER} out of “Company DNC”" in why.sentence
    assert "unknown since" in why.sentence
    assert run("dnc_why", tenant.slug, NUMBER)[1]["matches"][0]["state"] == "unknown"
    pages = f"/t/{tenant.slug}/dnc/"
    for page in (f"{pages}why/?q={NUMBER}", f"{pages}{dnc_list.pk}/"):
        text = supervisor_client.get(page).content.decode()
        assert "asked by sam" in text
        assert "May block" in text or ">Unknown<" in text
        assert "badge--ok" not in text.split("entries-title")[-1]

    overdue(only_action())
    actions_sweep()  # this tenant's version does not tell what its lists hold
    assert only_action().state == ActionState.UNKNOWN
    text = supervisor_client.get(f"/t/{tenant.slug}/activity/").content.decode()
    assert "1 act has an unknown outcome." in text
    action_settle(action=only_action(), is_done=is_done, actor=ANNA)
    assert DncEntry.objects.get().state == (EntryState.REMOVED if is_done else EntryState.PRESENT)
    told = DncChange.objects.first()
    assert (told.kind, told.outcome, told.by_name) == ("delete", "done" if is_done else "refused", "anna")
    entry = AuditEntry.objects.first()
    assert (entry.verb, entry.actor_name, entry.outcome) == ("act.settle", "anna", "done" if is_done else "refused")
    assert list(chain_faults(tenant=tenant)) == []


def test_an_addition_that_was_refused_leaves_the_ledger_as_it_was(tenant: Tenant, sandbox: Any) -> None:
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list])
    dnc_delete(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list], comment="asked")
    before = list(DncEntry.objects.values_list("key", "state", "source", "removed_by"))
    Tenant.objects.filter(pk=tenant.pk).update(secrets="unreadable")
    dnc_list.tenant.refresh_from_db()
    outcome = dnc_add(tenant=tenant, text=f"{NUMBER}, 16505550199", actor=SAM, lists=[dnc_list])[0]
    assert outcome.outcome == Outcome.REFUSED
    assert list(DncEntry.objects.values_list("key", "state", "source", "removed_by")) == before


def test_a_later_act_that_was_answered_settles_an_open_one(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dnc_list = known_list(tenant, sandbox)
    with killed(monkeypatch):
        dnc_add(tenant=tenant, text=NUMBER, actor=SAM, lists=[dnc_list])
    action = only_action()
    assert dnc_add(tenant=tenant, text=NUMBER, actor=ANNA, lists=[dnc_list])[0].is_done
    assert DncEntry.objects.get().state == EntryState.PRESENT
    overdue(action)
    assert actions_sweep() == [action.pk]
    assert DncEntry.objects.get().state == EntryState.PRESENT


def test_the_answer_itself_counts_for_more_than_what_was_read_or_said_meanwhile(tenant: Tenant, sandbox: Any) -> None:
    ready = ACTS["campaign start"](sandbox, tenant)
    ready.ask()
    action = only_action()
    act = actions.Act(Outcome.UNKNOWN, "lost")
    actions.action_ended(action, act, by=SAM, way=actions.Way.ANSWER)
    actions.action_ended(action, act, by=ANNA, way=actions.Way.PERSON)
    action.refresh_from_db()
    assert (action.state, action.settled_by) == (ActionState.DONE, "")
    with pytest.raises(ActionRefused, match="known already"):
        action_settle(action=action, is_done=False, actor=ANNA)


def test_an_act_under_way_is_nobodys_to_settle(tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed(monkeypatch):
        ACTS["list create"](sandbox, tenant).ask()
    for attempt in (
        lambda: action_settle(action=only_action(), is_done=True, actor=ANNA),
        lambda: action_read_now(action=only_action()),
    ):
        with pytest.raises(ActionRefused, match="still under way"):
            attempt()


def test_a_tenant_that_cannot_be_read_is_looked_at_later_and_its_acts_are_shown(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed(monkeypatch):
        ACTS["list create"](sandbox, tenant).ask()
    overdue(only_action())
    sandbox.faults([{"kind": "html", "probability": 1, "paths": ["callinglist"]}])
    assert actions_sweep() == []
    action = only_action()
    assert action.state == ActionState.UNKNOWN
    assert "cannot be read now" in action.sentence
    assert list(actions_open(tenant=tenant)) == [action]
    sandbox.faults([])
    overdue(action)
    assert actions_sweep() == [action.pk]


def test_an_act_in_a_transaction_is_refused_before_anything_is_sent(tenant: Tenant, sandbox: Any) -> None:
    ready = ACTS["list create"](sandbox, tenant)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ready.ask()
    assert not ready.is_done()


# All acts go one way (test_one_way): one of each app that acts, on each platform that it acts on.
ONE_OF_EACH_APP = ("campaign start", "campaign clone", "list build", "record add", "dnc add", "request add")


@pytest.mark.parametrize("name", telling(list(ACTS), *ONE_OF_EACH_APP))
def test_a_client_that_cannot_be_opened_is_a_refusal_in_words(tenant: Tenant, sandbox: Any, name: str) -> None:
    ready = ACTS[name](sandbox, tenant)
    Tenant.objects.update(secrets="unreadable")
    ready.tenant.refresh_from_db()
    found = ready.ask()
    for act in found if isinstance(found, tuple) else (found,):
        assert act.outcome == Outcome.REFUSED
        assert act.sentence
    assert AuditEntry.objects.get(act__isnull=False).outcome == Outcome.REFUSED
    assert only_action().state == ActionState.REFUSED


@pytest.mark.parametrize("is_done", [True, False])
def test_a_clearing_that_was_killed_puts_every_entry_in_doubt_until_it_is_settled(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    dnc_list = known_list(tenant, sandbox)
    dnc_add(tenant=tenant, text=NUMBER, actor=ANNA, lists=[dnc_list])
    Action.objects.all().delete()
    with killed(monkeypatch, before_the_request=not is_done):
        dnc_clear(dnc_list=dnc_list, typed_name="Company DNC", reason="old data", actor=SAM)
    assert "asked by sam to empty" in dnc_why(tenant=tenant, number_or_value=NUMBER).sentence
    overdue(only_action())
    assert actions_sweep() == []
    dnc_add(tenant=tenant, text="16505550199", actor=ANNA, lists=[dnc_list])
    action = Action.objects.select_related("tenant").get(verb="dnc.clear")
    action_settle(action=action, is_done=is_done, actor=ANNA)
    states = dict(DncEntry.objects.values_list("key", "state"))
    assert states == {
        NUMBER: EntryState.REMOVED if is_done else EntryState.PRESENT,
        "16505550199": EntryState.PRESENT,
    }
    assert [change.kind for change in DncChange.objects.filter(kind__in=["clear"])] == ["clear", "clear"]


def test_a_database_that_is_away_for_a_moment_loses_no_outcome(
    tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = ACTS["list create"](sandbox, tenant)
    store, tries = actions.action_ended, []

    def once_away(*args: Any, **more: Any) -> Action:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("the connection was closed")
        return store(*args, **more)

    monkeypatch.setattr(actions, "action_ended", once_away)
    monkeypatch.setattr(actions, "STORE_AGAIN_SECONDS", 0.0)
    assert ready.ask().is_done
    assert (only_action().state, len(tries)) == (ActionState.DONE, 2)
