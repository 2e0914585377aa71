"""What the server tells others by itself: events of requests, POSTed to the addresses that subscribed to them."""

from __future__ import annotations

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

import orjson

from bpadmin.sandbox.conpeek.state import VoiceRequest, utc_text
from bpadmin.sandbox.errors import bad_request, not_found
from bpadmin.sandbox.faults import Faults, Kind
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.tenant import Tenant

CLOSED = "voice_campaign_request_closed"
RETRY = "voice_campaign_request_consultant_retry"
EVENTS = (CLOSED, RETRY)
SECONDS = 20.0
# The name by which faults are meant for what is sent.
NAME = "conpeek.hook"


def subscribe(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Have events sent to an address, those named or all; "" ends it."""
    tenant.conpeek.hook_url = parameters.text(body, "url")
    tenant.conpeek.hook_events = list(body.get("events") or EVENTS)
    return {"url": tenant.conpeek.hook_url}


def call_make(tenant: Tenant, body: dict[str, Any]) -> list[bytes]:
    """Call a request once: the call is in its history, and it is closed or tried again. Returns what is to be sent."""
    campaign = tenant.conpeek.campaigns.get(str(body.get("campaign")))
    if campaign is None:
        raise not_found("voice_campaign")
    found = campaign.requests.get(str(body.get("request")))
    if found is None:
        raise not_found("request")
    fields, now = found.fields, utc_text(tenant.clock.now())
    reason = parameters.text(body, "reason") or "USER_HANGUP"
    is_closed = parameters.boolean(body, "closes", default=True)
    call = {
        "date": parameters.text(body, "date") or now,
        "contact_number": fields["contact_number"],
        "call_state": "CALL_ENDED",
        "call_state_reason": reason,
        "tenant_user_id": 4101,
        "talk_time": int(body.get("seconds") or 0),
        "recording_url": None,
    }
    fields["call_history"] = [*fields["call_history"], call]
    fields["contact_try"] += 1
    fields["call_state_reason"] = reason
    if is_closed:
        changes = {"state": "CLOSED", "application_state": "CLOSED", "closed_date": now, "call_state": "CALL_ENDED"}
        fields.update(changes, close_reason=parameters.text(body, "close_reason") or "CONSULTANT")
    else:
        fields.update(state="PROCESSING", application_state="RETRY", call_state="WAITING")
    name = CLOSED if is_closed else RETRY
    is_told = is_closed or reason == "NO_USER_RESPONSE"
    if not (tenant.conpeek.hook_url and is_told and name in tenant.conpeek.hook_events):
        return []
    return [event(found, name, now)]


def event(found: VoiceRequest, name: str, now: str) -> bytes:
    """Write an event as the vendor's pages show it: the histories of a closed request stand beside it."""
    shown = found.as_json(("history", "call_history", "dialogs", "closed_date"))
    told: dict[str, Any] = {"event_name": name, "event_time": now, "event_type": "voice_campaign", "data": shown}
    if name == CLOSED:
        beside = {each: found.fields[each] for each in ("dialogs", "call_history")}
        told |= beside | {"recording_url": None}
    return orjson.dumps(told)


def events_send(tenant: Tenant, faults: Faults, bodies: list[bytes]) -> list[int]:
    """Send events, and return the statuses of the answers, 0 where none came. Faults repeat, hold back, or cut.

    What is held back goes after the next one. The caller holds no lock: whoever is told may ask the server meanwhile.
    """
    url = tenant.conpeek.hook_url
    statuses = []
    for body in bodies:
        fault = faults.draw("POST", NAME, url)
        kind = fault.kind if fault is not None else None
        if kind is Kind.HOOK_HELD:
            tenant.conpeek.hooks_held.append(body)
            continue
        if kind is Kind.HOOK_CUT:
            _cut(url, body)
            statuses.append(0)
            continue
        again = [body] * 3 if kind is Kind.HOOK_REPEATED else [body]
        held, tenant.conpeek.hooks_held = tenant.conpeek.hooks_held, []
        statuses += [_post(url, each) for each in [*again, *held]]
    return statuses


def _post(url: str, body: bytes) -> int:
    line = _open(url)
    try:
        line.request("POST", _path(url), body, {"Content-Type": "application/json"})
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()


def _cut(url: str, body: bytes) -> None:
    """Send the half of an event, and go away."""
    line = _open(url)
    try:
        line.putrequest("POST", _path(url))
        line.putheader("Content-Type", "application/json")
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body[: len(body) // 2])
        if isinstance(line.sock, socket.socket):
            line.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, http.client.HTTPException):
        return
    finally:
        line.close()


def _open(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request(f"{url!r} is no web address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=SECONDS)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
