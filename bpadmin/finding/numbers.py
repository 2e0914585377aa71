"""A phone number or key over everything that is held: attempts, Do Not Call lists, uploads; and live, list by list."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from bpadmin.dialler.catalogue import campaigns_read, lists_read
from bpadmin.jobs.files.spool import Spool, spool_origins
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.kinds import kinds
from bpadmin.jobs.models import Chunk, Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import NotFound, PlatformError
from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.platforms.types import CallingList, FieldType
from bpadmin.results.figures.ages import Known, known_of
from bpadmin.results.models import Attempt, Place, RecordState, ResultSource
from bpadmin.results.reading.identity import Hasher, settings_of
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from dnc.entries.lookup import Why, dnc_why
from lists.models import ListFormat
from lists.records.fields import RecordFields, record_fields
from lists.records.keys import record_url
from lists.records.services import Found, record_find

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

CALLS = 50
UPLOAD_SECONDS = 2.0
# Somebody waits for the page.
ASK_SECONDS, READ_SECONDS = 15.0, 10.0
LEAST = 3
MOST_ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A record that results are kept of: in which list and campaign, and how it stands as it was read last."""

    source: ResultSource
    place: str
    disposition: str
    told: int


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt: when, where, and how it ended."""

    at: datetime
    campaign: str
    list: str
    disposition: str
    seconds: int | None
    is_call: bool


@dataclass(frozen=True, slots=True)
class Came:
    """An upload that brought it, in which row of the file."""

    job: Job
    row: int


@dataclass(frozen=True, slots=True)
class Uploads:
    """What a look through the files of uploads found: `looked` of `total`, newest first; `next` is where to go on."""

    came: tuple[Came, ...]
    looked: int
    total: int
    next: int


@dataclass(frozen=True, slots=True)
class NumberFound:
    """All that is held of a number or key. `unkeyed` sources cannot be asked for it: their records have other keys."""

    typed: str
    why: Why | None
    held: tuple[Held, ...]
    attempts: tuple[Tried, ...]
    known: Known
    sources: int
    unkeyed: int
    askable: int
    calls: int


def looks_like_key(text: str) -> bool:
    """Return whether a text can be a number or a key of a record: it has digits enough, or is one word with a digit."""
    typed = text.strip()
    digits = sum(each.isdigit() for each in typed)
    return digits >= 5 or (digits > 0 and len(typed) >= LEAST and len(typed.split()) == 1)


def spellings(text: str) -> list[str]:
    """Return the ways in which a number may be stored: as typed, its digits alone, and with a plus sign."""
    typed = text.strip()
    digits = digits_of([typed])[0]
    short = digits[1:] if len(digits) == 11 and digits.startswith("1") else ""
    is_phone = bool(digits) and not any(each.isalpha() for each in typed)
    found = [typed, *([digits, f"+{digits}", short] if is_phone else [])]
    return [each for each in dict.fromkeys(found) if each]


def number_find(*, tenant: Tenant, text: str) -> NumberFound:
    """Return all that is held of a number or key, with its age; nobody is asked."""
    offered = capabilities_known(tenant)
    sources = list(ResultSource.objects.filter(tenant=tenant).select_related("tenant"))
    held, attempts, unkeyed = _results(tenant, sources, spellings(text))
    lists = lists_askable(tenant)
    return NumberFound(
        typed=text.strip(),
        why=dnc_why(tenant=tenant, number_or_value=text) if Capability.DNC_WRITE in offered else None,
        held=tuple(held),
        attempts=tuple(attempts),
        known=known_of(sources),
        sources=len(sources),
        unkeyed=unkeyed,
        askable=len(lists),
        calls=CALLS,
    )


def _results(
    tenant: Tenant, sources: Sequence[ResultSource], texts: Sequence[str]
) -> tuple[list[Held], list[Tried], int]:
    if not sources:
        return [], [], 0
    settings, unkeyed = settings_of(tenant), 0
    wanted: dict[int, set[int]] = {}
    for source in sources:
        keys = list(source.key_fields)
        hasher = Hasher(settings, keys)
        marks = {hasher.of("id", text) for text in texts}
        if len(keys) == 1:
            marks |= {hasher.of("key", text) for text in texts}
        else:
            unkeyed += 1
        wanted[source.pk] = marks
    every = set().union(*wanted.values())
    by_pk = {each.pk: each for each in sources}
    mine = Q(source__in=list(by_pk), record__in=every)
    states = RecordState.objects.filter(mine).select_related("disposition")
    held = [
        Held(by_pk[each.source_id], Place(each.place).label, each.disposition.name, each.told)
        for each in states
        if each.record in wanted[each.source_id]
    ]
    found = Attempt.objects.filter(mine).select_related("disposition").order_by("-at")[:MOST_ATTEMPTS]
    attempts = [
        Tried(
            each.at,
            by_pk[each.source_id].campaign_name,
            by_pk[each.source_id].title,
            each.disposition.name,
            each.seconds,
            each.is_call,
        )
        for each in found
        if each.record in wanted[each.source_id]
    ]
    return held, attempts, unkeyed


def uploads_find(*, tenant: Tenant, text: str, before: int = 0) -> Uploads:
    """Look through the checked rows of uploads that are still kept, the newest first, for some two seconds.

    `before` goes on where a look ended: with the jobs of lower numbers.
    """
    of_records = [kind for kind in kinds() if kind.keeps_records]
    jobs = Job.objects.filter(tenant=tenant, kind__in=of_records).exclude(spool_path="")
    total = jobs.count()
    left = jobs.filter(pk__lt=before) if before else jobs
    skipped = total - left.count()
    needles = [orjson.dumps(each)[1:-1] for each in spellings(text)]
    texts, came, looked, until = set(spellings(text)), [], 0, time.monotonic() + UPLOAD_SECONDS
    for job in left.order_by("-pk").select_related("tenant"):
        came += list(_rows_with(job, needles, texts))
        looked += 1
        if time.monotonic() > until:
            more = left.filter(pk__lt=job.pk).exists()
            return Uploads(tuple(came), skipped + looked, total, job.pk if more else 0)
    return Uploads(tuple(came), skipped + looked, total, 0)


def _rows_with(job: Job, needles: Sequence[bytes], texts: set[str]) -> Iterator[Came]:
    """Yield the first row of a job's file that holds one of the texts as a whole value."""
    try:
        with Spool.open(job) as spool:
            for chunk in Chunk.objects.filter(job=job).order_by("number").iterator(chunk_size=200):
                body = spool.body(chunk)
                if not any(needle in body for needle in needles):
                    continue
                rows = spool.rows(chunk)
                for place, record in enumerate(orjson.loads(body)):
                    values = record.values() if isinstance(record, dict) else record
                    if any(str(value) in texts for value in _flat(values)):
                        yield Came(job, spool_origins(job).get(rows[place], rows[place]))
                        return
    except (JobRefused, StorageAway, OSError):
        return  # its files are no longer kept


def _flat(values: object) -> Iterator[object]:
    if isinstance(values, dict):
        values = values.values()
    if isinstance(values, str | int | float | None.__class__):
        yield values
        return
    for each in values:  # type: ignore[attr-defined]
        yield from _flat(each)


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking lists found: `asked` of `total` lists so far; `next` is where to go on, 0 at the end."""

    found: tuple[tuple[CallingList, Found, str], ...]
    troubles: tuple[tuple[str, str], ...]
    asked: int
    total: int
    next: int


@dataclass(frozen=True, slots=True)
class ContactFound:
    """A contact that the dialler found: its id, its user data, its campaign's name where that is known, its page."""

    id: str
    user_data: str
    campaign: str
    url: str


def lists_askable(tenant: Tenant) -> list[tuple[CallingList, RecordFields, str]]:
    """Return the lists whose one key it can be, as far as their fields are known, with the key's name."""
    if Capability.RECORDS_READ not in capabilities_known(tenant):
        return []
    known = {each.list_id for each in ListFormat.objects.filter(tenant=tenant)}
    made = []
    for each in lists_read(tenant).value or ():
        if each.id not in known and not each.format_id:
            continue
        fields = record_fields(tenant=tenant, list_id=each.id, calling_list=each)
        if len(fields.keys) == 1:
            made.append((each, fields, fields.keys[0].name))
    # Lists that are dialled first, and those whose key is a phone number before others.
    return sorted(
        made, key=lambda each: (not each[0].campaigns, each[1].keys[0].type is not FieldType.PHONE, each[0].name)
    )


def lists_ask(*, tenant: Tenant, text: str, start: int = 0) -> Asked:
    """Ask the dialler for a key in the lists whose key it can be, 50 calls at most; goes on at `start`."""
    lists = lists_askable(tenant)
    found: list[tuple[CallingList, Found, str]] = []
    troubles: list[tuple[str, str]] = []
    place, calls = start, 0
    until = time.monotonic() + ASK_SECONDS
    with tenant_client(tenant, read_timeout=READ_SECONDS, patience=READ_SECONDS) as client:
        for calling_list, fields, name in lists[start:]:
            # One call an instance, and one where it is bound nowhere; a phone may be asked for in two spellings.
            cost = max(1, len(calling_list.campaigns or ()))
            if calls and (calls + cost > CALLS or time.monotonic() > until):
                break
            calls += cost
            place += 1
            try:
                record = record_find(
                    client=client, calling_list=calling_list, key={name: text.strip()}, fields=fields,
                    with_attempts=True,
                )  # fmt: skip
            except PlatformError as error:
                troubles.append((calling_list.name, error.message))
                continue
            if record is not None:
                found.append((calling_list, record, record_url(tenant, calling_list.id, record.key)))
    more = place if place < len(lists) else 0
    return Asked(tuple(found), tuple(troubles), place, len(lists), more)


def contacts_ask(*, tenant: Tenant, text: str) -> list[ContactFound]:
    """Ask the dialler for contacts whose user data, or id, is exactly this, in two calls at most. Raises PlatformError.

    It looks contacts up by nothing else, their numbers among it.
    """
    wanted = text.strip()
    with tenant_client(tenant, read_timeout=READ_SECONDS, patience=READ_SECONDS) as client:
        records = list(client.find_contacts(wanted))
        if wanted.isdecimal() and wanted.isascii():
            with suppress(NotFound):
                records.append(client.get_contact(wanted))
        found = {each.id: (each, str(each.entry.get("DiallerCampaignsID") or "")) for each in records}
        sources = {of: client.source_of_campaign(of) for _, of in found.values() if of}
    names = {each.id: each.name for each in campaigns_read(tenant).value or ()}
    pages = {of: reverse("records:record", kwargs={"slug": tenant.slug, "source_id": sources[of]}) for of in sources}
    return [
        ContactFound(
            id_,
            str(record.entry.get("UserData") or ""),
            names.get(of, ""),
            f"{pages[of]}?{urlencode({'id': id_})}" if of in pages else "",
        )
        for id_, (record, of) in found.items()
    ]


def block_url(tenant: Tenant, text: str) -> str:
    """Return the address of the page that blocks a number everywhere."""
    return f"{reverse('dnc:everywhere', kwargs={'slug': tenant.slug})}?{urlencode({'number': text})}"
