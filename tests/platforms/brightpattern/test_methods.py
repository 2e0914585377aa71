"""All 34 methods against the sandbox tenant, over real HTTP: one claim each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bpadmin.platforms.brightpattern.endpoints import ENDPOINTS
from bpadmin.platforms.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Reason,
)
from bpadmin.platforms.types import (
    CampaignState,
    DeletePolicy,
    DncRecord,
    DncType,
    FieldSpec,
    FieldType,
    RecordKind,
    RemoteJobState,
    Sorting,
    SortingField,
    SortingType,
    SortOrder,
)
from tests.platforms.stage import KEYED, ROWS, Stage


def get_access_token(stage: Stage) -> None:
    token = stage.client.get_access_token()
    assert token.value
    assert token.lifetime == 3480


def get_campaigns(stage: Stage) -> None:
    (campaign,) = stage.client.get_campaigns()
    assert (campaign.id, campaign.name, campaign.state) == (stage.campaign_id, "Renewals", CampaignState.STOPPED)


def get_campaign(stage: Stage) -> None:
    stage.sandbox.seed("small")
    campaigns = {one.name: one for one in stage.client.get_campaigns()}
    campaign = stage.client.get_campaign(campaigns["Renewals"].id)
    assert campaign.enabled is True
    assert campaign.lists is not None
    assert campaign.dnc_lists is not None
    (binding,) = campaign.lists
    assert (binding.list_name, binding.enabled, binding.total_records) == ("Customers.csv", True, 120)
    assert binding.sorting == Sorting()
    assert all(one.type is not DncType.UNKNOWN and one.disposition for one in campaign.dnc_lists)


def get_campaign_status(stage: Stage) -> None:
    status = stage.client.get_campaign_status(stage.campaign_id)
    assert (status.name, status.enabled, status.state) == ("Renewals", True, CampaignState.STOPPED)
    with pytest.raises(NotFound) as caught:
        stage.client.get_campaign_status("no-such-campaign")
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND


def start(stage: Stage) -> None:
    assert stage.client.start(stage.campaign_id) is CampaignState.RUNNING
    with pytest.raises(Conflict) as caught:
        stage.client.start(stage.campaign_id)
    assert caught.value.reason is Reason.ALREADY_RUNNING


def stop(stage: Stage) -> None:
    with pytest.raises(Conflict) as caught:
        stage.client.stop(stage.campaign_id)
    assert caught.value.reason is Reason.ALREADY_STOPPED
    stage.client.start(stage.campaign_id)
    assert stage.client.stop(stage.campaign_id) is CampaignState.STOPPED


def bind_list(stage: Stage) -> None:
    sorting = Sorting(SortingType.CUSTOM, (SortingField("name", SortOrder.DESC),))
    bound = stage.client.bind_list(
        stage.campaign_id,
        list_id=stage.list_id,
        instance_name="again",
        enabled=True,
        order=3,
        dialing_ratio=2,
        sorting=sorting,
    )
    assert bound.total_records == len(ROWS)
    (_, binding) = stage.client.get_campaign(stage.campaign_id).lists or ()
    assert (binding.instance_id, binding.instance_name, binding.order) == (bound.instance_id, "again", 3)
    assert (binding.dialing_ratio, binding.enabled) == (2, True)
    assert binding.sorting.type is SortingType.CUSTOM
    assert [(one.field_name, one.sort_order) for one in binding.sorting.fields] == [("name", SortOrder.DESC)]


def update_list(stage: Stage) -> None:
    def binding() -> Any:
        (found,) = stage.client.get_campaign(stage.campaign_id).lists or ()
        return found

    stage.client.update_list(stage.campaign_id, instance_id=stage.instance_id, order=5, instance_name="slow")
    assert (binding().order, binding().instance_name, binding().enabled) == (5, "slow", True)
    stage.client.update_list(stage.campaign_id, instance_id=stage.instance_id, order=None, enabled=False)
    assert (binding().order, binding().instance_name, binding().enabled) == (1, "slow", False)
    with pytest.raises(NotFound) as caught:
        stage.client.update_list(stage.campaign_id, instance_id="nowhere", order=2)
    assert caught.value.reason is Reason.INSTANCE_NOT_FOUND


def unbind_list(stage: Stage) -> None:
    other = stage.sandbox.create_campaign("Other")
    with pytest.raises(Conflict) as caught:
        stage.client.unbind_list(other, instance_id=stage.instance_id)
    assert caught.value.reason is Reason.INSTANCE_NOT_BOUND
    stage.client.unbind_list(stage.campaign_id, instance_id=stage.instance_id)
    assert stage.client.get_campaign(stage.campaign_id).lists == ()


def get_all_records(stage: Stage) -> None:
    first = stage.client.get_all_records(stage.campaign_id, instance_id=stage.instance_id, limit=3)
    rest = stage.client.get_all_records(
        stage.campaign_id, instance_id=stage.instance_id, limit=3, cursor=first.next_cursor
    )
    assert [record.entry["id"] for record in (*first.items, *rest.items)] == [row["id"] for row in ROWS]
    assert rest.next_cursor == ""
    with pytest.raises(Invalid) as caught:
        stage.client.get_all_records(stage.campaign_id, instance_id=stage.instance_id, limit=5000)
    assert caught.value.reason is Reason.LIMIT_TOO_LARGE


def get_completed_records(stage: Stage) -> None:
    stage.dial()
    walk = stage.client.walk_records(
        RecordKind.COMPLETED, stage.campaign_id, instance_id=stage.instance_id, extract_attempts=True, limit=1
    )
    found = [record for page in walk for record in page.items]
    assert found
    assert all(one.status and one.status.completed and one.status.completed_time and one.attempts for one in found)
    later = max(one.status.completed_time for one in found if one.status and one.status.completed_time)
    page = stage.client.get_completed_records(
        stage.campaign_id, instance_id=stage.instance_id, start_time=later + timedelta(seconds=1)
    )
    assert page.items == ()


def get_updated_records(stage: Stage) -> None:
    before = stage.client.get_updated_records(stage.campaign_id, instance_id=stage.instance_id)
    assert before.items == ()
    stage.dial()
    after = stage.client.get_updated_records(stage.campaign_id, instance_id=stage.instance_id)
    assert after.items
    assert all(record.status and record.status.last_date for record in after.items)


def query_record(stage: Stage) -> None:
    found = stage.client.query_record(
        stage.campaign_id, instance_id=stage.instance_id, fields={"id": "K2"}, extract_attempts=True
    )
    assert found.entry["name"] == "Person 2"
    assert found.attempts == ()
    with pytest.raises(NotFound) as caught:
        stage.client.query_record(stage.campaign_id, instance_id=stage.instance_id, fields={"id": "K9"})
    assert caught.value.reason is Reason.RECORD_NOT_FOUND


def get_all_records_deprecated(stage: Stage) -> None:
    found = stage.client.get_all_records_deprecated(stage.list_id, stage.campaign_id, from_index=1, max_size=2)
    assert [(record.index, record.entry["id"]) for record in found] == [(1, "K1"), (2, "K2")]
    other = stage.sandbox.create_campaign("Other")
    assert stage.client.get_all_records_deprecated(stage.list_id, other) == ()


def get_updated_records_deprecated(stage: Stage) -> None:
    stage.dial()
    since = datetime(2000, 1, 1, tzinfo=UTC)
    found = stage.client.get_updated_records_deprecated(stage.list_id, stage.campaign_id, from_time=since)
    assert found
    assert all(record.status and record.attempts for record in found)


def query_record_deprecated(stage: Stage) -> None:
    (bound,) = stage.client.query_record_deprecated(stage.list_id, stage.campaign_id, fields={"id": "K1"})
    (unbound,) = stage.client.query_record_deprecated(stage.list_id, "aaa", fields={"id": "K1"})
    assert bound.status is not None
    assert unbound.status is None
    stage.client.bind_list(stage.campaign_id, list_id=stage.list_id)
    both = stage.client.query_record_deprecated(stage.list_id, stage.campaign_id, fields={"id": "K1"})
    assert len(both) == 2


def get_lists(stage: Stage) -> None:
    for number in range(5):
        stage.sandbox.create_list(f"more-{number}.csv", KEYED)
    page = stage.client.get_lists(limit=4)
    assert len(page.items) == 4
    assert page.next_cursor
    walked = list(stage.client.walk_lists(limit=2))
    assert sorted(one.name for one in walked) == [*(f"more-{number}.csv" for number in range(5)), "north.csv"]
    assert all(one.created and one.format_id and one.total_records is not None for one in walked)


def get_list(stage: Stage) -> None:
    found = stage.client.get_list(stage.list_id)
    assert (found.id, found.name, found.total_records) == (stage.list_id, "north.csv", len(ROWS))
    assert [(use.campaign_id, use.instance_id) for use in found.campaigns or ()] == [
        (stage.campaign_id, stage.instance_id)
    ]


def delete_list(stage: Stage) -> None:
    stage.client.delete_list(stage.list_id)
    with pytest.raises(NotFound) as caught:
        stage.client.delete_list(stage.list_id)
    assert caught.value.reason is Reason.LIST_NOT_FOUND
    assert caught.value.maybe_applied is False


def create_list(stage: Stage) -> None:
    format_id = stage.client.get_list(stage.list_id).format_id
    created = stage.client.create_list(name="south.csv", format_id=format_id)
    assert stage.client.get_list(created.id).name == "south.csv"
    with pytest.raises(Conflict) as duplicate:
        stage.client.create_list(name="south.csv", format_id=format_id)
    assert duplicate.value.reason is Reason.DUPLICATE_NAME
    with pytest.raises(NotFound) as missing:
        stage.client.create_list(name="west.csv", format_id="none")
    assert missing.value.reason is Reason.FORMAT_NOT_FOUND


def create_list_with_new_format(stage: Stage) -> None:
    fields = [
        FieldSpec("account", FieldType.ACCOUNT, key=True, required=True),
        FieldSpec("home", FieldType.PHONE, phone_type="US_CANADA", searchable=True),
        FieldSpec("abroad", FieldType.PHONE, remove_prefix="0", default_country_code="49"),
        FieldSpec("due", FieldType.DATETIME, date_format="dd.MM.yyyy HH:mm", time_zone="UTC"),
        FieldSpec("note", FieldType.OTHER, skip=True),
    ]
    created = stage.client.create_list_with_new_format(format_name="debts", fields=fields)
    held = stage.client.get_list(created.id)
    assert (held.format_id, held.format_name, held.name) == (created.format_id, "debts", "FORMAT: debts")
    shown = next(one for one in stage.sandbox.state()["lists"] if one["id"] == created.id)["fields"]
    assert [one["name"] for one in shown] == [spec.name for spec in fields]
    assert shown[1]["phoneType"] == "US_CANADA"
    assert (shown[2]["removePrefix"], shown[2]["defaultCountryCode"]) == ("0", "49")
    assert shown[3]["format"] == "dd.MM.yyyy HH:mm"


def add_many_records(stage: Stage) -> None:
    fresh = {"id": "K7", "phone": "16505550107", "name": "Ida"}
    result = stage.client.add_many_records(stage.list_id, [fresh, ROWS[0], {"id": "K8", "phone": "12"}])
    assert result.count == 1
    assert {bucket: len(items) for bucket, items in result.errors.items()} == {"duplicateKey": 1, "formatError": 1}
    assert result.errors["duplicateKey"][0]["id"] == "K0"
    assert stage.client.add_many_records(stage.list_id, b"[]").count == 0
    assert [row["id"] for row in stage.stored()] == ["K0", "K1", "K2", "K3", "K7"]


def add_record(stage: Stage) -> None:
    stage.client.add_record(stage.list_id, {"id": "K7", "phone": "6505550107"})
    assert stage.stored()[-1]["phone"] == "16505550107"
    with pytest.raises(Conflict) as caught:
        stage.client.add_record(stage.list_id, {"id": "K7", "phone": "6505550107"})
    assert caught.value.reason is Reason.DUPLICATE_KEY
    with pytest.raises(Invalid):
        stage.client.add_record(stage.list_id, {"id": "K9"})


def update_many_records(stage: Stage) -> None:
    result = stage.client.update_many_records(stage.list_id, [{"id": "K1", "name": "New"}, {"id": "K9", "name": "No"}])
    assert result.count == 1
    assert [item["id"] for item in result.errors["keyNotFound"]] == ["K9"]
    assert stage.stored()[1]["name"] == "New"


def update_record(stage: Stage) -> None:
    stage.client.update_record(stage.list_id, {"id": "K1", "name": "New"})
    assert stage.stored()[1]["name"] == "New"
    with pytest.raises(NotFound) as caught:
        stage.client.update_record(stage.list_id, {"id": "K9", "name": "No"})
    assert caught.value.reason is Reason.RECORD_NOT_FOUND


def erase_record(stage: Stage) -> None:
    stage.client.erase_record(stage.list_id, fields={"id": "K1"}, reason="asked for it")
    assert "K1" not in [row["id"] for row in stage.stored()]
    assert stage.sandbox.state()["erasures"] == [{"list": stage.list_id, "reason": "asked for it"}]
    with pytest.raises(NotFound):
        stage.client.erase_record(stage.list_id, fields={"id": "K1"}, reason="again")


def delete_many_records(stage: Stage) -> None:
    job = stage.client.delete_many_records(stage.list_id, fields={"id": ["K1", "K2"]})
    assert job.job_id
    assert job.estimated_seconds is not None
    with pytest.raises(Conflict) as caught:
        stage.client.delete_many_records(
            stage.list_id, campaign_id=stage.campaign_id, policy=DeletePolicy.ONLY_NEVER_ATTEMPTED
        )
    assert caught.value.reason is Reason.DELETION_UNDER_WAY
    assert stage.ended(job).deleted == 2
    assert [row["id"] for row in stage.stored()] == ["K0", "K3"]
    other = stage.sandbox.create_campaign("Other")
    with pytest.raises(Conflict) as unbound:
        stage.client.delete_many_records(stage.list_id, campaign_id=other)
    assert unbound.value.reason is Reason.LIST_NOT_BOUND
    with pytest.raises(Invalid):
        stage.client.delete_many_records(stage.list_id)


def delete_all_records(stage: Stage) -> None:
    job = stage.client.delete_all_records(stage.list_id)
    assert stage.ended(job).state is RemoteJobState.COMPLETE
    assert stage.stored() == []


def get_job_status(stage: Stage) -> None:
    stage.sandbox.options(document_oddities=True)
    job = stage.client.delete_all_records(stage.list_id)
    under_way = stage.client.get_job_status(job.job_id)
    assert (under_way.job_id, under_way.state, under_way.deleted) == (job.job_id, RemoteJobState.PROCESSING, None)
    ended = stage.ended(job)
    assert (ended.state, ended.percentage, ended.deleted) == (RemoteJobState.COMPLETE, 100, len(ROWS))
    with pytest.raises(NotFound) as caught:
        stage.client.get_job_status("no-such-job")
    assert caught.value.reason is Reason.JOB_NOT_FOUND


def delete_all_dnc_records(stage: Stage) -> None:
    dnc_id = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1", "2", "3"])
    assert stage.client.delete_all_dnc_records(dnc_id) == 3
    assert stage.sandbox.dump_dnc(dnc_id) == []


def delete_many_dnc_records(stage: Stage) -> None:
    dnc_id = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1", "2"])
    result = stage.client.delete_many_dnc_records(dnc_id, ["1", "9"])
    assert result.count == 1
    assert [item["key"] for item in result.errors["keyNotFound"]] == ["9"]


def add_many_dnc_records(stage: Stage) -> None:
    dnc_id = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1"])
    result = stage.client.add_many_dnc_records(dnc_id, [DncRecord("1"), DncRecord("2", "asked")])
    assert result.count == 1
    assert list(result.errors) == ["duplicateKey"]
    assert {"key": "2", "comment": "asked"} in stage.sandbox.dump_dnc(dnc_id)
    states = stage.sandbox.create_dnc_list("States", "GEOGRAPHIC_STATE")
    with pytest.raises(Forbidden) as caught:
        stage.client.add_many_dnc_records(states, [DncRecord("TX")])
    assert caught.value.reason is Reason.DNC_TYPE_NOT_EDITABLE
    with pytest.raises(NotFound) as missing:
        stage.client.add_many_dnc_records("nowhere", [DncRecord("1")])
    assert missing.value.reason is Reason.DNC_LIST_NOT_FOUND


def add_dnc_records_deprecated(stage: Stage) -> None:
    dnc_id = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1"])
    assert stage.client.add_dnc_records_deprecated(dnc_id, [DncRecord("1"), DncRecord("2", "asked")]) == 1
    paid = stage.sandbox.create_dnc_list("Paid", "EXCLUSION")
    assert stage.client.add_dnc_records_deprecated(paid, [DncRecord("A1")], has_comment=False) == 1


def replace_dnc_records_deprecated(stage: Stage) -> None:
    dnc_id = stage.sandbox.create_dnc_list("House", "INTERNAL", ["1", "2", "3"])
    assert stage.client.replace_dnc_records_deprecated(dnc_id, [DncRecord("4"), DncRecord("5")]) == 2
    assert [item["key"] for item in stage.sandbox.dump_dnc(dnc_id)] == ["4", "5"]


CLAIMS: dict[str, Callable[[Stage], None]] = {
    name: claim
    for name, claim in list(globals().items())
    if callable(claim) and name in {endpoint.name for endpoint in ENDPOINTS}
}


def test_every_method_has_a_claim() -> None:
    assert list(CLAIMS) == [endpoint.name for endpoint in ENDPOINTS]
    assert len(CLAIMS) == 34


@pytest.mark.parametrize("name", CLAIMS)
def test_the_method_does_what_its_document_says(name: str, stage: Stage) -> None:
    CLAIMS[name](stage)
    assert stage.sandbox.stats()["requests"][name] > 0
