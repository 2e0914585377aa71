"""The methods of v3.2 beyond Do Not Call lists: each against the sandbox tenant that has them, and on older ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.platforms.base import Answer
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.brightpattern.endpoints import ENDPOINTS
from bpadmin.platforms.brightpattern.latest.endpoints import GET_CAMPAIGN_DETAILS, LATEST_ENDPOINTS
from bpadmin.platforms.brightpattern.newer_endpoints import NEWER_ENDPOINTS
from bpadmin.platforms.brightpattern.refusals import refusal_in
from bpadmin.platforms.campaign_details import (
    CallerId,
    CallerIdMethod,
    CallerIdSettings,
    DialAction,
    DialingMode,
    DialRule,
    Disposition,
    DispositionType,
    ListExpiry,
    OutboundSettings,
    Team,
)
from bpadmin.platforms.errors import Conflict, Invalid, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.types import RemoteJobState
from bpadmin.sandbox.routes import LATEST_METHODS
from tests.platforms.scripted_server import Say, ScriptedServer
from tests.platforms.stage import Stage

WRONG = Disposition("Wrong person", "Non-final", DispositionType.CONTINUE, rule=DialRule(wait_minutes=90))


@pytest.fixture
def latest(stage: Stage) -> Stage:
    stage.sandbox.options(newer_campaigns=True, newer_lists=True, newer_links=True)
    return stage


def reason_of(call: Callable[[], Any], kind: type[PlatformError]) -> Reason:
    with pytest.raises(kind) as caught:
        call()
    return caught.value.reason


def get_campaign_details(stage: Stage) -> None:
    found = stage.client.get_campaign_details(stage.campaign_id)
    assert (found.name, found.enabled, found.teams, found.caller_ids) == ("Renewals", True, (), ())
    assert found.outbound == OutboundSettings(DialingMode.PREVIEW, 45, 100, True, 100, 1)
    assert found.caller_id_settings == CallerIdSettings(CallerIdMethod.DEFAULT)
    assert [each.is_system for each in found.dispositions or ()] == [True, True, True]
    assert (found.dispositions or ())[0].rule == DialRule(DialAction.WAIT, wait_minutes=1440)


def update_general_settings(stage: Stage) -> None:
    wanted = OutboundSettings(DialingMode.PROGRESSIVE, 30, 150, False)
    stage.client.update_general_settings(stage.campaign_id, name="New", enabled=False, outbound=wanted)
    found = stage.client.get_campaign_details(stage.campaign_id)
    assert (found.name, found.enabled) == ("New", False)
    assert found.outbound == OutboundSettings(DialingMode.PROGRESSIVE, 30, 150, False, 100, 1)
    assert stage.client.get_campaigns() == ()
    low = OutboundSettings(DialingMode.PREDICTIVE, initial_overdial_percent=99)
    with pytest.raises(Invalid, match="between 100 and 100000"):
        stage.client.update_general_settings(stage.campaign_id, outbound=low)


def update_caller_id_settings(stage: Stage) -> None:
    stage.sandbox.outbound(numbers=["111", "222"])
    call = stage.client.update_caller_id_settings
    assert reason_of(lambda: call(stage.campaign_id, method=CallerIdMethod.DEFAULT, default="333"), NotFound) is (
        Reason.CALLER_ID_NOT_FOUND
    )
    assert reason_of(lambda: call(stage.campaign_id, method=CallerIdMethod.DEFAULT, default="111"), Conflict) is (
        Reason.CALLER_ID_NOT_ASSIGNED
    )
    stage.client.assign_caller_ids(stage.campaign_id, [CallerId("111")])
    call(stage.campaign_id, method=CallerIdMethod.DEFAULT, default="111")
    found = stage.client.get_campaign_details(stage.campaign_id).caller_id_settings
    assert found == CallerIdSettings(CallerIdMethod.DEFAULT, "111")


def duplicate_campaign(stage: Stage) -> None:
    stage.client.add_disposition(stage.campaign_id, WRONG)
    made = stage.client.duplicate_campaign(source_id=stage.campaign_id, name="Summer")
    copy = stage.client.get_campaign(made)
    assert (copy.name, copy.enabled, copy.lists) == ("Summer", False, ())
    old, new = (stage.client.get_campaign_details(each).dispositions or () for each in (stage.campaign_id, made))
    assert [each.name for each in old] == [each.name for each in new]
    assert not {each.id for each in old} & {each.id for each in new}
    assert reason_of(lambda: stage.client.duplicate_campaign(source_id=made, name="Summer"), Conflict) is (
        Reason.DUPLICATE_NAME
    )


def delete_campaign(stage: Stage) -> None:
    stage.client.delete_campaign(stage.campaign_id)
    assert reason_of(lambda: stage.client.delete_campaign(stage.campaign_id), NotFound) is Reason.CAMPAIGN_NOT_FOUND
    assert stage.client.get_list(stage.list_id).campaigns == ()


def add_disposition(stage: Stage) -> None:
    stage.client.add_disposition(stage.campaign_id, WRONG)
    found = (stage.client.get_campaign_details(stage.campaign_id).dispositions or ())[-1]
    assert (found.name, found.folder, found.type, found.is_system) == ("Wrong person", "Non-final", WRONG.type, False)
    assert found.rule is not None
    assert (found.rule.action, found.rule.wait_minutes) == (DialAction.WAIT, 90)
    assert reason_of(lambda: stage.client.add_disposition(stage.campaign_id, WRONG), Conflict) is Reason.DUPLICATE_NAME


def add_dispositions(stage: Stage) -> None:
    bad = Disposition("Later", "Non-final", rule=DialRule(retry_minutes=11))
    done = stage.client.add_dispositions(stage.campaign_id, [WRONG, WRONG, Disposition("No folder"), bad])
    assert done.count == 1
    assert done.refused == {
        "duplicateName": ("Wrong person",),
        "missingRequired": ("No folder",),
        "formatError": ("Later",),
    }


def update_disposition(stage: Stage) -> None:
    stage.client.add_disposition(stage.campaign_id, WRONG)
    held = (stage.client.get_campaign_details(stage.campaign_id).dispositions or ())[-1]
    changed = Disposition("Not them", "Final", DispositionType.FAILURE, order=held.order, id=held.id)
    stage.client.update_disposition(stage.campaign_id, changed)
    found = (stage.client.get_campaign_details(stage.campaign_id).dispositions or ())[-1]
    assert (found.name, found.type, found.id) == ("Not them", DispositionType.FAILURE, held.id)
    other = stage.sandbox.create_campaign("Other")
    assert reason_of(lambda: stage.client.update_disposition(other, changed), Conflict) is Reason.DISPOSITION_NOT_HERE
    missing = Disposition("Nobody", "Final", id="nowhere")
    assert reason_of(lambda: stage.client.update_disposition(other, missing), NotFound) is Reason.DISPOSITION_NOT_FOUND


def delete_dispositions(stage: Stage) -> None:
    stage.client.add_disposition(stage.campaign_id, WRONG)
    (*_, system, mine) = stage.client.get_campaign_details(stage.campaign_id).dispositions or ()
    done = stage.client.delete_dispositions(stage.campaign_id, [mine.id, system.id, "nowhere"])
    assert (done.count, done.refused) == (1, {"isSystem": (system.id,), "idsNotFound": ("nowhere",)})


def assign_teams(stage: Stage) -> None:
    day = stage.sandbox.outbound(teams=["Day"])["Day"]
    done = stage.client.assign_teams(stage.campaign_id, [day, "nowhere"], skill_level=80)
    assert (done.count, done.refused) == (1, {"idsNotFound": ("nowhere",)})
    assert stage.client.get_campaign_details(stage.campaign_id).teams == (Team(day, "Day"),)
    assert stage.client.assign_teams(stage.campaign_id, [day]).refused == {"duplicateIDs": (day,)}


def unassign_teams(stage: Stage) -> None:
    day = stage.sandbox.outbound(teams=["Day"])["Day"]
    stage.client.assign_teams(stage.campaign_id, [day])
    done = stage.client.unassign_teams(stage.campaign_id, [day, "nowhere"])
    assert (done.count, done.refused) == (1, {"idsNotFound": ("nowhere",)})
    assert stage.client.get_campaign_details(stage.campaign_id).teams == ()


def assign_caller_ids(stage: Stage) -> None:
    stage.sandbox.outbound(numbers=["111"])
    done = stage.client.assign_caller_ids(stage.campaign_id, [CallerId("111", "CA"), CallerId("222")])
    assert (done.count, done.refused) == (1, {"numbersNotFound": ("222",)})
    (held,) = stage.client.get_campaign_details(stage.campaign_id).caller_ids or ()
    assert (held.number, held.state) == ("111", "CA")


def unassign_caller_ids(stage: Stage) -> None:
    stage.sandbox.outbound(numbers=["111", "222"])
    stage.client.assign_caller_ids(stage.campaign_id, [CallerId("111"), CallerId("222")])
    stage.client.update_caller_id_settings(stage.campaign_id, method=CallerIdMethod.DEFAULT, default="111")
    first, second = stage.client.get_campaign_details(stage.campaign_id).caller_ids or ()
    done = stage.client.unassign_caller_ids(stage.campaign_id, [first.id, second.id])
    assert (done.count, done.refused) == (1, {"isDefault": (first.id,)})


def link_campaign(stage: Stage) -> None:
    other, group = stage.sandbox.create_campaign("Other"), stage.client.create_link_group(name="Chain")
    stage.client.link_campaign(stage.campaign_id, group_id=group)
    stage.client.link_campaign(other, group_id=group, after_id=stage.campaign_id)
    assert [name for _, name in stage.client.get_link_group(group).campaigns or ()] == ["Renewals", "Other"]
    stage.client.link_campaign(other, group_id=group)
    assert [name for _, name in stage.client.get_link_group(group).campaigns or ()] == ["Other", "Renewals"]
    assert reason_of(lambda: stage.client.link_campaign(other, group_id="nowhere"), NotFound) is (
        Reason.LINK_GROUP_NOT_FOUND
    )


def unlink_campaign(stage: Stage) -> None:
    group = stage.client.create_link_group(name="Chain")
    stage.client.link_campaign(stage.campaign_id, group_id=group)
    stage.client.unlink_campaign(stage.campaign_id)
    assert stage.client.get_link_group(group).campaigns == ()
    assert reason_of(lambda: stage.client.unlink_campaign(stage.campaign_id), Conflict) is Reason.NOT_LINKED


def get_link_groups(stage: Stage) -> None:
    for number in range(5):
        stage.client.create_link_group(name=f"Group {number}")
    assert [each.name for each in stage.client.walk_link_groups(limit=2)] == [f"Group {n}" for n in range(5)]
    assert stage.client.get_link_groups(limit=100).items[0].campaigns_count == 0


def get_link_group(stage: Stage) -> None:
    group = stage.client.create_link_group(name="Chain")
    assert stage.client.get_link_group(group).name == "Chain"
    assert reason_of(lambda: stage.client.get_link_group("nowhere"), NotFound) is Reason.LINK_GROUP_NOT_FOUND


def create_link_group(stage: Stage) -> None:
    stage.client.create_link_group(name="Chain")
    assert reason_of(lambda: stage.client.create_link_group(name="Chain"), Conflict) is Reason.DUPLICATE_NAME


def delete_link_group(stage: Stage) -> None:
    group = stage.client.create_link_group(name="Chain")
    stage.client.link_campaign(stage.campaign_id, group_id=group)
    assert reason_of(lambda: stage.client.delete_link_group(group), Conflict) is Reason.LINK_GROUP_NOT_EMPTY
    stage.client.unlink_campaign(stage.campaign_id)
    stage.client.delete_link_group(group)
    assert stage.client.get_link_groups().items == ()


def fetch_all_records(stage: Stage) -> None:
    stage.client.unbind_list(stage.campaign_id, instance_id=stage.instance_id)
    stage.client.erase_record(stage.list_id, fields={"id": "K1"}, reason="asked")
    found = stage.client.fetch_all_records(stage.list_id)
    assert [(each.index, each.entry["id"]) for each in found] == [(0, "K0"), (2, "K2"), (3, "K3")]
    pages = list(stage.client.walk_list(stage.list_id, limit=2))
    assert [[each.entry["id"] for each in page.items] for page in pages] == [["K0", "K2"], ["K3"]]
    assert [page.next_cursor for page in pages] == ["3", ""]
    assert reason_of(lambda: stage.client.fetch_all_records("nowhere"), NotFound) is Reason.LIST_NOT_FOUND


def fetch_record(stage: Stage) -> None:
    stage.client.unbind_list(stage.campaign_id, instance_id=stage.instance_id)
    assert stage.client.fetch_record(stage.list_id, fields={"id": "K2"}).entry["name"] == "Person 2"
    missing = reason_of(lambda: stage.client.fetch_record(stage.list_id, fields={"id": "K9"}), NotFound)
    assert missing is Reason.RECORD_NOT_FOUND


def update_list_properties(stage: Stage) -> None:
    stage.client.update_list_properties(stage.list_id, name="south.csv", expiry=ListExpiry(True, 30))
    assert stage.client.get_list(stage.list_id).name == "south.csv"
    held = next(each for each in stage.sandbox.state()["lists"] if each["id"] == stage.list_id)
    assert held["expiry"] == [30, ""]
    other = stage.sandbox.create_list("east.csv", [{"name": "phone", "type": "PHONE"}])
    assert reason_of(lambda: stage.client.update_list_properties(other, name="south.csv"), Conflict) is (
        Reason.DUPLICATE_NAME
    )
    with pytest.raises(Invalid, match="dateField"):
        stage.client.update_list_properties(other, expiry=ListExpiry(True, 30, "phone"))


CLAIMS: dict[str, Callable[[Stage], None]] = {endpoint.name: globals()[endpoint.name] for endpoint in LATEST_ENDPOINTS}
CALLS: dict[str, Callable[[BrightPatternClient], Any]] = {
    "update_general_settings": lambda client: client.update_general_settings("C", name="x"),
    "update_caller_id_settings": lambda c: c.update_caller_id_settings("C", method=CallerIdMethod.RND_WITHIN_LIST),
    "duplicate_campaign": lambda client: client.duplicate_campaign(source_id="C"),
    "delete_campaign": lambda client: client.delete_campaign("C"),
    "add_disposition": lambda client: client.add_disposition("C", WRONG),
    "add_dispositions": lambda client: client.add_dispositions("C", [WRONG]),
    "update_disposition": lambda client: client.update_disposition("C", WRONG),
    "delete_dispositions": lambda client: client.delete_dispositions("C", ["D"]),
    "assign_teams": lambda client: client.assign_teams("C", ["T"]),
    "unassign_teams": lambda client: client.unassign_teams("C", ["T"]),
    "assign_caller_ids": lambda client: client.assign_caller_ids("C", [CallerId("1")]),
    "unassign_caller_ids": lambda client: client.unassign_caller_ids("C", ["1"]),
    "link_campaign": lambda client: client.link_campaign("C", group_id="G"),
    "unlink_campaign": lambda client: client.unlink_campaign("C"),
    "get_link_groups": lambda client: client.get_link_groups(),
    "get_link_group": lambda client: client.get_link_group("G"),
    "create_link_group": lambda client: client.create_link_group(name="G"),
    "delete_link_group": lambda client: client.delete_link_group("G"),
    "fetch_all_records": lambda client: client.fetch_all_records("L"),
    "fetch_record": lambda client: client.fetch_record("L", fields={"id": "1"}),
    "update_list_properties": lambda client: client.update_list_properties("L", name="x"),
}


def test_there_are_21_of_them_so_that_the_document_has_62() -> None:
    assert CALLS.keys() == {method.name for method in LATEST_METHODS}
    places = {(each.method, each.path) for each in (*ENDPOINTS, *NEWER_ENDPOINTS, *LATEST_ENDPOINTS)}
    # One place is asked in two ways, and the last version has no status of deletions any more.
    assert len(places - {("GET", "job/{}")}) == 62
    assert GET_CAMPAIGN_DETAILS.path in {each.path for each in ENDPOINTS}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_method_does_what_its_document_says(name: str, latest: Stage) -> None:
    CLAIMS[name](latest)
    asked = "get_campaign" if name == "get_campaign_details" else name
    assert latest.sandbox.stats()["requests"][asked] > 0


@pytest.mark.parametrize("name", CALLS)
def test_a_tenant_of_an_older_version_says_that_it_cannot(name: str, stage: Stage) -> None:
    with pytest.raises(Unsupported, match="version is older") as caught:
        CALLS[name](stage.client)
    assert caught.value.maybe_applied is False


@pytest.mark.parametrize("name", [each for each in CALLS if "link_group" not in each and "list" not in each])
def test_a_messaging_campaign_is_an_outcome_of_its_own(name: str, latest: Stage) -> None:
    if name.startswith("fetch"):
        return
    texts = latest.sandbox.create_campaign("Texts", kind="Outbound Messaging")
    call: dict[str, Callable[[BrightPatternClient], Any]] = {
        "duplicate_campaign": lambda client: client.duplicate_campaign(source_id=texts),
        "link_campaign": lambda client: client.link_campaign(texts, group_id="G"),
    }
    simple = {
        "update_general_settings": {"name": "x"},
        "update_caller_id_settings": {"method": CallerIdMethod.RND_WITHIN_LIST},
    }
    more: dict[str, Any] = {
        "add_disposition": (WRONG,),
        "update_disposition": (WRONG,),
        "add_dispositions": ([WRONG],),
        "assign_caller_ids": ([CallerId("1")],),
    }
    others = (["X"],) if name.startswith(("assign", "unassign", "delete_d")) else ()
    ask = call.get(name) or (
        lambda client: getattr(client, name)(texts, *more.get(name, others), **simple.get(name, {}))
    )
    with pytest.raises(Invalid, match="messaging campaign") as caught:
        ask(latest.client)
    assert caught.value.reason is Reason.NOT_FOR_THIS_CAMPAIGN


def test_every_method_answers_every_status_in_words() -> None:
    said = {
        (endpoint.name, status): str(refusal_in(Answer(status, {}, b""), endpoint))
        for endpoint in LATEST_ENDPOINTS
        for status in (400, 401, 403, 404, 409, 422, 429, 500)
    }
    assert {case: words for case, words in said.items() if not words.endswith(".") or "{" in words} == {}


def test_both_spellings_of_the_document_are_read(opened: Any) -> None:
    answer = {
        "outboundGeneral": {"type": "progressive", "progressive": {"noAnswerTimeoutSec": "30"}},
        "callerIDs": [{"id": "1", "number": 111}],
        "dispositions": [{"id": "D", "name": "Sold", "category": "Final", "type": "NEW_ONE"}],
    }
    with ScriptedServer(Say(answer)) as server:
        found = opened(server.url).get_campaign_details("C")
    assert found.outbound is not None
    assert (found.outbound.mode, found.outbound.no_answer_seconds) == (DialingMode.PROGRESSIVE, 30)
    assert found.caller_ids == (CallerId("111", id="1"),)
    (sold,) = found.dispositions or ()
    assert (sold.folder, sold.type) == ("Final", DispositionType.UNKNOWN)


def test_a_deletion_may_answer_the_number_at_once(stage: Stage) -> None:
    stage.sandbox.options(deletes_at_once=True)
    some = stage.client.delete_many_records(stage.list_id, fields={"id": ["K0", "K1"]})
    assert (some.job_id, some.state, some.deleted) == ("", RemoteJobState.COMPLETE, 2)
    assert stage.client.delete_all_records(stage.list_id).deleted == 2
    assert stage.stored() == []
