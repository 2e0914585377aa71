"""All methods of Bright Pattern's older API v2 against the sandbox tenant, over real HTTP: one claim each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.brightpattern_legacy.endpoints import ENDPOINTS
from bpadmin.platforms.errors import AuthFailed, Conflict, Forbidden, Invalid, NotFound, Reason, Unsupported
from bpadmin.platforms.names import id_of
from bpadmin.platforms.sources import Condition
from bpadmin.platforms.types import CampaignState, DncRecord, RecordKind, RemoteJobState
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.stage import KEYED, ROWS

LIST, CAMPAIGN, DNC = "Früh/spät 50%.csv", "Büro & mehr", "Nicht/anrufen"
LIST_ID, CAMPAIGN_ID, DNC_ID = map(id_of, (LIST, CAMPAIGN, DNC))


class OlderStage:
    """A tenant driven by v2: a campaign, a keyed list bound to it, and a Do Not Call list, all with difficult names."""

    def __init__(self, sandbox: SandboxControl) -> None:
        self.sandbox = sandbox
        self.campaign = sandbox.create_campaign(CAMPAIGN)
        self.list = sandbox.create_list(LIST, KEYED, bind=[self.campaign], records=ROWS)
        self.dnc = sandbox.create_dnc_list(DNC, "INTERNAL", ["1", "2"])
        self.client: Any = self.as_user("sandbox")

    def as_user(self, name: str, secret: str = "sandbox-secret") -> Any:
        return open_client(
            "brightpattern_legacy",
            base_url=f"{self.sandbox.url}/configapi/v2/",
            credentials={"api_version": "v2", "client_id": name, "client_secret": secret},
            tokens=MemoryTokens(),
        )

    def stored(self) -> list[dict[str, Any]]:
        return self.sandbox.dump(self.list)

    def dial(self) -> None:
        """Let the campaign run until something has been called; it goes on until the next call in this test."""
        with open_client(
            "brightpattern",
            base_url=self.sandbox.url,
            credentials=dict(self.sandbox.credentials),
            tokens=MemoryTokens(),
        ) as newer:
            newer.start(self.campaign)
            self.sandbox.advance(600)
            newer.stop(self.campaign)

    def walked(self, kind: RecordKind, **how: Any) -> list[Any]:
        pages = self.client.walk_records(kind, CAMPAIGN_ID, instance_id=LIST_ID, **how)
        return [record for page in pages for record in page.items]


@pytest.fixture
def older(sandbox: SandboxControl) -> Iterator[OlderStage]:
    """A stage for v2."""
    stage = OlderStage(sandbox)
    yield stage
    stage.client.close()


def get_access_token(older: OlderStage) -> None:
    token = older.client.get_access_token()
    assert (bool(token.value), token.lifetime) == (True, 3600)
    with pytest.raises(AuthFailed) as caught:
        older.as_user("sandbox", "wrong-secret").get_access_token()
    assert caught.value.reason is Reason.BAD_CREDENTIALS
    assert "wrong-secret" not in str(caught.value)


def add_many_records(older: OlderStage) -> None:
    good = {"id": "N1", "phone": "16505550199", "name": "New"}
    result = older.client.add_many_records(LIST_ID, [good, ROWS[0], {**good, "id": "N2", "phone": "12"}])
    assert result.count == 1
    assert {code: [each["id"] for each in echoes] for code, echoes in result.errors.items()} == {
        "duplicateKey": ["K0"],
        "formatError": ["N2"],
    }
    assert older.stored()[-1]["id"] == "N1"


def add_record(older: OlderStage) -> None:
    older.client.add_record(LIST_ID, {"id": "N1", "phone": "16505550199"})
    assert older.stored()[-1]["id"] == "N1"
    for status in (409, 500):
        older.sandbox.options(legacy_duplicate_status=status)
        with pytest.raises(Conflict) as caught:
            older.client.add_record(LIST_ID, {"id": "N1", "phone": "16505550199"})
        assert caught.value.reason is Reason.DUPLICATE_KEY
        assert "E11000" not in caught.value.message
        assert not caught.value.maybe_applied


def delete_all_records(older: OlderStage) -> None:
    for _ in range(2):
        job = older.client.delete_all_records(LIST_ID)
        assert (job.job_id, job.state, job.deleted) == ("", RemoteJobState.COMPLETE, None)
    assert older.stored() == []


def get_all_records(older: OlderStage) -> None:
    first = older.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID, limit=3)
    rest = older.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID, limit=3, cursor=first.next_cursor)
    assert [record.entry["id"] for record in (*first.items, *rest.items)] == [row["id"] for row in ROWS]
    assert [record.index for record in first.items] == [0, 1, 2]
    assert rest.next_cursor == ""
    assert first.items[0].status.completed is False
    with pytest.raises(Invalid) as caught:
        older.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID, limit=5000)
    assert caught.value.reason is Reason.LIMIT_TOO_LARGE
    with pytest.raises(NotFound) as missing:
        older.client.get_all_records(id_of("No such"), instance_id=LIST_ID)
    assert missing.value.reason is Reason.CAMPAIGN_NOT_FOUND


def get_completed_records(older: OlderStage) -> None:
    older.dial()
    found = older.walked(RecordKind.COMPLETED, limit=1)
    assert found
    assert all(one.status.completed and one.status.completed_time for one in found)
    assert len({one.entry["id"] for one in found}) == len(found)
    later = found[-1].status.completed_time + timedelta(seconds=1)
    page = older.client.get_completed_records(CAMPAIGN_ID, instance_id=LIST_ID, start_time=later)
    assert page.items == ()
    assert older.walked(RecordKind.COMPLETED, end_time=found[0].status.completed_time) == []


def get_updated_records(older: OlderStage) -> None:
    assert older.walked(RecordKind.UPDATED) == []
    older.dial()
    found = older.walked(RecordKind.UPDATED, limit=1)
    assert found
    assert all(one.attempts and one.status.last_date == one.attempts[-1].date for one in found)
    assert [one.entry["id"] for one in found] == [one.entry["id"] for one in older.walked(RecordKind.UPDATED)]


def query_record(older: OlderStage) -> None:
    found = older.client.query_record(CAMPAIGN_ID, instance_id=LIST_ID, fields={"id": "K2", "name": "ignored"})
    assert found.entry["name"] == "Person 2"
    assert found.status is not None
    (bare,) = older.client.query_record_deprecated(LIST_ID, "none", fields={"id": "K2"})
    assert bare.status is None
    with pytest.raises(NotFound) as caught:
        older.client.query_record(CAMPAIGN_ID, instance_id=LIST_ID, fields={"id": "K9"})
    assert caught.value.reason is Reason.RECORD_NOT_FOUND


def update_record(older: OlderStage) -> None:
    older.client.update_record(LIST_ID, {"id": "K1", "name": "Changed"})
    assert older.stored()[1]["name"] == "Changed"
    with pytest.raises(NotFound) as caught:
        older.client.update_record(LIST_ID, {"id": "K9", "name": "Nobody"})
    assert caught.value.reason is Reason.RECORD_NOT_FOUND
    with pytest.raises(NotFound) as missing:
        older.client.update_record(id_of("No such"), {"id": "K1"})
    assert missing.value.reason is Reason.LIST_NOT_FOUND


def get_campaigns(older: OlderStage) -> None:
    older.sandbox.create_campaign("Off", enabled=False)
    (campaign,) = older.client.get_campaigns()
    assert (campaign.id, campaign.name, campaign.state) == (CAMPAIGN_ID, CAMPAIGN, CampaignState.STOPPED)
    (binding,) = campaign.lists
    assert (binding.list_id, binding.list_name, binding.enabled) == (LIST_ID, LIST, None)
    assert older.client.get_campaign(CAMPAIGN_ID) == campaign
    assert older.client.get_campaign_status(CAMPAIGN_ID).lists is None
    with pytest.raises(NotFound) as caught:
        older.client.get_campaign("Off")
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND


def add_dnc_records(older: OlderStage) -> None:
    result = older.client.add_dnc_records(DNC_ID, [DncRecord("2"), DncRecord("3", "asked")])
    assert (result.count, result.passed_over, dict(result.errors)) == (1, 1, {})
    again = older.client.add_many_dnc_records(DNC_ID, b'[{"key":"3"},{"key":"4","comment":"x"}]')
    assert (again.count, again.passed_over) == (1, 1)
    assert older.sandbox.dump_dnc(older.dnc)[2:] == [{"key": "3", "comment": "asked"}, {"key": "4", "comment": "x"}]


def replace_dnc_records(older: OlderStage) -> None:
    assert older.client.replace_dnc_records(DNC_ID, [DncRecord("7"), DncRecord("8", "new")]) == 2
    assert [entry["key"] for entry in older.sandbox.dump_dnc(older.dnc)] == ["7", "8"]


def delete_all_dnc_records(older: OlderStage) -> None:
    assert older.client.delete_all_dnc_records(DNC_ID) == 2
    assert older.sandbox.dump_dnc(older.dnc) == []
    with pytest.raises(NotFound) as caught:
        older.client.delete_all_dnc_records(id_of("No such"))
    assert caught.value.reason is Reason.DNC_LIST_NOT_FOUND


def delete_dnc_records(older: OlderStage) -> None:
    result = older.client.delete_dnc_records(DNC_ID, ["2", "9"])
    assert (result.count, dict(result.errors)) == (1, {"keyNotFound": ({"key": "9"},)})
    states = older.sandbox.create_dnc_list("States", "GEOGRAPHIC_STATE")
    assert states
    with pytest.raises(Forbidden) as caught:
        older.client.delete_dnc_records("States", ["CA"])
    assert caught.value.reason is Reason.DNC_TYPE_NOT_EDITABLE


CLAIMS: dict[str, Callable[[OlderStage], None]] = {
    claim.__name__: claim
    for claim in (
        *(get_access_token, add_many_records, add_record, delete_all_records, get_all_records, get_completed_records),
        *(get_updated_records, query_record, update_record, get_campaigns, add_dnc_records, replace_dnc_records),
        *(delete_all_dnc_records, delete_dnc_records),
    )
}


def test_every_method_has_a_claim() -> None:
    assert sorted(CLAIMS) == sorted(endpoint.name for endpoint in ENDPOINTS)
    assert len(CLAIMS) == 14


@pytest.mark.parametrize("name", CLAIMS)
def test_it_does_what_the_document_says(older: OlderStage, name: str) -> None:
    CLAIMS[name](older)


def test_the_lists_are_those_of_the_campaigns_and_any_other_is_found_by_its_name(older: OlderStage) -> None:
    other = older.sandbox.create_campaign("Other")
    older.sandbox.create_list("shared.csv", KEYED, bind=[older.campaign, other])
    older.sandbox.create_list("alone.csv", KEYED)

    walked = {found.name: [use.campaign_name for use in found.campaigns] for found in older.client.walk_lists()}

    assert walked == {LIST: [CAMPAIGN], "shared.csv": [CAMPAIGN, "Other"]}
    assert older.client.get_list(LIST_ID).total_records is None
    assert older.client.get_list("alone.csv").campaigns == ()
    with pytest.raises(NotFound) as caught:
        older.client.get_list("nowhere.csv")
    assert caught.value.reason is Reason.LIST_NOT_FOUND


def test_many_are_updated_one_by_one_and_the_refused_ones_are_told_by_reason(older: OlderStage) -> None:
    sent = [{"id": "K0", "name": "A"}, {"id": "K9", "name": "B"}, {"name": "C"}, {"id": "K1", "phone": "12"}]

    result = older.client.update_many_records(LIST_ID, sent)

    assert result.count == 1
    assert result.errors == {"keyNotFound": [sent[1]], "missingKey": [sent[2]], "formatError": [sent[3]]}
    with pytest.raises(NotFound) as caught:
        older.client.update_many_records(id_of("No such"), sent)
    assert caught.value.reason is Reason.LIST_NOT_FOUND


def test_an_update_of_many_that_breaks_off_may_have_been_applied(older: OlderStage) -> None:
    older.sandbox.faults([{"kind": "revoke_token", "after": 2, "methods": ["v2.update_record"]}])
    sent = [{"id": row["id"], "name": "New"} for row in ROWS]

    with pytest.raises(AuthFailed) as caught:
        older.client.update_many_records(LIST_ID, sent)

    assert caught.value.maybe_applied
    assert [row["name"] for row in older.stored()] == ["New", "New", "Person 2", "Person 3"]


def test_a_list_in_a_campaign_is_a_source(older: OlderStage) -> None:
    (source,) = older.client.sources()
    assert (source.name, source.group, source.group_id) == (LIST, CAMPAIGN, CAMPAIGN_ID)
    assert older.client.sources(CAMPAIGN_ID) == (source,)
    older.dial()

    pages = list(older.client.walk_source(source.id, conditions=[Condition("kind", "updated")], limit=2))

    found = [record for page in pages for record in page.items]
    assert found == older.walked(RecordKind.UPDATED)
    assert pages[-1].next_cursor == ""


def test_what_it_has_not_is_said_not_to_be_offered(older: OlderStage) -> None:
    with pytest.raises(Unsupported, match="does not offer this"):
        older.client.start(CAMPAIGN_ID)


def test_the_connection_test_says_what_is_seen_and_what_is_missed(older: OlderStage) -> None:
    report = older.client.probe()
    assert (report.ok, report.headline) == (True, "The connection works.")
    assert report.details[0] == "1 enabled campaign with 1 calling list can be seen."
    assert older.as_user("sandbox", "wrong-secret").probe().headline == ("The client ID or the API secret is wrong.")
    lacking = older.as_user("viewer-only").probe()
    assert (lacking.ok, "Manage Lists" in lacking.missing_privileges) == (False, True)


@pytest.mark.parametrize("kind", [RecordKind.ALL, RecordKind.COMPLETED, RecordKind.UPDATED])
def test_a_walk_reads_all_although_the_platform_gives_fewer_at_once_than_asked_for(
    kind: RecordKind, older: OlderStage
) -> None:
    older.dial()
    whole = [one.entry["id"] for one in older.walked(kind)]
    assert len(whole) > 1
    # By time, the last one of a page begins the next: a single one at a time could never lead on.
    for most in (1, 2, 3, 4) if kind is RecordKind.ALL else (2, 3, 4):
        older.sandbox.options(older_page_most=most)
        assert [one.entry["id"] for one in older.walked(kind)] == whole


def test_a_walk_asks_no_more_than_once_behind_a_short_page(older: OlderStage) -> None:
    def asked() -> int:
        return int(older.sandbox.stats()["requests"].get("v2.get_all_records", 0))

    pages = list(older.client.walk_records(RecordKind.ALL, CAMPAIGN_ID, instance_id=LIST_ID))
    assert (len(pages), pages[0].next_cursor) == (1, "")
    assert asked() == 2
    list(older.client.walk_records(RecordKind.ALL, CAMPAIGN_ID, instance_id=LIST_ID, limit=len(ROWS) - 1))
    assert asked() == 4
