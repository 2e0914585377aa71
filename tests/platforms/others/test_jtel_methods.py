"""All 13 methods of jtel's dialler against the sandbox, over real HTTP: one claim each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bpadmin.platforms.base import Effect
from bpadmin.platforms.codes import ResultType
from bpadmin.platforms.errors import AuthFailed, Broken, Conflict, Invalid, NotFound, PlatformError, Reason
from bpadmin.platforms.http.lenient import Misshapen
from bpadmin.platforms.jtel.client import JtelClient
from bpadmin.platforms.jtel.decode import imported
from bpadmin.platforms.jtel.endpoints import ENDPOINTS
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.opening import jtel_client
from tests.platforms.scripted_server import Cut, Say, ScriptedServer


def get_campaigns(client: JtelClient, sandbox: SandboxControl) -> None:
    assert client.get_campaigns() == ()
    made = sandbox.create_jtel_campaign("Kampagne Süd", nRingTime=17)
    (campaign,) = client.get_campaigns()
    assert (campaign.id, campaign.name, campaign.fields["nRingTime"]) == (str(made), "Kampagne Süd", 17)


def get_campaign(client: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("Umfrage", UserData="U/1"))
    assert client.get_campaign(made).fields["UserData"] == "U/1"
    with pytest.raises(NotFound) as caught:
        client.get_campaign("987")
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND


def find_campaigns(client: JtelClient, sandbox: SandboxControl) -> None:
    for name in ("Sommer & Herbst/2026", "Winter", "Sommer"):
        sandbox.create_jtel_campaign(name)
    assert [one.name for one in client.find_campaigns("sommer")] == ["Sommer", "Sommer & Herbst/2026"]
    assert [one.name for one in client.find_campaigns("& Herbst/")] == ["Sommer & Herbst/2026"]
    assert client.find_campaigns("Frühling") == ()
    with pytest.raises(Invalid):
        client.find_campaigns(" ")


def get_result_codes(client: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("c"))
    english, german = client.get_result_codes(made), client.get_result_codes(made, language="de")
    assert (english[0].name, german[0].name) == ("Completed", "Abgeschlossen")
    assert {code.type for code in english} == set(ResultType) - {ResultType.UNKNOWN}
    assert all(code.export_key for code in english)
    with pytest.raises(NotFound):
        client.get_result_codes("987")
    with pytest.raises(Invalid, match="English"):
        client.get_result_codes(made, language="fr")


def clone_campaign(client: JtelClient, sandbox: SandboxControl) -> None:
    sandbox.create_jtel_campaign("Vorlage", contacts=[{"Name": "A"}], nRingTime=17)
    copy = client.clone_campaign(
        source="Vorlage",
        destination="Kopie",
        user_data="K",
        start=datetime(2030, 1, 1, 8),
        end=datetime(2030, 1, 31, 18, 30),
    )
    assert (copy.name, copy.fields["UserData"], copy.fields["nRingTime"]) == ("Kopie", "K", 17)
    assert (copy.fields["dtFrom"], copy.fields["dtTo"]) == ("2030-01-01T08:00:00.000", "2030-01-31T18:30:00.000")
    assert list(client.get_contacts(copy.id)) == []
    with pytest.raises(NotFound) as missing:
        client.clone_campaign(source="Niemand", destination="x")
    assert missing.value.reason is Reason.CAMPAIGN_NOT_FOUND
    with pytest.raises(Conflict) as taken:
        client.clone_campaign(source="Vorlage", destination="Kopie")
    assert taken.value.reason is Reason.DUPLICATE_NAME
    with pytest.raises(Invalid, match="before it begins"):
        client.clone_campaign(source="Vorlage", destination="x", start=datetime(2030, 2, 1), end=datetime(2030, 1, 1))


def delete_campaign(client: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("alt", contacts=[{"Name": "A"}]))
    client.delete_campaign(made)
    assert sandbox.jtel_state() == []
    with pytest.raises(NotFound):
        client.delete_campaign(made)
    with pytest.raises(Invalid):
        client.delete_campaign("")


def delete_campaign_by_name(client: JtelClient, sandbox: SandboxControl) -> None:
    for name in ("Sommer", "Sommer 2"):
        sandbox.create_jtel_campaign(name)
    client.delete_campaign_by_name("Sommer")
    assert [one["name"] for one in sandbox.jtel_state()] == ["Sommer 2"]
    with pytest.raises(NotFound):
        client.delete_campaign_by_name("Somm")
    with pytest.raises(Invalid):
        client.delete_campaign_by_name("")


def get_contacts(client: JtelClient, sandbox: SandboxControl) -> None:
    first = sandbox.create_jtel_campaign("first", contacts=[{"Name": "Müller", "PhoneNumber1": "+4930"}])
    sandbox.create_jtel_campaign("second", contacts=[{"Name": "B"}])
    assert {one.entry["Name"] for one in client.get_contacts()} == {"Müller", "B"}
    assert [one.entry["PhoneNumber1"] for one in client.get_contacts(str(first))] == ["+4930"]
    with pytest.raises(NotFound) as caught:
        next(client.get_contacts("987"))
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND


def get_contact(client: JtelClient, sandbox: SandboxControl) -> None:
    made = sandbox.create_jtel_campaign("c")
    (id_,) = sandbox.create_jtel_contacts(made, [{"Name": "A", "City": "Köln"}])
    contact = client.get_contact(str(id_))
    assert (contact.id, contact.entry["City"]) == (str(id_), "Köln")
    with pytest.raises(NotFound) as caught:
        client.get_contact("987")
    assert caught.value.reason is Reason.RECORD_NOT_FOUND


def find_contacts(client: JtelClient, sandbox: SandboxControl) -> None:
    contacts = [{"Name": "A", "UserData": "K/1 &ü"}, {"Name": "B", "UserData": "K/1"}]
    sandbox.create_jtel_campaign("c", contacts=contacts)
    assert [one.entry["Name"] for one in client.find_contacts("K/1 &ü")] == ["A"]
    assert client.find_contacts("K") == ()
    with pytest.raises(Invalid):
        client.find_contacts("")


CONTACT = {"Name": "Ann", "PhoneNumber1": "+4930123456", "UserData": "K/1 &ü"}


def import_contact(client: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("c"))
    first = client.import_contact(made, CONTACT)
    assert (first.entry["Name"], first.entry["DiallerCampaignsID"]) == ("Ann", int(made))
    assert client.import_contact(made, CONTACT).id != first.id
    assert client.import_contact(made, {**CONTACT, "Name": "Anna"}, overwrite=True).id == first.id
    assert client.count_added(made, [CONTACT, {"Name": "Nobody", "PhoneNumber1": "1"}]) == (1, 0)
    with pytest.raises(NotFound) as caught:
        client.import_contact("987", CONTACT)
    assert caught.value.reason is Reason.CAMPAIGN_NOT_FOUND
    for lacking in ("Name", "PhoneNumber1"):
        with pytest.raises(Invalid, match=lacking):
            client.import_contact(made, {name: value for name, value in CONTACT.items() if name != lacking})


def delete_contact(client: JtelClient, sandbox: SandboxControl) -> None:
    made = sandbox.create_jtel_campaign("c")
    first, second = sandbox.create_jtel_contacts(made, [CONTACT, CONTACT])
    client.delete_contact(str(first))
    assert [one["ID"] for one in sandbox.dump_jtel_contacts()] == [second]
    with pytest.raises(NotFound) as caught:
        client.delete_contact(str(first))
    assert caught.value.reason is Reason.RECORD_NOT_FOUND
    with pytest.raises(Invalid):
        client.delete_contact("")


def delete_contact_by_user_data(client: JtelClient, sandbox: SandboxControl) -> None:
    made = sandbox.create_jtel_campaign("c")
    sandbox.create_jtel_contacts(made, [CONTACT, CONTACT, {**CONTACT, "UserData": "K"}])
    client.delete_contact_by_user_data("K/1 &ü")
    assert len(sandbox.dump_jtel_contacts()) == 2
    client.delete_contact_by_user_data("K/1 &ü")
    with pytest.raises(NotFound):
        client.delete_contact_by_user_data("K/1 &ü")
    with pytest.raises(Invalid):
        client.delete_contact_by_user_data(" ")


CLAIMS: dict[str, Callable[[JtelClient, SandboxControl], None]] = {
    claim.__name__: claim
    for claim in (
        get_campaigns,
        get_campaign,
        find_campaigns,
        get_result_codes,
        clone_campaign,
        delete_campaign,
        delete_campaign_by_name,
        get_contacts,
        get_contact,
        find_contacts,
        import_contact,
        delete_contact,
        delete_contact_by_user_data,
    )
}


def test_every_method_has_its_claim() -> None:
    assert [endpoint.name for endpoint in ENDPOINTS] == list(CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_method_does_what_its_page_says(name: str, jtel: JtelClient, sandbox: SandboxControl) -> None:
    CLAIMS[name](jtel, sandbox)
    assert sandbox.stats()["requests"][f"jtel.{name}"] > 0


@pytest.mark.parametrize("wrong", [{"token": "guessed"}, {"clients_id": "2"}])
def test_a_wrong_token_and_a_wrong_client_id_are_refused_by_all(wrong: dict[str, str], sandbox: SandboxControl) -> None:
    with jtel_client(sandbox.url, **wrong) as client, pytest.raises(AuthFailed) as caught:
        list(client.get_contacts())
    assert caught.value.reason is Reason.BAD_CREDENTIALS


def test_a_read_is_asked_again_when_the_server_stumbles(jtel: JtelClient, sandbox: SandboxControl) -> None:
    sandbox.create_jtel_campaign("c", contacts=[{"Name": "A"}])
    sandbox.faults([{"kind": "http_503", "times": 2, "methods": ["jtel.get_contacts"]}])
    assert len(list(jtel.get_contacts())) == 1


ONCE: dict[str, Callable[[JtelClient], object]] = {
    "clone_campaign": lambda client: client.clone_campaign(source="a", destination="b"),
    "delete_campaign": lambda client: client.delete_campaign("1"),
    "delete_campaign_by_name": lambda client: client.delete_campaign_by_name("a"),
    "import_contact": lambda client: client.import_contact("1", CONTACT, overwrite=True),
    "delete_contact": lambda client: client.delete_contact("1"),
    "delete_contact_by_user_data": lambda client: client.delete_contact_by_user_data("a"),
}


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("step", [Cut(), Say(status=503)], ids=["cut", "503"])
def test_clones_imports_and_deletions_are_never_repeated_on_a_guess(
    name: str, step: Cut | Say, pauses: list[float]
) -> None:
    with ScriptedServer(step) as server, jtel_client(server.url) as client:
        with pytest.raises(PlatformError) as caught:
            ONCE[name](client)
        assert caught.value.maybe_applied
        assert len(server.seen) == 1
    assert [each.name for each in ENDPOINTS if each.effect is Effect.ONCE] == list(ONCE)


@pytest.mark.parametrize(
    "pasted",
    ["{}", "{}/", "{}/rest/v1.0", "{}/rest/v1.0/1", " {}/rest/v1.0/77/dialler/campaigns "],
)
def test_an_address_is_understood_however_much_of_it_was_pasted(pasted: str, sandbox: SandboxControl) -> None:
    with jtel_client(pasted.format(sandbox.url)) as client:
        assert client.get_campaigns() == ()


def test_an_import_is_done_where_its_answer_tells_no_more_than_that(jtel: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("c"))
    sandbox.options(jtel_import_tells="count")
    assert jtel.import_contact(made, CONTACT).entry == {}
    assert jtel.add_many_records(made, [CONTACT, CONTACT]).count == 2
    assert len(sandbox.dump_jtel_contacts()) == 3


def test_an_import_without_a_word_may_have_been_done_or_not(jtel: JtelClient, sandbox: SandboxControl) -> None:
    made = str(sandbox.create_jtel_campaign("c"))
    sandbox.options(jtel_import_tells="nothing")
    with pytest.raises(Broken) as told:
        jtel.import_contact(made, CONTACT)
    assert told.value.maybe_applied


@pytest.mark.parametrize("answer", [None, {}, {"status": 500}, {"count": 0, "status": 200}, {"count": 2}])
def test_what_tells_of_no_success_is_none(answer: Any) -> None:
    with pytest.raises(Misshapen):
        imported(answer)
