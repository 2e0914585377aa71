"""Whether a number is blocked, asked at any moment: by which list, which entry, in which campaign."""

from __future__ import annotations

import threading
import urllib.error

import pytest

from bpadmin.sandbox.state.dnc import DncList, DncType, Entries
from tests.sandbox.conftest import Api


def rules(api: Api, number: str = "", **what: str) -> list[tuple[str, str, str]]:
    answer = api.sandbox.blocked(number, **what)
    assert answer["blocked"] is bool(answer["by"])
    return [(one["name"], one["type"], one["rule"]) for one in answer["by"]]


def test_it_names_the_list_and_the_entry_that_block(seeded: Api) -> None:
    assert rules(seeded, "16505550100") == [("Company DNC", "INTERNAL", "16505550100")]
    assert rules(seeded, "19075550100") == [("Area codes", "GEOGRAPHIC_AREACODE", "907")]
    assert rules(seeded, "16505550199") == []
    assert rules(seeded, postal="99501") == [("Postal codes", "GEOGRAPHIC_POSTAL", "99501")]
    assert rules(seeded, state="HI") == [("States", "GEOGRAPHIC_STATE", "HI")]
    assert rules(seeded, value="C00003") == [("Paid accounts", "EXCLUSION", "C00003")]
    assert rules(seeded, value="c00003") == []
    assert len(rules(seeded, "18085550100", postal="99501", state="AK", value="C00003")) == 4


def test_of_a_campaign_only_its_own_lists_count(seeded: Api) -> None:
    renewals, survey = (seeded.sandbox.campaign_id(name) for name in ("Renewals", "Old survey"))
    assert rules(seeded, "16505550100", campaign=renewals)
    assert rules(seeded, "16505550100", campaign=survey) == []
    assert rules(seeded, postal="99501", campaign=renewals) == []
    with pytest.raises(urllib.error.HTTPError, match="404"):
        seeded.sandbox.blocked("1", campaign="NOPE")


@pytest.mark.parametrize("query", ["blocked", "blocked?number=", "blocked?phone=1", "blocked?campaign=x"])
def test_a_question_that_asks_nothing_is_refused(seeded: Api, query: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        seeded.sandbox.control("GET", query)


def test_many_numbers_are_looked_up_at_one_moment(seeded: Api) -> None:
    numbers = ["16505550100", "16505550199", "19075550100", "14155550100"]
    assert seeded.sandbox.unblocked(numbers) == ["16505550199", "14155550100"]
    campaign = seeded.sandbox.campaign_id("Old survey")
    assert seeded.sandbox.unblocked(numbers, campaign=campaign) == numbers
    answer = seeded.sandbox.control("POST", "blocked", {"numbers": numbers, "explain": True})
    assert answer["checked"] == 4
    assert [one["rule"] for one in answer["by"]["19075550100"]] == ["907"]
    for body in ({}, {"numbers": "1"}, {"numbers": [1]}):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            seeded.sandbox.control("POST", "blocked", body)


def test_it_changes_with_every_method_that_changes_a_list(api: Api) -> None:
    held = api.sandbox.create_dnc_list("d", "INTERNAL")

    def is_blocked() -> bool:
        return bool(api.sandbox.blocked("1")["blocked"])

    api.post(f"donotcalllist/addAll/{held}", [{"key": "1"}])
    assert is_blocked()
    api.post(f"donotcalllist/delete/{held}", [{"key": "1"}])
    assert not is_blocked()
    api.post(f"donotcalllist/add/{held}", [["1", ""]])
    assert is_blocked()
    api.post(f"donotcalllist/replaceAll/{held}", [["2", ""]])
    assert not is_blocked()
    api.post(f"donotcalllist/replaceAll/{held}", [["1", ""]])
    assert is_blocked()
    api.post(f"donotcalllist/deleteAll/{held}")
    assert not is_blocked()


def test_an_expired_entry_blocks_no_more(api: Api) -> None:
    api.sandbox.options(newer_dnc=True)
    body = {"name": "d", "type": "INTERNAL", "expireRecords": True, "defaultExpirationPeriod": 10}
    held = api.post("donotcalllist/createDNCList", body)["id"]
    api.post(f"donotcalllist/addAll/{held}", [{"key": "1"}, {"key": "2", "expirationPeriod": 2}])
    assert api.sandbox.unblocked(["1", "2"]) == []
    api.sandbox.advance(3 * 24 * 3600)
    assert api.sandbox.unblocked(["1", "2"]) == ["2"]
    api.sandbox.advance(8 * 24 * 3600)
    assert api.sandbox.unblocked(["1", "2"]) == ["1", "2"]
    assert len(api.sandbox.dump_dnc(held)) == 2


def test_a_watcher_sees_an_emptied_list_at_once_and_never_a_replaced_one(api: Api) -> None:
    """The gap that emptying first leaves is seen; adding first and deleting then leaves none."""
    kept = [str(number) for number in range(1000)]
    held = api.sandbox.create_dnc_list("d", "INTERNAL", [*kept, "old"])
    gaps: list[str] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.002):
            gaps.extend(api.sandbox.unblocked(kept))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for start in range(0, 2000, 100):
            api.post(f"donotcalllist/addAll/{held}", [{"key": str(key)} for key in range(start, start + 100)])
        api.post(f"donotcalllist/delete/{held}", [{"key": "old"}])
    finally:
        is_over.set()
        watcher.join()
    assert gaps == []
    api.post(f"donotcalllist/deleteAll/{held}")
    assert api.sandbox.unblocked(kept) == kept


@pytest.mark.parametrize(
    "country, keys, number, rule",
    [
        ("US", ["907"], "19075550100", "907"),
        ("", ["907"], "19075550100", "907"),
        ("US", ["907"], "4990755501", None),
        ("US", ["90"], "19075550100", None),
        ("GB", ["20"], "442079460000", "20"),
        ("GB", ["20"], "492079460000", None),
        ("de", ["30", "3301"], "4933015550100", "3301"),
        ("prefixed", ["1907", "4930"], "493055501000", "4930"),
        ("prefixed", ["1907"], "13055550100", None),
        ("ZZ", ["907"], "19075550100", None),
    ],
)
def test_an_area_code_stands_behind_the_country_s_own(country: str, keys: list[str], number: str, rule: str) -> None:
    held = DncList("d", "d", DncType.GEOGRAPHIC_AREACODE, country, entries=Entries(keys))
    assert held.rule(number, 0) == rule


def test_entries_stay_in_order_and_are_counted_right_after_any_changes() -> None:
    entries = Entries(["a", "b", "c"], now=5)
    assert not entries.add("a", "again", 6)
    assert entries.remove("b")
    assert not entries.remove("b")
    assert entries.add("b", "back", 7)
    assert list(entries.items()) == [("a", ""), ("c", ""), ("b", "back")]
    assert [(entry.serial, entry.key, entry.added) for entry in entries.since(1)] == [(2, "c", 5), (3, "b", 7)]
    assert (entries.clear(), len(entries)) == (3, 0)
    assert entries.add("a", "", 8)
    assert [entry.serial for entry in entries.since(0)] == [4]
