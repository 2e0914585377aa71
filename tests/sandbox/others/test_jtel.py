"""The jtel dialler: its envelope, its thirteen methods, its errors, and contacts by the hundred thousand."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bpadmin.sandbox.apis import ALL_METHODS
from bpadmin.sandbox.routes import Method
from tests.fixtures_sandbox import SandboxControl
from tests.sandbox.conftest import Kept

TOKEN = "sandbox-jtel-token"


class Jtel:
    """Calls methods of the dialler."""

    def __init__(self, sandbox: SandboxControl, client: str = "1", token: str = TOKEN) -> None:
        self.sandbox = sandbox
        self.base = f"{sandbox.url}/rest/v1.0/{client}/"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, verb: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Make a request; `body` goes as JSON."""
        return self.session.request(verb, self.base + path, json=body, params=query, timeout=30)

    def good(self, verb: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """Make a request and give the parsed body of a 200."""
        answer = self.send(verb, path, body, **query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == 200
        return answer.json()

    def refusal(self, verb: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Make a request that is refused; returns status and error."""
        answer = self.send(verb, path, body, **query)
        told = answer.json()
        assert set(told) == {"status", "error"}
        assert told["status"] == answer.status_code
        return answer.status_code, told["error"]


@pytest.fixture
def jtel(sandbox: SandboxControl) -> Iterator[Jtel]:
    """A client of an empty dialler."""
    client = Jtel(sandbox)
    yield client
    client.session.close()


def names(answer: dict[str, Any]) -> list[str]:
    """Return the names in an answer, which must count them right."""
    assert answer["count"] == len(answer["records"])
    return [record["Name"] for record in answer["records"]]


def test_it_has_the_ten_documented_methods_and_three_of_the_later_pages() -> None:
    methods = ALL_METHODS["jtel"]

    assert len({method.name for method in methods}) == len(methods) == 13
    assert {method.section for method in methods} == {"Dialler Campaigns", "Dialler Contacts"}


@pytest.mark.parametrize("method", ALL_METHODS["jtel"], ids=lambda method: method.name)
def test_each_method_wants_the_token_and_its_client(jtel: Jtel, method: Method) -> None:
    for stranger in (Jtel(jtel.sandbox, client="2"), Jtel(jtel.sandbox, token="guessed")):
        assert stranger.refusal(method.verb, method.path) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("verb", "path"),
    [("GET", "dialler"), ("GET", "dialler/contacts/1/2"), ("POST", "dialler/contacts"), ("PUT", "dialler/campaigns/1")],
)
def test_what_is_no_endpoint_is_not_found_without_a_body(jtel: Jtel, verb: str, path: str) -> None:
    answer = jtel.send(verb, path)

    assert (answer.status_code, answer.content) == (404, b"")


def test_all_campaigns_come_by_name_in_the_envelope(jtel: Jtel) -> None:
    for name in ("Umfrage", "Campaign 1000"):
        jtel.sandbox.create_jtel_campaign(name)

    answer = jtel.good("GET", "dialler/campaigns")

    assert names(answer) == ["Campaign 1000", "Umfrage"]
    assert {name: value for name, value in answer.items() if name != "records"} == {
        "filter": "",
        "limitStart": 0,
        "limitPageSize": -1,
        "count": 2,
        "orderBy": "Name",
        "ascending": True,
        "status": 200,
    }
    assert len(answer["records"][0]) > 40


def test_an_empty_dialler_gives_empty_lists(jtel: Jtel) -> None:
    assert jtel.good("GET", "dialler/campaigns")["records"] == []
    assert names(jtel.good("GET", "dialler/contacts")) == []


def test_a_campaign_is_found_by_id_and_by_a_part_of_its_name(jtel: Jtel) -> None:
    first = jtel.sandbox.create_jtel_campaign("Kampagne SÜD", UserData="S")
    jtel.sandbox.create_jtel_campaign("Kampagne Nord")

    assert jtel.good("GET", f"dialler/campaigns/{first}")["records"][0]["UserData"] == "S"
    assert names(jtel.good("GET", "dialler/campaigns/campaign", name="süd")) == ["Kampagne SÜD"]
    assert names(jtel.good("GET", "dialler/campaigns/campaign", name="Kampagne")) == ["Kampagne Nord", "Kampagne SÜD"]


@pytest.mark.parametrize(
    ("verb", "path", "query", "status"),
    [
        ("GET", "dialler/campaigns/9", {}, 404),
        ("GET", "dialler/campaigns/nine", {}, 400),
        ("GET", "dialler/campaigns/campaign", {"name": "x"}, 404),
        ("GET", "dialler/campaigns/campaign", {}, 400),
        ("GET", "dialler/campaigns/campaign/9/resultCodes", {"languagesID": 1}, 404),
        ("GET", "dialler/campaigns/campaign/9/resultCodes", {"languagesID": 3}, 400),
        ("GET", "dialler/campaigns/campaign/9/resultCodes", {}, 400),
        ("DELETE", "dialler/campaigns/campaign/9", {}, 404),
        ("DELETE", "dialler/campaigns/campaign", {"name": "x"}, 404),
        ("DELETE", "dialler/campaigns/campaign", {}, 400),
        ("GET", "dialler/contacts", {"diallerCampaignsID": 9}, 404),
        ("GET", "dialler/contacts/9", {}, 404),
        ("GET", "dialler/contacts/contact", {"userData": "x"}, 404),
        ("GET", "dialler/contacts/contact", {}, 400),
    ],
    ids=str,
)
def test_what_is_missing_is_told_in_the_error_envelope(
    jtel: Jtel, verb: str, path: str, query: dict[str, Any], status: int
) -> None:
    assert jtel.refusal(verb, path, **query)[0] == status


def test_result_codes_come_in_two_languages(jtel: Jtel) -> None:
    campaign = jtel.sandbox.create_jtel_campaign("c")
    path = f"dialler/campaigns/campaign/{campaign}/resultCodes"

    english = jtel.good("GET", path, languagesID=1)["records"]
    german = jtel.good("GET", path, languagesID=2)["records"]

    assert (english[0]["Content"], german[0]["Content"]) == ("Completed", "Abgeschlossen")
    assert [code["ID"] for code in english] == [code["ID"] for code in german]
    kinds = [[code[kind] for kind in ("bDone", "bAborted", "bDelay", "bAppointment")] for code in english]
    assert all(sum(kind) == 1 for kind in kinds)
    assert set(map(tuple, kinds)) == {
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    }


def test_a_clone_has_everything_but_the_contacts(jtel: Jtel) -> None:
    source = jtel.sandbox.create_jtel_campaign("source", contacts=[{"Name": "A"}], nRingTime=17, UserData="old")
    body = {"source": "source", "destination": "copy", "userData": "new", "dtTo": "2030-01-31T18:00:00"}

    [made] = jtel.good("POST", "dialler/campaigns/clone", body)["records"]

    assert (made["Name"], made["nRingTime"], made["UserData"]) == ("copy", 17, "new")
    assert (made["dtFrom"], made["dtTo"]) == (None, "2030-01-31T18:00:00.000")
    assert names(jtel.good("GET", "dialler/contacts", diallerCampaignsID=made["ID"])) == []
    paths = [f"dialler/campaigns/campaign/{campaign}/resultCodes" for campaign in (source, made["ID"])]
    old, new = (jtel.good("GET", path, languagesID=2)["records"] for path in paths)
    assert [code["Content"] for code in old] == [code["Content"] for code in new]
    assert not {code["ID"] for code in old} & {code["ID"] for code in new}
    assert made["AbortOnNoTelNumberResultCodesID"] in {code["ID"] for code in new}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"source": "nothing", "destination": "x"}, 404),
        ({"source": "source", "destination": "source"}, 409),
        ({"source": "SOURCE", "destination": "x"}, 404),
        ({"source": "source"}, 400),
        ({"destination": "x"}, 400),
        ({"source": "source", "destination": "x", "dtFrom": "tomorrow"}, 400),
        ([], 400),
    ],
    ids=str,
)
def test_a_clone_that_cannot_be_is_refused(jtel: Jtel, body: Any, status: int) -> None:
    jtel.sandbox.create_jtel_campaign("source")

    assert jtel.refusal("POST", "dialler/campaigns/clone", body)[0] == status
    assert len(jtel.good("GET", "dialler/campaigns")["records"]) == 1


def test_campaigns_are_deleted_with_their_contacts_by_id_and_by_exact_name(jtel: Jtel) -> None:
    first = jtel.sandbox.create_jtel_campaign("Sommer", contacts=[{"Name": "A"}])
    jtel.sandbox.create_jtel_campaign("Sommer 2", contacts=[{"Name": "B"}])
    jtel.sandbox.create_jtel_campaign("Winter", contacts=[{"Name": "C"}])

    assert jtel.good("DELETE", f"dialler/campaigns/campaign/{first}") == {"status": 200}
    assert jtel.refusal("DELETE", "dialler/campaigns/campaign", name="Sommer")[0] == 404
    assert jtel.good("DELETE", "dialler/campaigns/campaign", name="Winter") == {"status": 200}

    assert [contact["Name"] for contact in jtel.sandbox.dump_jtel_contacts()] == ["B"]


def test_contacts_come_by_name_with_all_their_fields(jtel: Jtel) -> None:
    first = jtel.sandbox.create_jtel_campaign("first")
    second = jtel.sandbox.create_jtel_campaign("second", contacts=[{"Name": "M", "UserData": "m"}])
    ids = jtel.sandbox.create_jtel_contacts(first, [{"Name": "Z", "PhoneNumber1": "+4930"}, {"Name": "A"}])

    answer = jtel.good("GET", "dialler/contacts")

    assert names(answer) == ["A", "M", "Z"]
    assert (answer["limitPageSize"], answer["orderBy"]) == (-1, "Name")
    last = answer["records"][-1]
    assert (last["ID"], last["DiallerCampaignsID"], last["PhoneNumber1"]) == (ids[0], first, "+4930")
    assert all(len(record) == len(last) > 60 for record in answer["records"])
    assert names(jtel.good("GET", "dialler/contacts", diallerCampaignsID=second)) == ["M"]
    assert jtel.good("GET", f"dialler/contacts/{ids[0]}")["records"] == [last]


def test_contacts_are_found_by_their_user_data_in_every_campaign(jtel: Jtel) -> None:
    for name in ("first", "second"):
        jtel.sandbox.create_jtel_campaign(name, contacts=[{"Name": name, "UserData": "K/1 ü"}, {"Name": "x"}])

    assert names(jtel.good("GET", "dialler/contacts/contact", userData="K/1 ü")) == ["first", "second"]


def test_an_older_server_gives_all_contacts_whatever_is_asked(jtel: Jtel) -> None:
    first = jtel.sandbox.create_jtel_campaign("first", contacts=[{"Name": "A"}])
    jtel.sandbox.create_jtel_campaign("second", contacts=[{"Name": "B"}])
    jtel.sandbox.options(jtel_ignores_campaign=True)

    assert names(jtel.good("GET", "dialler/contacts", diallerCampaignsID=first)) == ["A", "B"]
    assert names(jtel.good("GET", "dialler/contacts", diallerCampaignsID=99)) == ["A", "B"]


def test_many_contacts_are_streamed_and_the_same_every_time(jtel: Jtel) -> None:
    campaign = jtel.sandbox.create_jtel_campaign("c")
    jtel.sandbox.create_jtel_contacts(campaign, count=3000)

    with jtel.session.get(f"{jtel.base}dialler/contacts", stream=True, timeout=30) as answer:
        pieces = list(answer.iter_content(64 * 1024))

    assert sum(map(len, pieces)) == int(answer.headers["Content-Length"]) > 4_000_000
    found = jtel.good("GET", "dialler/contacts", diallerCampaignsID=campaign)["records"]
    assert len({contact["UserData"] for contact in found}) == 3000
    assert sorted(found, key=lambda one: one["Name"]) == found
    assert sorted(found, key=lambda one: one["ID"]) == jtel.sandbox.dump_jtel_contacts(campaign)


def test_a_long_answer_may_break_off_in_the_middle(jtel: Jtel) -> None:
    jtel.sandbox.create_jtel_contacts(jtel.sandbox.create_jtel_campaign("c"), count=1000)
    jtel.sandbox.faults([{"kind": "cut_body", "times": 1}])
    pieces: list[bytes] = []

    answer = jtel.session.get(f"{jtel.base}dialler/contacts", stream=True, timeout=30)
    with answer, pytest.raises(requests.exceptions.ChunkedEncodingError):
        pieces.extend(answer.iter_content(16 * 1024))

    assert 0.4 < sum(map(len, pieces)) / int(answer.headers["Content-Length"]) <= 0.5
    assert jtel.good("GET", "dialler/contacts")["count"] == 1000


@pytest.mark.parametrize(
    ("kind", "status"), [("http_503", 503), ("rate_limit", 429), ("revoke_token", 401), ("html", 200)]
)
def test_faults_strike_by_the_names_of_its_methods(jtel: Jtel, kind: str, status: int) -> None:
    jtel.sandbox.faults([{"kind": kind, "times": 1, "methods": ["jtel.get_contacts"]}])

    assert jtel.good("GET", "dialler/campaigns")["count"] == 0
    assert jtel.send("GET", "dialler/contacts").status_code == status
    assert jtel.good("GET", "dialler/contacts")["count"] == 0
    assert jtel.sandbox.stats()["requests"] == {"jtel.get_campaigns": 1, "jtel.get_contacts": 2}


def test_the_small_seed_has_campaigns_and_contacts(jtel: Jtel) -> None:
    jtel.sandbox.seed("small")

    assert names(jtel.good("GET", "dialler/campaigns")) == ["Campaign 1000", "Kampagne Süd"]
    assert jtel.good("GET", "dialler/contacts")["count"] == 17


def test_an_unknown_field_cannot_be_made(jtel: Jtel) -> None:
    campaign = jtel.sandbox.create_jtel_campaign("c")
    for path, body in (
        ("jtel/campaigns", {"name": "c", "fields": {"Colour": 1}}),
        ("jtel/contacts", {"campaign": campaign, "contacts": [{"Name": "A", "Colour": 1}]}),
        ("jtel/contacts", {"campaign": campaign, "contacts": [{"FirstName": "A"}]}),
    ):
        assert requests.post(f"{jtel.sandbox.url}/__sandbox__/{path}", json=body, timeout=10).status_code == 400


def test_what_was_cloned_and_deleted_survives(kept: Kept) -> None:
    jtel = Jtel(kept.start().sandbox)
    jtel.good("POST", "dialler/campaigns/clone", {"source": "Kampagne Süd", "destination": "Kopie/Ü"})
    jtel.good("DELETE", "dialler/campaigns/campaign", name="Campaign 1000")
    before = jtel.sandbox.dump_jtel_contacts()
    kept.end(signal.SIGKILL)

    jtel = Jtel(kept.start().sandbox)
    assert names(jtel.good("GET", "dialler/campaigns")) == ["Kampagne Süd", "Kopie/Ü"]
    assert jtel.sandbox.dump_jtel_contacts() == before
    assert len(before) == 5


def test_an_import_needs_a_name_a_number_and_a_campaign_and_minds_the_lengths_of_its_release(jtel: Jtel) -> None:
    made = jtel.sandbox.create_jtel_campaign("Herbst")
    contact = {"DiallerCampaignsName": "Herbst", "Name": "Ann", "PhoneNumber2": "+4930", "UserData": "U" * 40}
    path = "dialler/contacts/import"
    assert jtel.good("POST", path, contact)["records"][0]["DiallerCampaignsID"] == made
    assert jtel.refusal("POST", path, {**contact, "Name": " "}) == (400, "Missing parameter: Name")
    assert jtel.refusal("POST", path, {**contact, "PhoneNumber2": ""}) == (400, "Missing parameter: PhoneNumber1")
    lacking = {name: value for name, value in contact.items() if name != "DiallerCampaignsName"}
    assert jtel.refusal("POST", path, lacking) == (400, "Missing parameter: DiallerCampaignsID")
    assert jtel.refusal("POST", path, {**lacking, "DiallerCampaignsID": 9}) == (404, "Dialler campaign not found")
    assert jtel.refusal("POST", path, {**contact, "Title": "X" * 17})[0] == 400
    assert jtel.refusal("POST", path, contact, overwriteDuplicates="perhaps")[0] == 400
    jtel.sandbox.options(jtel_is_older=True)
    assert jtel.refusal("POST", path, contact)[0] == 400


def test_overwriting_finds_the_user_data_within_the_campaign_and_may_begin_dialling_anew(jtel: Jtel) -> None:
    dialled = {"Name": "Ann", "PhoneNumber1": "+49", "UserData": "U", "nTries": 3, "bDone": True, "City": "Ulm"}
    first = jtel.sandbox.create_jtel_campaign("a", contacts=[dialled])
    second = jtel.sandbox.create_jtel_campaign("b")
    contact = {"Name": "Anna", "PhoneNumber1": "+49", "UserData": "U"}

    def kept(campaign: int, **more: Any) -> dict[str, Any]:
        body = {**contact, "DiallerCampaignsID": campaign, **more}
        return jtel.good("POST", "dialler/contacts/import", body, overwriteDuplicates="true")["records"][0]

    assert kept(second)["nTries"] == 0
    assert (kept(first)["nTries"], kept(first)["City"]) == (3, "Ulm")
    assert (kept(first, ResetContact=True)["nTries"], kept(first)["bDone"]) == (0, False)
    assert len(jtel.sandbox.dump_jtel_contacts()) == 2
