"""Bright Pattern's first API against the sandbox: signed by HTTP Digest, and little more than reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bpadmin.platforms import REGISTRY, open_client
from bpadmin.platforms.base import Answer, Capability, MemoryTokens
from bpadmin.platforms.brightpattern_legacy.endpoints import V1_ENDPOINTS
from bpadmin.platforms.brightpattern_legacy.info import V1_CAPABILITIES
from bpadmin.platforms.errors import AuthFailed, Broken, Invalid, NotFound, Reason, Unsupported
from bpadmin.platforms.http.digest import Digest, challenges_in
from bpadmin.platforms.http.transport import Transport
from bpadmin.platforms.names import id_of
from bpadmin.platforms.sources import Condition
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.scripted_server import Say, ScriptedServer
from tests.platforms.stage import KEYED, ROWS

LIST, CAMPAIGN = "Süd/West 50%.csv", "Büro & mehr"
LIST_ID, CAMPAIGN_ID = id_of(LIST), id_of(CAMPAIGN)
INFO = REGISTRY["brightpattern_legacy"]
NEW = {"id": "N1", "phone": "16505550199", "name": "New"}


class FirstStage:
    """A tenant driven by v1: a campaign and a keyed list bound to it."""

    def __init__(self, sandbox: SandboxControl) -> None:
        self.sandbox = sandbox
        self.list = sandbox.create_list(LIST, KEYED, bind=[sandbox.create_campaign(CAMPAIGN)], records=ROWS)
        self.client: Any = self.as_user("sandbox")

    def as_user(self, name: str, secret: str = "sandbox-secret", tenant_url: str = "sandbox") -> Any:
        credentials = {"api_version": "v1", "client_id": name, "client_secret": secret, "tenant_url": tenant_url}
        return open_client(
            "brightpattern_legacy", base_url=self.sandbox.url, credentials=credentials, tokens=MemoryTokens()
        )

    def stored(self) -> list[str]:
        return [record["id"] for record in self.sandbox.dump(self.list)]

    @property
    def statuses(self) -> dict[str, int]:
        return self.sandbox.stats()["statuses"]


@pytest.fixture
def first(sandbox: SandboxControl) -> Iterator[FirstStage]:
    """A stage for v1."""
    stage = FirstStage(sandbox)
    yield stage
    stage.client.close()


def get_all_records(first: FirstStage) -> None:
    page = first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID, limit=3)
    rest = first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID, limit=3, cursor=page.next_cursor)
    assert [record.entry["id"] for record in (*page.items, *rest.items)] == [row["id"] for row in ROWS]
    assert (page.items[0].status.completed, rest.next_cursor) == (False, "")
    with pytest.raises(NotFound) as caught:
        first.client.get_all_records(CAMPAIGN_ID, instance_id="nowhere.csv")
    assert caught.value.reason is Reason.LIST_NOT_FOUND


CLAIMS = {claim.__name__: claim for claim in (get_all_records,)}


def test_every_method_has_a_claim() -> None:
    assert sorted(CLAIMS) == sorted(endpoint.name for endpoint in V1_ENDPOINTS)


@pytest.mark.parametrize("name", CLAIMS)
def test_it_does_what_the_document_says(first: FirstStage, name: str) -> None:
    CLAIMS[name](first)


def test_one_challenge_serves_all_requests(first: FirstStage) -> None:
    for _ in range(3):
        first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID)
    assert first.statuses == {"401": 1, "200": 3}


@pytest.mark.parametrize("how", ["it is too old", "it was taken back"])
def test_a_stale_challenge_is_fetched_anew_and_the_request_is_made_once(first: FirstStage, how: str) -> None:
    first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID)
    if how == "it is too old":
        first.sandbox.advance(301)
    else:
        first.sandbox.revoke_tokens()
    first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID)
    assert first.statuses == {"401": 3, "200": 2}


def test_a_retried_read_is_signed_anew(first: FirstStage) -> None:
    first.sandbox.faults([{"kind": "cut_after", "times": 1, "methods": ["v1.get_all_records"], "after": 1}])
    page = first.client.get_all_records(CAMPAIGN_ID, instance_id=LIST_ID)
    assert len(page.items) == len(ROWS)


@pytest.mark.parametrize(("name", "secret"), [("sandbox", "wrong"), ("nobody", "sandbox-secret"), ('Jörg "x"', "ü")])
def test_a_wrong_password_is_refused_after_one_more_try(first: FirstStage, name: str, secret: str) -> None:
    with pytest.raises(AuthFailed, match="user name or the password") as caught:
        first.as_user(name, secret).get_all_records(CAMPAIGN_ID, instance_id=LIST_ID)
    assert caught.value.reason is Reason.BAD_CREDENTIALS
    assert first.sandbox.stats()["requests_total"] <= 4


def test_the_connection_test_says_what_to_expect(first: FirstStage) -> None:
    report = first.client.probe()
    assert (report.ok, "name the list and the campaign" in report.details[0]) == (True, True)
    assert first.as_user("sandbox", "wrong").probe().headline == "The user name or the password is wrong."
    lacking = first.as_user("viewer-only").probe()
    assert (lacking.ok, lacking.missing_privileges) == (False, ("Manage Lists",))


def test_a_list_in_a_campaign_is_a_source_that_a_person_names(first: FirstStage) -> None:
    assert INFO.source_named is not None
    source = INFO.source_named({"list": f" {LIST} ", "campaign": CAMPAIGN})
    assert (source.name, source.group) == (LIST, CAMPAIGN)
    pages = list(first.client.walk_source(source.id, limit=3))
    assert [record.entry["id"] for page in pages for record in page.items] == [row["id"] for row in ROWS]
    assert pages[-1].next_cursor == ""
    assert first.client.sources() == ()


@pytest.mark.parametrize("said", [{}, {"list": "x"}, {"list": " ", "campaign": "y"}])
def test_a_source_without_both_names_is_none(said: dict[str, str]) -> None:
    assert INFO.source_named is not None
    with pytest.raises(ValueError, match="Name both"):
        INFO.source_named(said)


def test_a_filter_is_refused_in_words(first: FirstStage) -> None:
    with pytest.raises(Invalid, match="without a filter"):
        first.client.walk_source(id_of(CAMPAIGN_ID, LIST_ID), conditions=[Condition("kind", "completed")])


def test_it_offers_what_can_be_reached_and_no_more(first: FirstStage) -> None:
    assert INFO.offered({"api_version": "v1"}) == V1_CAPABILITIES
    assert Capability.RECORDS_ADD in INFO.offered({"api_version": "v2"})
    assert INFO.offered({}) == INFO.capabilities
    with pytest.raises(Unsupported):
        first.client.get_campaigns()


def digest_on(server: ScriptedServer) -> Digest:
    def check(answer: Answer) -> None:
        if answer.status >= 400:
            raise NotFound("There is nothing here.", status=answer.status)

    transport = Transport(server.url, patience=0.0)
    return Digest(transport, username="u", password="p", method="POST", path="/x", check=check)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Say(b"", 200), "let a request in"),
        (Say(b"", 401, {"WWW-Authenticate": 'Basic realm="r"'}), "offers no Digest"),
        (Say(b"", 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", algorithm=TIGER'}), "offers no Digest"),
        (
            Say(b"", 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth-int"'}),
            "quality of protection",
        ),
    ],
)
def test_another_way_to_sign_in_is_told_in_words(answer: Say, words: str) -> None:
    with ScriptedServer(answer) as server, pytest.raises(Broken, match=words):
        digest_on(server).authorization("GET", "/y")


def test_an_answer_that_is_no_challenge_is_judged_as_any_other() -> None:
    with ScriptedServer(Say(b"", 404)) as server, pytest.raises(NotFound):
        digest_on(server).authorization("GET", "/y")


@pytest.mark.parametrize("header", ["Digest qop, realm, nonce", 'Digest """",qop', 'Digest realm="r", algorithm'])
def test_a_challenge_whose_names_have_no_values_is_none_that_can_be_answered(header: str) -> None:
    with ScriptedServer(Say(b"", 401, {"WWW-Authenticate": header})) as server, pytest.raises(Broken, match="Digest"):
        digest_on(server).authorization("GET", "/y")


def test_a_name_without_a_value_beside_others_says_nothing() -> None:
    assert challenges_in('Digest realm="r", nonce="1", algorithm, qop') == [{"realm": "r", "nonce": "1"}]


def test_the_first_challenge_that_can_be_answered_is_taken() -> None:
    header = (
        'Basic realm="a, b", Digest realm="r", nonce="1", algorithm=SHA-512-256, qop="auth", '
        'Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth-int, auth", opaque="o", '
        'Digest realm="r", nonce="3", algorithm=MD5'
    )
    assert [each["nonce"] for each in challenges_in(header)] == ["1", "2", "3"]
    with ScriptedServer(Say(b"", 401, {"WWW-Authenticate": header})) as server:
        signed = digest_on(server).authorization("GET", "/y")
    assert 'nonce="2"' in signed
    assert 'uri="/y"' in signed
    assert "nc=00000001" in signed
