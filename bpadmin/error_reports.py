"""What leaves to a Sentry server: where an error happened and of which kind, and nothing that a person or secret is in.

An event holds what nobody chose to write down: the address with its query, headers, local variables, the texts of
errors, which quote what they met. What is not needed to mend an error is left out whole, by naming what stays; what
stays as text is scrubbed: secrets of addresses, e-mail addresses, long runs of digits, what is quoted, and what follows
a name of a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bpadmin.logs import secrets_hide

# What of an event stays; the rest may hold anything.
KEPT = frozenset(
    {
        *("event_id", "timestamp", "level", "platform", "release", "environment", "server_name", "sdk", "logger"),
        *("transaction", "exception", "logentry", "message", "fingerprint", "type", "request", "tags"),
    }
)
KEPT_FRAME = frozenset({"filename", "abs_path", "function", "module", "lineno", "in_app"})
LONGEST = 500
MARK = "…"
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
# Telephone numbers however they are written; ids of the platform as long go with them.
_DIGITS = re.compile(r"\+?\d(?:[ ().\-/]?\d){6,30}")
_QUERY = re.compile(r"\?[^\s\"'<>]{1,4000}")
_NAMED = re.compile(
    r"((?:secret|passw(?:or)?d|token|authorization|cookie|api[_-]?key|signature|credential|session)\w{0,20}[\"']?\s{0,3}[=:]\s{0,3})"
    r"(?:bearer |basic )?[^\s,;&}\])]{1,4000}",
    re.IGNORECASE,
)
# What is never closed counts as quoted, too.
_QUOTED = re.compile(r"“[^”]{1,4000}+”?|'[^'\n]{1,4000}'|\"[^\"\n]{1,4000}\"")


def event_scrubbed(event: Mapping[str, Any], hint: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an event as it may leave: Sentry's `before_send`."""
    kept = {name: value for name, value in event.items() if name in KEPT}
    request = event.get("request")
    kept.pop("request", None)
    if isinstance(request, Mapping):
        path = str(request.get("url", "")).partition("?")[0]
        kept["request"] = {"method": str(request.get("method", ""))[:10], "url": text_scrubbed(path)}
    for name in ("message", "transaction"):
        if name in kept:
            kept[name] = text_scrubbed(str(kept[name]))
    if isinstance(entry := kept.get("logentry"), Mapping):
        # Its parameters are what was filled in; the template says which line it was.
        kept["logentry"] = {"message": text_scrubbed(str(entry.get("message", "")))}
    if isinstance(kept.get("tags"), Mapping):
        kept["tags"] = {str(name): text_scrubbed(str(value)) for name, value in kept["tags"].items()}
    if isinstance(kept.get("exception"), Mapping):
        kept["exception"] = {"values": [_exception(each) for each in kept["exception"].get("values") or ()]}
    return kept


def crumb_dropped(crumb: Any, hint: Any = None) -> None:
    """Leave out what went before: lines of the log, queries and addresses; the log of the machine has them."""


def text_scrubbed(text: str) -> str:
    """Return a text without what it quotes, and without secrets, addresses and numbers of people."""
    text = secrets_hide(text[: LONGEST * 4])
    text = _NAMED.sub(rf"\1{MARK}", text)
    text = _QUERY.sub(f"?{MARK}", text)
    text = _QUOTED.sub(MARK, text)
    return _DIGITS.sub(MARK, _MAIL.sub(MARK, text))[:LONGEST]


def _exception(each: Any) -> dict[str, Any]:
    if not isinstance(each, Mapping):
        return {}
    kept = {name: each[name] for name in ("type", "module") if name in each}
    kept["value"] = text_scrubbed(str(each.get("value") or ""))
    frames = (each.get("stacktrace") or {}).get("frames") or ()
    # Where it happened; local variables hold data, and the lines of the code are in the release.
    kept["stacktrace"] = {"frames": [{name: frame[name] for name in KEPT_FRAME if name in frame} for frame in frames]}
    return kept


OPTIONS: dict[str, Any] = {
    "before_send": event_scrubbed,
    "before_breadcrumb": crumb_dropped,
    "include_local_variables": False,
    "max_request_body_size": "never",
    "send_default_pii": False,
    "traces_sample_rate": 0.0,
    # They add what a request or task brought.
    "auto_session_tracking": False,
}
"""How Sentry's client is started: it reads nothing that `event_scrubbed` would have to take out again."""
