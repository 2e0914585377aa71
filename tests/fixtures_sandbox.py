"""Fixtures: a sandbox tenant in a process of its own, one for each test process, empty at the start of each test."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bpadmin.sandbox.http.server import start_in_process


class SandboxControl:
    """The control side of a sandbox tenant, over HTTP."""

    credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
    jtel_token, jtel_client = "sandbox-jtel-token", "1"
    tenant_url = "sandbox"
    conpeek_key = "sandbox-conpeek-key"

    def __init__(self, url: str) -> None:
        self.url = url
        self._watching = threading.local()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def reset(self) -> None:
        """Empty the tenant; faults, latency, options, clock and statistics start over too."""
        self.control("POST", "reset")

    def seed(self, size: str) -> None:
        """Start over with the contents of a seed: "small" or "demo"."""
        self.control("POST", "seed", {"size": size})

    def faults(self, faults: Sequence[dict[str, Any]]) -> None:
        """Put faults on order; an empty list takes all off."""
        if faults:
            self.control("POST", "faults", list(faults))
        else:
            self.control("DELETE", "faults")

    def latency(self, seconds: float) -> None:
        """Let every request take this much longer."""
        self.control("POST", "latency", {"seconds": seconds})

    def advance(self, seconds: float) -> None:
        """Move the tenant's clock on."""
        self.control("POST", "clock", {"advance_seconds": seconds})

    def options(self, **options: Any) -> dict[str, Any]:
        """Change options such as document_oddities=True; returns all of them."""
        return self.control("POST", "options", options)

    def revoke_tokens(self) -> None:
        """Make every token given out so far invalid, and every nonce of v1."""
        self.control("POST", "revoke")

    def create_list(
        self, name: str, fields: Sequence[dict[str, Any]], *, bind: Sequence[str] = (), records: Sequence[Any] = ()
    ) -> str:
        """Make a list with a format of its own, bound (enabled) to the campaigns in `bind`; returns its id."""
        body = {"name": name, "fields": list(fields), "bind": list(bind), "records": list(records)}
        return self.control("POST", "lists", body)["id"]

    def create_campaign(self, name: str, **options: Any) -> str:
        """Make a campaign (enabled=True, running=False, rate=1.0 calls a second); returns its id."""
        return self.control("POST", "campaigns", {"name": name, **options})["id"]

    def outbound(self, *, teams: Sequence[str] = (), numbers: Sequence[str] = ()) -> dict[str, str]:
        """Return the tenant teams and numbers that campaigns can be assigned; answers the teams' ids by name."""
        return self.control("POST", "outbound", {"teams": list(teams), "numbers": list(numbers)})["teams"]

    def campaign_settings(self, campaign_id: str) -> dict[str, Any]:
        """Return how a campaign dials, with its teams, caller IDs and dispositions, past the API."""
        return next(each["outbound"] for each in self.state()["campaigns"] if each["id"] == campaign_id)

    def create_dnc_list(
        self,
        name: str,
        kind: str,
        keys: Sequence[str] = (),
        *,
        country: str = "",
        list_field: str = "",
        bind: Sequence[str] = (),
    ) -> str:
        """Make a DNC list of a type such as "INTERNAL" that guards the campaigns in `bind`; returns its id."""
        body = {"name": name, "type": kind, "keys": list(keys), "country": country, "list_field": list_field}
        return self.control("POST", "dnc", {**body, "bind": list(bind)})["id"]

    def blocked(
        self, number: str = "", *, campaign: str = "", postal: str = "", state: str = "", value: str = ""
    ) -> dict[str, Any]:
        """Ask whether a number may be dialled now: {"blocked": …, "by": [{"list", "name", "type", "rule"}]}.

        Without a campaign's id all DNC lists count. `value` is what exclusion lists look at.
        """
        given = {"number": number, "campaign": campaign, "postal": postal, "state": state, "value": value}
        query = urllib.parse.urlencode({name: text for name, text in given.items() if text})
        return self._watch("GET", f"blocked?{query}")

    def unblocked(self, numbers: Sequence[str], *, campaign: str = "") -> list[str]:
        """Return those of the numbers that nothing forbids to dial now, in their order, all looked up at one moment."""
        return self._watch("POST", "blocked", {"numbers": list(numbers), "campaign": campaign})["unblocked"]

    def create_jtel_campaign(self, name: str, *, contacts: Sequence[dict[str, Any]] = (), **fields: Any) -> int:
        """Make a campaign of the jtel dialler, its fields by their names there (nRingTime=17); returns its id."""
        body = {"name": name, "fields": fields, "contacts": list(contacts)}
        return self.control("POST", "jtel/campaigns", body)["id"]

    def create_jtel_contacts(
        self, campaign_id: int, contacts: Sequence[dict[str, Any]] = (), *, count: int = 0
    ) -> list[int]:
        """Add contacts to a jtel campaign and give their ids; `count` more are made up, for which none are given."""
        body = {"campaign": campaign_id, "contacts": list(contacts), "count": count}
        return self.control("POST", "jtel/contacts", body)["ids"]

    def jtel_state(self) -> list[dict[str, Any]]:
        """Return the jtel campaigns: id, name, number of "contacts", "fields"."""
        return self.control("GET", "dump/jtel")["campaigns"]

    def dump_jtel_contacts(self, campaign_id: int | None = None) -> list[dict[str, Any]]:
        """Return the contacts of a jtel campaign, or all, in the order of their ids."""
        return self.lines("dump/jtel/contacts" + (f"?campaign={campaign_id}" if campaign_id is not None else ""))

    def create_voice_campaign(
        self,
        name: str,
        *,
        project: str = "Project",
        dialing_method: str = "PROGRESSIVE",
        requests: Sequence[dict[str, Any]] = (),
    ) -> str:
        """Make a voice campaign of the Conpeek server, with requests as `create_requests` takes them; gives its id."""
        body = {"name": name, "project": project, "dialing_method": dialing_method, "requests": list(requests)}
        return self.control("POST", "conpeek/campaigns", body)["id"]

    def hook(self, url: str, *, events: Sequence[str] = ()) -> None:
        """Have the Conpeek server send events to an address, all of them unless some are named."""
        self.control("POST", "conpeek/hooks", {"url": url, "events": list(events)})

    def voice_call(self, campaign_id: str, request_id: str, **said: Any) -> list[int]:
        """Call a request (reason="USER_HANGUP", closes=True, seconds=0); gives the statuses of what was sent."""
        return self.control("POST", "conpeek/calls", {"campaign": campaign_id, "request": request_id, **said})["sent"]

    def create_requests(
        self, campaign_id: str, requests: Sequence[dict[str, Any]] = (), *, count: int = 0
    ) -> list[str]:
        """Add requests, fields by their API names and "custom" as an object; returns ids. `count` more are made up."""
        body = {"campaign": campaign_id, "requests": list(requests), "count": count}
        return self.control("POST", "conpeek/requests", body)["ids"]

    def conpeek_state(self) -> list[dict[str, Any]]:
        """Return the voice campaigns: "id", "name", "project_id", number of "requests"."""
        return self.control("GET", "dump/conpeek")["campaigns"]

    def dump_requests(self, campaign_id: str = "") -> list[dict[str, Any]]:
        """Return the requests of a voice campaign, or all, as the API shows them."""
        return self.lines("dump/conpeek/requests" + (f"?campaign={campaign_id}" if campaign_id else ""))

    def dump(self, list_id: str) -> list[dict[str, Any]]:
        """Return every record of a list as it is stored, in the order of adding."""
        return self.lines(f"dump/lists/{list_id}")

    def dump_dnc(self, dnc_list_id: str) -> list[dict[str, Any]]:
        """Return every entry of a DNC list."""
        return self.lines(f"dump/dnc/{dnc_list_id}")

    def state(self) -> dict[str, Any]:
        """Return campaigns, lists (with formats) and DNC lists, without their records."""
        return self.control("GET", "dump")

    def list_id(self, name: str) -> str:
        """Return the id of the list with this name."""
        return next(item["id"] for item in self.state()["lists"] if item["name"] == name)

    def campaign_id(self, name: str) -> str:
        """Return the id of the campaign with this name."""
        return next(item["id"] for item in self.state()["campaigns"] if item["name"] == name)

    def dnc_id(self, name: str) -> str:
        """Return the id of the DNC list with this name."""
        return next(item["id"] for item in self.state()["dnc"] if item["name"] == name)

    def stats(self) -> dict[str, Any]:
        """Return counts: "requests" by method name, "requests_total", "token_requests", "statuses", "faults"."""
        return self.control("GET", "stats")

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        """Make a control request; returns the parsed answer."""
        return json.loads(self._ask(verb, path, body))

    def lines(self, path: str) -> list[dict[str, Any]]:
        """Make a control request that answers a JSON object a line."""
        return [json.loads(line) for line in self._ask("GET", path, None).splitlines()]

    def _watch(self, verb: str, path: str, body: Any = None) -> Any:
        """Make a control request over a connection that stays open, one for each thread: it has to be quick."""
        data = None if body is None else json.dumps(body).encode()
        path = f"/__sandbox__/{path}"
        connection: http.client.HTTPConnection | None = getattr(self._watching, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self.url.partition("://")[2], timeout=60)
            self._watching.connection = connection
        try:
            connection.request(verb, path, data)
            answer = connection.getresponse()
        except (http.client.HTTPException, OSError):
            # It was idle for too long; asking changes nothing, so it may be asked again.
            connection.close()
            connection.request(verb, path, data)
            answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise urllib.error.HTTPError(path, answer.status, text.decode(), answer.headers, None)
        return json.loads(text)

    def _ask(self, verb: str, path: str, body: Any) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__sandbox__/{path}", data, method=verb)
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=60) as answer:
            return answer.read()


@pytest.fixture(scope="session")
def sandbox_control() -> Iterator[SandboxControl]:
    """A sandbox process for the whole session of this test process; holds whatever the last test left."""
    handle = start_in_process()
    yield SandboxControl(handle.url)
    handle.stop()


@pytest.fixture
def sandbox(sandbox_control: SandboxControl) -> SandboxControl:
    """The sandbox tenant, empty and without faults."""
    sandbox_control.reset()
    return sandbox_control
