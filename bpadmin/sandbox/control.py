"""The private prefix: what a test or the demo may do to the tenant from outside. It needs no token."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import orjson

from bpadmin.sandbox.blocking import Question, blocking, unblocked
from bpadmin.sandbox.conpeek import control as conpeek
from bpadmin.sandbox.conpeek import hooks
from bpadmin.sandbox.conpeek.api import KEY
from bpadmin.sandbox.errors import Refusal, bad_request, not_found, wrong_verb
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.http.wire import Answer, Request
from bpadmin.sandbox.jtel import control as jtel
from bpadmin.sandbox.jtel.api import CLIENT, TOKEN
from bpadmin.sandbox.older.api import TENANT_URL
from bpadmin.sandbox.scene import Scene
from bpadmin.sandbox.state.access import SECRET, Privilege, User
from bpadmin.sandbox.state.campaigns import DNC_MATCH, Campaign, DncBinding
from bpadmin.sandbox.state.dnc import DncType
from bpadmin.sandbox.state.formats import EXTRAS, SWITCHES
from bpadmin.sandbox.state.intake import add_records
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.rows import Value
from bpadmin.sandbox.state.tenant import Tenant

PIECE = 2000
# Actions that are not in the table: they read something else than a JSON object, or do without the tenant's lock.
_APART = (("POST", "faults"), ("GET", "blocked"), ("POST", "blocked"), ("POST", "conpeek/calls"))
_SNAKE_NAMES = {
    "phone_type": "phoneType",
    "remove_prefix": "removePrefix",
    "default_country_code": "defaultCountryCode",
    "time_zone": "timeZone",
    "date_format": "format",
    "priority_order": "order",
    "expires_after": "expiresAfter",
}


class Control:
    """Answers requests under /__sandbox__/."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._actions: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", ""): self._help,
            ("POST", "reset"): lambda body: scene.reset(),
            ("POST", "seed"): lambda body: scene.reset(parameters.text(body, "size", is_required=True)),
            ("GET", "faults"): lambda body: [fault.as_json() for fault in scene.faults.ordered],
            ("DELETE", "faults"): lambda body: scene.faults.clear(),
            ("POST", "latency"): self._latency,
            ("POST", "clock"): self._clock,
            ("POST", "options"): self._options,
            ("POST", "revoke"): self._revoke,
            ("POST", "users"): self._user,
            ("POST", "lists"): self._list,
            ("POST", "campaigns"): self._campaign,
            ("POST", "outbound"): self._outbound,
            ("POST", "dnc"): self._dnc,
            ("GET", "stats"): lambda body: scene.stats.as_json(),
            ("GET", "dump"): self._dump,
            **{key: partial(self._beside, action) for key, action in (jtel.ACTIONS | conpeek.ACTIONS).items()},
        }

    def only_reads(self, request: Request) -> bool:
        """Return whether a request changes nothing, so that nothing has to be kept after it."""
        return request.verb == "GET" or request.path.rstrip("/").endswith("/blocked")

    def __call__(self, request: Request) -> Answer:
        """Answer one control request."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            body = orjson.dumps({"error": refusal.name, "error_description": refusal.description})
            return Answer(refusal.status, body)

    def _answer(self, request: Request) -> Answer:
        parts = [part for part in request.path.split("/") if part][1:]
        if parts[:1] == ["dump"] and len(parts) == 3 and request.verb == "GET":
            return self._dump_one(parts[1], parts[2], request.query)
        name = "/".join(parts)
        if (request.verb, name) == ("GET", "blocked"):
            return self._blocked(request.query)
        if (request.verb, name) == ("POST", "blocked"):
            return _json(self._unblocked(parameters.parse_object(request.body)))
        if (request.verb, name) == ("POST", "faults"):
            self._scene.faults.order(parameters.parse_json(request.body))
            return _json(None)
        if (request.verb, name) == ("POST", "conpeek/calls"):
            return _json(self._voice_call(parameters.parse_object(request.body)))
        action = self._actions.get((request.verb, name))
        if action is None:
            is_known = any(known == name for _, known in self._actions)
            raise wrong_verb(request.verb) if is_known else not_found(f"/__sandbox__/{name}")
        body = parameters.parse_object(request.body) if request.body.strip() else {}
        # Taken from the sandbox once: a reset replaces the tenant while this lock is held.
        with self._scene.tenant.lock:
            return _json(action(body))

    def _help(self, body: dict[str, Any]) -> Any:
        users = self._scene.tenant.users.values()
        return {
            "credentials": {"client_id": "sandbox", "client_secret": SECRET},
            "others": {
                "v1": {"tenant_url": TENANT_URL, "username": "sandbox", "password": SECRET},
                "jtel": {"clients_id": CLIENT, "token": TOKEN},
                "conpeek": {"key": KEY},
            },
            "users": {user.name: sorted(user.privileges) for user in users},
            "control": sorted(f"{verb} /__sandbox__/{name}" for verb, name in [*self._actions, *_APART]),
        }

    def _beside(self, action: Callable[[Tenant, dict[str, Any]], Any], body: dict[str, Any]) -> Any:
        return action(self._scene.tenant, body)

    def _voice_call(self, body: dict[str, Any]) -> Any:
        """Make a call, and send what it is told by; who is told may ask the server before the sending is done."""
        tenant = self._scene.tenant
        with tenant.lock:
            bodies = hooks.call_make(tenant, body)
        return {"sent": hooks.events_send(tenant, self._scene.faults, bodies)}

    def _revoke(self, body: dict[str, Any]) -> None:
        self._scene.tenant.tokens.revoke()
        self._scene.tenant.nonces.revoke()

    def _latency(self, body: dict[str, Any]) -> None:
        self._scene.latency = float(body.get("seconds", 0))

    def _clock(self, body: dict[str, Any]) -> Any:
        clock = self._scene.tenant.clock
        clock.advance(float(body.get("advance_seconds", 0)))
        return {"now_ms": clock.now()}

    def _options(self, body: dict[str, Any]) -> Any:
        options = self._scene.tenant.options
        for name, value in body.items():
            if name not in options.__slots__:
                raise bad_request(f"no option {name!r}; there are {', '.join(options.__slots__)}")
            setattr(options, name, type(getattr(options, name))(value))
        return {name: getattr(options, name) for name in options.__slots__}

    def _user(self, body: dict[str, Any]) -> None:
        privileges = frozenset(Privilege(item) for item in body.get("privileges", []))
        user = User(body["name"], SECRET, privileges, set(body.get("assigned", [])), bool(body.get("is_locked")))
        self._scene.tenant.users[user.name] = user

    def _list(self, body: dict[str, Any]) -> Any:
        tenant = self._scene.tenant
        name = parameters.text(body, "name", is_required=True)
        from bpadmin.sandbox.seeds.small import make_list

        fields = [_field(item) for item in body.get("fields", [])]
        made = make_list(tenant, name, str(body.get("format_name") or f"Format of {name}"), fields)
        records = body.get("records") or []
        _, refused = add_records(made, records, now=tenant.clock.now(), room=len(records))
        if refused:
            raise bad_request(f"records are refused: {refused}")
        bound = {}
        for campaign_id in body.get("bind") or []:
            instance = tenant.bind(tenant.campaign_with(campaign_id), made)
            instance.enabled = True
            bound[campaign_id] = instance.id
        return {"id": made.id, "formatId": made.format.id, "instances": bound}

    def _campaign(self, body: dict[str, Any]) -> Any:
        tenant = self._scene.tenant
        made = Campaign(
            tenant.new_id(),
            parameters.text(body, "name", is_required=True),
            kind=str(body.get("kind") or "Outbound Voice"),
            enabled=bool(body.get("enabled", True)),
            is_running=bool(body.get("running", False)),
            rate=float(body.get("rate", 1.0)),
            ticked=tenant.clock.now(),
            custom_fields=tuple(body.get("custom_fields", ())),
        )
        tenant.campaigns[made.id] = made
        return {"id": made.id}

    def _outbound(self, body: dict[str, Any]) -> Any:
        """Return the tenant teams and numbers that campaigns can be assigned; answers the teams' ids by name."""
        tenant = self._scene.tenant
        made = {str(name): tenant.new_id() for name in body.get("teams", [])}
        tenant.outbound.teams |= {id_: name for name, id_ in made.items()}
        tenant.outbound.numbers |= set(map(str, body.get("numbers", [])))
        return {"teams": made}

    def _dnc(self, body: dict[str, Any]) -> Any:
        from bpadmin.sandbox.seeds.small import make_dnc_list

        tenant = self._scene.tenant
        name = parameters.text(body, "name", is_required=True)
        extras = {name: str(body[name]) for name in ("country", "list_field") if body.get(name)}
        made = make_dnc_list(tenant, name, DncType(body["type"]), body.get("keys", []), **extras)
        for campaign_id in body.get("bind") or []:
            tenant.campaign_with(campaign_id).dnc.append(DncBinding(made.id))
        return {"id": made.id}

    def _blocked(self, query: str) -> Answer:
        tenant = self._scene.tenant
        given = {name: values[0] for name, values in parse_qs(query).items()}
        question = Question.of(given)
        by = blocking(tenant, question, given.get("campaign", ""))
        return _json({"blocked": bool(by), "by": by})

    def _unblocked(self, body: dict[str, Any]) -> Any:
        tenant = self._scene.tenant
        numbers = body.get("numbers")
        if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
            raise bad_request("'numbers' is required: an array of strings is expected")
        campaign_id = parameters.text(body, "campaign")
        answer: dict[str, Any] = {"checked": len(numbers), "unblocked": unblocked(tenant, numbers, campaign_id)}
        if parameters.boolean(body, "explain"):
            answer["by"] = {number: blocking(tenant, Question(number), campaign_id) for number in numbers}
        return answer

    def _dump(self, body: dict[str, Any]) -> Any:
        tenant = self._scene.tenant
        return {
            "campaigns": [
                {"id": c.id, "name": c.name, "kind": c.kind, "enabled": c.enabled, "state": c.state}
                | {"outbound": asdict(tenant.outbound.profile(c.id))}
                | {"instances": [i.as_json() for i in c.instances.values()]}
                for c in tenant.campaigns.values()
            ],
            "lists": [
                {"id": held.id, "name": held.name, "total": held.total, "formatId": held.format.id}
                | {"expiry": held.expiry}
                | {"fields": [spec.as_json() for spec in held.format.fields]}
                for held in tenant.lists.values()
            ],
            "dnc": [
                {"id": held.id, "name": held.name, "type": held.type.value, "total": len(held.entries)}
                for held in tenant.dnc_lists.values()
            ],
            "erasures": [{"list": list_id, "reason": reason} for list_id, reason in tenant.erasures],
        }

    def _dump_one(self, kind: str, wanted: str, query: str) -> Answer:
        tenant = self._scene.tenant
        if kind == "lists":
            held = tenant.list_with(wanted)
            stream = self._counted(held) if "counts" in parse_qs(query) else self._records(held)
        elif kind == "dnc" and wanted in tenant.dnc_lists:
            entries = tenant.dnc_lists[wanted].entries
            stream = iter([_lines([{"key": key, "comment": comment} for key, comment in entries.items()])])
        elif kind == "attempts":
            stream = self._attempts(tenant.campaign_with(wanted))
        elif (kind, wanted) == ("jtel", "contacts"):
            stream = jtel.contact_lines(tenant, query)
        elif (kind, wanted) == ("conpeek", "requests"):
            stream = conpeek.request_lines(tenant, query)
        else:
            raise not_found(f"/__sandbox__/dump/{kind}/{wanted}")
        return Answer(content_type="application/x-ndjson", stream=(piece for piece in stream if piece))

    def _records(self, held: CallingList) -> Iterator[bytes]:
        for start in range(0, len(held.rows), PIECE):
            with self._scene.tenant.lock:
                yield _lines([held.entry(row) for _, row in held.walk(start, start + PIECE)])

    def _attempts(self, campaign: Campaign) -> Iterator[bytes]:
        """Return every attempt that was ever made, also at records that are gone; `record` is its place in the list."""
        with self._scene.tenant.lock:
            for instance in campaign.instances.values():
                log, alive = instance.results, instance.list.alive
                yield _lines(
                    [
                        {
                            "instance": instance.id,
                            "record": each.record,
                            "moment": each.moment,
                            "disposition": campaign.disposition_named(each.disposition),
                            "is_call": each.disposition < DNC_MATCH,
                            "completes": each.completes,
                            "is_there": bool(alive[each.record]),
                        }
                        for each in map(log.get, range(len(log)))
                    ]
                )

    def _counted(self, held: CallingList) -> Iterator[bytes]:
        with self._scene.tenant.lock:
            times: Counter[tuple[Value, ...]] = Counter(tuple(row) for _, row in held.walk())
        entries = iter(times.items())
        while piece := list(itertools.islice(entries, PIECE)):
            yield _lines([{"entry": held.entry(row), "times": count} for row, count in piece])


def _field(item: dict[str, Any]) -> dict[str, Any]:
    """Read a field as the API takes it, or with the names written in snake case and empty properties."""
    plain = {_SNAKE_NAMES.get(name, name): value for name, value in item.items()}
    plain.setdefault("type", "OTHER")
    kept = {"name", "type", *SWITCHES, *EXTRAS.get(plain["type"], set())}
    return {name: value for name, value in plain.items() if name in kept or value not in ("", None)}


def _lines(items: list[Any]) -> bytes:
    return b"".join([orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in items])


def _json(result: Any) -> Answer:
    return Answer(body=orjson.dumps(result if result is not None else {}))
