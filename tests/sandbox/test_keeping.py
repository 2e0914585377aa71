"""`--keep`: what the tenant was told is there after any end of its process."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.sandbox.conftest import CUSTOMER_FIELDS, Api, Kept, customer


def holdings(api: Api) -> dict[str, Any]:
    """Everything but what running campaigns have done meanwhile."""
    state = api.sandbox.state()
    return {
        "lists": [(held["id"], held["name"], held["fields"], api.sandbox.dump(held["id"])) for held in state["lists"]],
        "campaigns": [
            (campaign["id"], campaign["state"], sorted(i["instanceId"] for i in campaign["instances"]))
            for campaign in state["campaigns"]
        ],
        "dnc": [(held["id"], api.sandbox.dump_dnc(held["id"])) for held in state["dnc"]],
    }


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_every_answered_change_survives(signum: signal.Signals, kept: Kept) -> None:
    api = kept.start()
    made = {"formatName": "made", "listName": "made", "fields": CUSTOMER_FIELDS}
    api.post("callinglist/createListWithNewFormat", made)
    list_id = api.sandbox.list_id("made")
    assert api.add(list_id, [customer(number) for number in range(500)]) == {"added": 500}
    api.post(f"callinglist/update/{list_id}", customer(7, city="Boston"))
    api.post(f"callinglist/erase/{list_id}", {"fields": {"id": "N8"}, "reason": "asked for"})
    before = holdings(api)
    kept.end(signum)

    api = kept.start()
    assert holdings(api) == before
    assert api.sandbox.dump(list_id)[7]["city"] == "Boston"
    assert api.add(list_id, [customer(7), customer(8)])["added"] == 1


def test_a_snapshot_that_cannot_be_read_is_put_aside(kept: Kept) -> None:
    before = holdings(kept.start())
    kept.end(signal.SIGTERM)
    (kept.folder / "snapshot").write_bytes(b"of another version")
    after = holdings(kept.start())
    assert len(after["lists"]) == len(before["lists"])
    assert list(kept.folder.glob("unreadable-*"))


def test_a_call_that_was_cut_off_in_writing_is_left_out(kept: Kept) -> None:
    api = kept.start()
    list_id = api.sandbox.create_list("customers", CUSTOMER_FIELDS)
    api.add(list_id, [customer(1)])
    api.add(list_id, [customer(2)])
    kept.end(signal.SIGKILL)
    [journal] = kept.folder.glob("journal-*")
    journal.write_bytes(journal.read_bytes()[:-5])
    assert [record["id"] for record in kept.start().sandbox.dump(list_id)] == ["N1"]


def told(api: Api, dnc_list_id: str) -> dict[str, Any]:
    """All that is read back of a DNC list, but for times: a call is replayed a millisecond sooner or later."""
    facts = api.get(f"donotcalllist/getDNCList/{dnc_list_id}")
    entries = api.send("GET", f"donotcalllist/getDNCRecords/{dnc_list_id}", {"limit": 9}).json()["records"]
    shown = [(entry["key"], entry["comment"], entry["expireAt"][:10]) for entry in entries]
    return {**facts, "creationDate": "", "entries": shown}


def test_the_newer_methods_changes_survive_too(kept: Kept) -> None:
    api = kept.start()
    api.sandbox.options(newer_dnc=True)
    made = api.post("donotcalllist/createDNCList", {"name": "June", "type": "INTERNAL", "expireRecords": True})["id"]
    api.post(f"donotcalllist/addAll/{made}", [{"key": "1", "comment": "asked", "expirationPeriod": 3}, {"key": "2"}])
    api.post(f"donotcalllist/delete/{made}", [{"key": "2"}])
    campaign = api.sandbox.campaign_id("Win back")
    api.post(f"campaign/bindDNCList/{campaign}", {"dncListId": made, "disposition": "Asked", "allowAppend": True})
    before = told(api, made)
    api.sandbox.blocked("1")
    kept.end(signal.SIGKILL)

    api = kept.start()
    assert told(api, made) == before
    assert api.sandbox.blocked("1", campaign=campaign)["blocked"]
