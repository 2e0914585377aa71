"""The export that proves what was done: a CSV for people, and a log whose lines sign themselves and one another."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from bpadmin.audit.chain import is_hash_good, row_hash
from bpadmin.audit.services import audit_record
from bpadmin.audit.signing import SigningKeys, signing_keys
from bpadmin.audit.verbs import Verb
from bpadmin.tabular.formula import guard
from dnc.evidence.chain import chain_faults, signed_data
from dnc.models import DncChange

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant

COLUMNS = {
    "number": "number", "at": "time (UTC)", "kind": "what", "list_name": "list", "list_id": "list id",
    "by_name": "by", "n_asked": "asked for", "n_done": "done", "n_already": "there or gone before",
    "n_refused": "refused", "n_unknown": "unknown", "file_name": "file", "file_sha256": "sha256 of the file",
    "comment": "comment", "outcome": "outcome", "message": "message", "job_number": "job", "hash": "signature",
}  # fmt: skip
AT_ONCE = 1000
MOST_FAULTS = 20  # told of; one is enough to know


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verification found: `faults` are sentences, the first of them only, none when it is whole."""

    lines: int
    faults: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Return whether nothing was altered, taken out or put in."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Evidence:
    """The two files of an export; both are streams of lines that hold nothing in memory."""

    csv: Iterator[bytes]
    log: Iterator[bytes]


def evidence_export(*, tenant: Tenant, since: datetime, until: datetime) -> Evidence:
    """Return every change and scrub of a period (`since` included, `until` not) as CSV and as a signed log.

    The log has one JSON object a line: {"row": …, "prev": …, "hash": …}, and at its end {"end": {"tenant", "since",
    "until", "count", "first", "last", "exported_at"}, "hash": …}, which signs how many lines there are.
    """
    changes = DncChange.objects.filter(tenant=tenant, at__gte=since, at__lt=until).order_by("number")
    return Evidence(_csv(changes), _log(changes, tenant, since, until))


def evidence_download_record(*, tenant: Tenant, actor: Actor, kind: str, since: datetime, until: datetime) -> None:
    """Write into the log that somebody has taken the evidence of a period with them."""
    what = "signed log" if kind == "log" else "table"
    last = until - timedelta(days=1)
    audit_record(
        verb=Verb.DNC_EXPORT,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="dnc",
        target_id="",
        target_name=tenant.name,
        message=f"As a {what}, from {since:%d %B %Y} to {last:%d %B %Y}",
        details={"kind": kind, "since": since.isoformat(), "until": until.isoformat()},
    )


def chain_prove(*, tenant: Tenant) -> Proof:
    """Go through everything that this dashboard keeps of a tenant's changes."""
    faults = tuple(islice(chain_faults(tenant=tenant), MOST_FAULTS))
    return Proof(DncChange.objects.filter(tenant=tenant).count(), faults)


def log_prove(*, tenant: Tenant, lines: Iterable[bytes | str]) -> Proof:
    """Check a signed log of a tenant, and that the dashboard still holds the change that it ends with.

    A chain whose end was cut off is whole in itself: only a log from before shows that something is missing.
    """
    last: dict[str, Any] = {}
    proof = evidence_verify(lines, last)
    if not proof.is_good:
        return proof
    if last["tenant"] != tenant.slug:
        return replace(proof, faults=(f"This is a log of the tenant “{last['tenant']}”.",))
    if proof.lines and not DncChange.objects.filter(tenant=tenant, hash=last["last"]).exists():
        told = (
            "The log is whole, but the dashboard no longer holds the change that it ends with: it was taken out here."
        )
        return replace(proof, faults=(told,))
    return proof


def evidence_verify(lines: Iterable[bytes | str], told: dict[str, Any] | None = None) -> Proof:
    """Check a signed log line by line; needs this installation's key and nothing else.

    `told` is filled with what a good log says of itself: tenant, since, until, count, first, last, exported_at.
    """
    faults: list[str] = []
    keys = signing_keys()
    count, first, before, last_number = 0, "", "", 0
    end: dict[str, Any] | None = None
    for position, line in enumerate(lines, 1):
        if len(faults) >= MOST_FAULTS:
            return Proof(count, tuple(faults))
        try:
            item = json.loads(line)
            if "end" in item:
                end = _typed(item, "end", "hash")
                continue
            _typed(item, "row", "prev", "hash")
            row, prev, found = item["row"], item["prev"], item["hash"]
            number = _number(row)
            is_good = is_hash_good(row, prev, found, keys=keys)
        except (ValueError, KeyError, TypeError, RecursionError):
            faults.append(f"Line {position} is no line of such a log.")
            continue
        if end is not None:
            faults.append(f"Line {position} stands after the end.")
        if not is_good:
            faults.append(f"Line {position} (change {number}) was altered.")
        if count and (prev != before or number != last_number + 1):
            faults.append(f"Before line {position} (change {number}) something was taken out or put in.")
        count, first, before, last_number = count + 1, first or found, found, number
    faults += _end_faults(end, count, first, before, keys)
    if told is not None and end is not None and not faults:
        told.update(end["end"])
    return Proof(count, tuple(faults))


def _typed(item: dict[str, Any], said: str, *signatures: str) -> dict[str, Any]:
    """Return a line whose members are of the right kinds. Raises KeyError or TypeError."""
    if not isinstance(item[said], dict) or not all(isinstance(item[name], str) for name in signatures):
        raise TypeError(f"{said} is no object, or a signature is no text")
    return item


def _number(row: dict[str, Any]) -> int:
    """Return the number of a change. Raises TypeError where it is none."""
    if not isinstance(number := row.get("number"), int):
        raise TypeError("a change has a number")
    return number


def _end_faults(end: dict[str, Any] | None, count: int, first: str, last: str, keys: SigningKeys) -> list[str]:
    if end is None:
        return ["The log has no end: lines are missing."]
    try:
        is_good = is_hash_good(end["end"], last, end["hash"], keys=keys)
    except RecursionError:
        is_good = False
    if not is_good:
        return ["The end of the log does not fit its lines: it was altered, or lines are missing."]
    told = end["end"]
    if (told.get("count"), told.get("first"), told.get("last")) != (count, first, last):
        return [f"The log says that it has {told.get('count')} lines; it has {count}."]
    return []


def _csv(changes: QuerySet[DncChange]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def taken() -> bytes:
        data = buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        return data

    writer.writerow(COLUMNS.values())
    yield b"\xef\xbb\xbf" + taken()
    for change in changes.iterator(chunk_size=AT_ONCE):
        cells = {name: getattr(change, name) for name in COLUMNS}
        cells |= {"at": change.at.isoformat(timespec="seconds"), "kind": change.get_kind_display()}
        writer.writerow(["" if cell is None else guard(str(cell)) for cell in cells.values()])
        yield taken()


def _log(changes: QuerySet[DncChange], tenant: Tenant, since: datetime, until: datetime) -> Iterator[bytes]:
    count, first, last = 0, "", ""
    for change in changes.iterator(chunk_size=AT_ONCE):
        count, first, last = count + 1, first or change.hash, change.hash
        yield _line({"row": signed_data(change), "prev": change.prev_hash, "hash": change.hash})
    end = {
        "tenant": tenant.slug,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "count": count,
        "first": first,
        "last": last,
        "exported_at": timezone.now().isoformat(),
    }
    yield _line({"end": end, "hash": row_hash(end, last, key=signing_keys().current)})


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode() + b"\n"
