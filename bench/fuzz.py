"""`make fuzz`: made-up bytes for everything that reads a stranger's.

Each decoder gets inputs that Hypothesis makes and shrinks, and many more that are seeded changes of what is sent in
truth: recorded answers, files, events. A decoder may refuse in the words of its own errors; anything else is a fault,
and so is a second of work for one of these short inputs. The run tells the smallest input that shows it.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import os
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "platforms" / "samples"
# Of the inputs, one in so many is made by Hypothesis, which takes a millisecond for each.
BY_HYPOTHESIS = 100
LARGEST = 20_000
# Seconds of CPU for one input.
TOO_LONG = 1.0

ODD_BYTES = (
    b"PK\x03\x04", b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"\xff\xfe", b"a;b\r\n", b'{"a": "', b"<?xml", b"\x00\xff", b"=1",
    b'"', b"'", b"\\", b"\n", b"\t", b",", b";", b"|", b"\xc3", b"\xe2\x80\xae", b"9" * 400, b"-1", b"1e999", b"NaN",
    b"null", b"[[[[", b"\r", b"&lt;", b"]]>", b"../", b"\\ud800", b"9999-12-31T23:59:59Z", b"0001-01-01", b"+", b"%s",
    b"\xf0\x9f\x98\x80",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1e308, float("nan"), float("inf"), "", "\ud800", "\x00", "x" * 5000, [], {}, [[]],
    [None], {"": None}, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-13-45", 10**400, "\u0663", "\xb2",
    "1_000", " 7 ", "a/b", "../..", [1, "a", {}], {"id": {}}, 253402300800000, -62135596800001, 1e18, "true", "T",
)  # fmt: skip

Read = Callable[[bytes], object]


@dataclass(frozen=True)
class Decoder:
    """What reads a stranger's bytes: what it is fed with, and in which errors it refuses."""

    read: Read
    seeds: Sequence[bytes]
    refusals: tuple[type[Exception], ...] = ()
    is_json: bool = False
    # How its seeds are wrapped up after they were changed.
    packed: Callable[[bytes], bytes] = bytes


def decoders() -> dict[str, Decoder]:
    """Return each reader of outside bytes by name."""
    return {**_of_files(), **_of_platforms(), **_of_people()}


def _of_files() -> dict[str, Decoder]:
    from bpadmin.audit.signing import SigningKeys
    from bpadmin.plans.holidays import HolidaysRefused, ics_read
    from bpadmin.tabular.tables import look_at, read_blocks
    from bpadmin.tabular.types import TabularError
    from bpadmin.uploads.conversion.recipe_store import RecipeRefused
    from bpadmin.uploads.conversion.recipes import recipe_read
    from dnc.evidence import export

    export.signing_keys = lambda: SigningKeys(b"k", (b"k",))  # type: ignore[attr-defined]

    def rows(data: bytes) -> None:
        # A file of the system, which refuses in its own words what memory refuses in others.
        with os.fdopen(os.memfd_create("fuzz"), "w+b") as file:
            file.write(data)
            file.flush()
            file.seek(0)
            look = look_at(file)
            file.seek(0)
            for _ in read_blocks(file, look.dialect, max(1, len(look.header)), limit=1_000_000):
                pass

    tables = (b"id,phone,name\n1,+16505550100,Ann\n", b"id;phone\r\n1;0151 234\r\n", b'a\t"b\nc"\t1\n', b"sep=;\na;b\n")
    registry = b'<?xml version="1.0"?><list type="full"><ac val="650"><ph val="5550100"/></ac></list>'
    calendar = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\n"
        b"SUMMARY:Christmas\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    recipe = b'{"form": "bpadmin recipe", "version": 1, "name": "a", "columns": [{"from": "a", "field": "phone"}]}'
    log = b'{"row": {"number": 1, "key": "6505550100"}, "prev": "", "hash": "aa"}\n{"end": {"count": 1}, "hash": "bb"}'
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1"><v>45000.5</v></c></row><row r="2"><c r="A2" t="s">'
        b'<v>0</v></c><c r="B2" t="d"><v>2026-01-02</v></c></row></sheetData></worksheet>'
    )
    return {
        "file": Decoder(look_at_bytes(look_at), (*tables, registry), (TabularError, UnicodeError)),
        "rows": Decoder(rows, tables, (TabularError, UnicodeError)),
        "workbook": Decoder(rows, (sheet,), (TabularError, UnicodeError), packed=_workbook),
        "archive": Decoder(rows, tables, (TabularError, UnicodeError), packed=_archive),
        "calendar": Decoder(ics_read, (calendar,), (HolidaysRefused,)),
        "recipe": Decoder(recipe_read, (recipe,), (RecipeRefused, ValueError), is_json=True),
        "evidence": Decoder(lambda data: export.evidence_verify(data.splitlines()), (log,)),
    }


def look_at_bytes(look_at: Callable[[io.BytesIO], object]) -> Read:
    """Return a reader of bytes."""
    return lambda data: look_at(io.BytesIO(data))


def _of_platforms() -> dict[str, Decoder]:
    from bpadmin.platforms.brightpattern import decode, dnc_lists, records
    from bpadmin.platforms.brightpattern.latest import shapes
    from bpadmin.platforms.brightpattern_legacy import decode as legacy
    from bpadmin.platforms.conpeek import decode as conpeek
    from bpadmin.platforms.conpeek.hooks import news_read
    from bpadmin.platforms.errors import PlatformError
    from bpadmin.platforms.http.digest import challenges_in
    from bpadmin.platforms.http.lenient import Misshapen, is_web_page, json_loads
    from bpadmin.platforms.http.streaming import StreamedItems
    from bpadmin.platforms.jtel import decode as jtel

    bright = _bodies(SAMPLES.glob("*.http"))
    of_jtel, of_conpeek = _bodies((SAMPLES / "jtel").glob("*.http")), _bodies((SAMPLES / "conpeek").glob("*.http"))
    event = (
        b'{"event_name": "voice_campaign_request_closed", "event_time": "2026-01-02T03:04:05Z", "data": {"id": "1", '
        b'"voice_campaign_id": "2", "phone_number": "+1", "created_date": 1}, "call_attempts": [{"id": "a"}]}'
    )

    def every(*readers: Callable[[Any], object]) -> Read:
        """Let all readers of answers read one, whatever it is; each may refuse it."""

        def read(data: bytes) -> None:
            try:
                value = json_loads(data)
            except ValueError:
                return
            for each in readers:
                with contextlib.suppress(PlatformError, Misshapen):
                    each(value)

        return read

    def dripped(data: bytes) -> None:
        list(StreamedItems((data[at : at + 7] for at in range(0, len(data), 7)), "records"))

    named = (
        lambda value: decode.campaign(value, "C"),
        lambda value: decode.calling_list(value, "L"),
        lambda value: decode.batch(value, "added"),
        lambda value: decode.count(value, "deleted"),
        lambda value: decode.job_status(value, "J"),
        lambda value: dnc_lists.dnc_list(value, "D"),
        lambda value: shapes.partly_done(value, "added"),
        lambda value: shapes.link_group(value, "G"),
    )
    plain = (
        *(decode.token, decode.campaigns, decode.list_page, decode.created_list, decode.done, decode.remote_job),
        *(records.record_page, records.records, records.one_record, dnc_lists.dnc_list_page, dnc_lists.dnc_record_page),
        *(shapes.details, shapes.disposition, shapes.made_id, shapes.maybe_id, shapes.link_group_page),
    )
    of_legacy = (legacy.campaigns, legacy.records, legacy.one_record, legacy.entries_replaced)
    jtels = (jtel.records, jtel.done, jtel.campaigns, jtel.result_codes, jtel.contacts, jtel.one_contact, jtel.imported)
    conpeeks = (conpeek.requests, conpeek.request, conpeek.added, conpeek.done)
    return {
        "answer": Decoder(lambda data: json_loads(data), bright, (ValueError,)),
        "web page": Decoder(lambda data: is_web_page(data, ""), bright),
        "stream": Decoder(dripped, bright, (PlatformError, ValueError)),
        "brightpattern": Decoder(every(*plain, *named), bright, is_json=True),
        "older": Decoder(every(*of_legacy, lambda value: legacy.entries_added(value, 3)), bright, is_json=True),
        "jtel": Decoder(every(*jtels, lambda value: jtel.campaign(value, "C")), of_jtel, is_json=True),
        "conpeek": Decoder(every(*conpeeks), of_conpeek, is_json=True),
        "event": Decoder(news_read, (event,), (PlatformError, ValueError), is_json=True),
        "challenge": Decoder(
            lambda data: challenges_in(data.decode("latin-1")), (b'Digest realm="a", nonce="b", qop="auth"',)
        ),
    }


def _of_people() -> dict[str, Decoder]:
    from zoneinfo import ZoneInfo

    from bpadmin.plans.services import PlanRefused
    from bpadmin.plans.times import exceptions_read, times_read
    from bpadmin.platforms.record_rules import dates
    from bpadmin.platforms.record_rules.phone import normal_phone, phone_fault
    from bpadmin.platforms.types import FieldSpec, FieldType
    from bpadmin.privacy.matching import Person
    from bpadmin.tabular.formula import guard, unguard
    from bpadmin.tenants.sign_on.provider import claims_kept, has_factor_there, name_of
    from bpadmin.tenants.times.local_times import moment_said
    from bpadmin.web.proxies import forwarded_for
    from dnc.keys.one_number import number_in, several_words

    person = Person.read(["+1 650 555 0100", "Ann O'Neil"])
    phone = FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA")
    zone = ZoneInfo("America/New_York")

    def guarded(cell: str) -> None:
        if unguard(guard(cell)) != cell:
            raise AssertionError("guard is not undone")

    def numbers(cell: str) -> None:
        phone_fault(cell, phone)
        normal_phone(cell, phone)
        number_in(cell)
        several_words(cell)

    def days(cell: str) -> None:
        dates.excel_date(cell)
        dates.order_kind(cell)
        for order in ("DMY", "MDY", "YMD"):
            dates.ordered_date(cell, order)

    def told(data: bytes) -> None:
        value = json.loads(data)
        said = value if isinstance(value, list) else [value]
        claims: list[Mapping[str, Any]] = [each for each in said if isinstance(each, dict)]
        name_of(claims)
        claims_kept(claims)
        has_factor_there(claims)

    numbers_seen = (b"+1 (650) 555-0100", b"0049 151 234567", b"650.555.0100 x12", b"6505550100/6505550101")
    days_seen = (b"2026-01-02", b"1/2/26 3:04 PM", b"45000.5", b"02.01.2026", b"20260102")
    moments = (b"2026-03-08T02:30", b"2026-11-01T01:30")
    claims = b'[{"sub": "1", "preferred_username": "nora", "email": "n@example.com", "amr": ["pwd"], "groups": ["a"]}]'
    return {
        "formula": Decoder(_text(guarded), (b"=1+1", b"'=1", b"a;=1", b"+650", b"\t=1")),
        "person": Decoder(_text(person.is_in), (b"Ann O'Neil 650-555-0100", b"oneil, ann")),
        "proxy": Decoder(
            lambda data: forwarded_for(data.decode("latin-1"), 1), (b"1.2.3.4, [::1]:80", b"::ffff:1.2.3.4")
        ),
        "number": Decoder(_text(numbers), numbers_seen),
        "day": Decoder(_text(days), days_seen),
        "moment": Decoder(_text(lambda cell: moment_said(cell, zone)), moments, (ValueError,)),
        "times": Decoder(_text(times_read), (b"9:00, 17:30", b"09:00"), (PlanRefused, ValueError)),
        "exceptions": Decoder(_text(exceptions_read), (b"2026-12-24: 9:00\n2026-12-25:",), (PlanRefused, ValueError)),
        "claims": Decoder(told, (claims,), (ValueError,), is_json=True),
    }


def _text(read: Callable[[str], object]) -> Read:
    return lambda data: read(data.decode("utf-8", "replace"))


def _bodies(files: Iterator[Path]) -> tuple[bytes, ...]:
    """Return what recorded answers hold."""
    found = (file.read_bytes().partition(b"\n\n")[2] or file.read_bytes() for file in sorted(files))
    return tuple(body[:LARGEST] for body in found if body)


def _workbook(sheet: bytes) -> bytes:
    """Return a workbook of one sheet, which is damaged now and then."""
    kept = io.BytesIO()
    main = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(kept, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}/spreadsheetml/2006/main" xmlns:r="{main}/officeDocument/2006/relationships">'
            '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{main}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{main}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}/spreadsheetml/2006/main"><si><t>a</t></si></sst>')
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    return _damaged(kept.getvalue(), sheet)


def _archive(table: bytes) -> bytes:
    """Return an archive of one file, which is damaged now and then."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("leads.csv", table)
    return _damaged(kept.getvalue(), table)


def _damaged(data: bytes, of: bytes) -> bytes:
    """Return a packed file with one bit of it turned, for every third of what is packed."""
    found = bytearray(data)
    if len(of) % 3 == 0:
        found[sum(of) % len(found)] ^= 1 << (len(of) % 8)
    return bytes(found)


def changed(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return seeds put together and changed in a few places."""
    found = bytearray(b"".join(chance.choice(seeds) for _ in range(1 if chance.random() < 0.8 else 2)))
    for _ in range(chance.randint(0, 6)):
        at = chance.randint(0, len(found))
        how = chance.randrange(6)
        if how == 0:
            found[at:at] = chance.choice(ODD_BYTES)
        elif how == 1:
            del found[at : at + chance.randint(1, 12)]
        elif how == 2:
            found[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 3:
            found[at:at] = found[at : at + chance.randint(1, 60)] * chance.randint(1, 20)
        elif how == 4:
            found = found[:at]
        else:
            found[at : at + 4] = chance.choice(ODD_BYTES)
    return bytes(found[:LARGEST])


def changed_json(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return a seed whose members were taken out, exchanged, put in or made odd; now and then no JSON at all."""
    seed = chance.choice(seeds)
    if chance.random() < 0.1:
        return changed(chance, seeds)
    try:
        value = json.loads(seed)
    except ValueError:
        return changed(chance, seeds)
    for _ in range(chance.randint(1, 4)):
        value = _with_one_odd(chance, value)
    return json.dumps(value).encode()


def _with_one_odd(chance: random.Random, value: Any) -> Any:
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return copy.deepcopy(chance.choice(ODD_VALUES))
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chance.choice(keys)
    how = chance.randrange(10)
    if how == 0:
        del value[key]
    elif how == 1:
        value[key] = copy.deepcopy(value[chance.choice(keys)])
    else:
        value[key] = _with_one_odd(chance, value[key])
    return value


def fault_of(decoder: Decoder, data: bytes) -> str:
    """Return what is wrong with how a decoder takes an input, "" for nothing."""
    began = time.process_time()
    try:
        decoder.read(decoder.packed(data))
    except decoder.refusals:
        pass
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return f"{type(error).__name__}: {error}"
    took = time.process_time() - began
    return f"{took:.1f} s for {len(data):,} bytes" if took > TOO_LONG else ""


def shrunk(decoder: Decoder, data: bytes) -> bytes:
    """Return the smallest part of an input that leaving out pieces of it leads to and that shows a fault still."""
    size = max(1, len(data) // 2)
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if fault_of(decoder, shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def run(name: str, decoder: Decoder, count: int, seed: int) -> list[tuple[bytes, str]]:
    """Feed a decoder; returns the inputs that show faults, one of each kind, with what they show."""
    found: dict[str, tuple[bytes, str]] = {}

    def look(data: bytes) -> None:
        if fault := fault_of(decoder, data):
            kind = fault.partition(":")[0]
            if kind not in found:
                small = shrunk(decoder, data)
                found[kind] = (small, fault_of(decoder, small) or fault)

    _by_hypothesis(decoder, max(1, count // BY_HYPOTHESIS), look)
    chance = random.Random(f"{seed} {name}")  # noqa: S311 - so that the same is found again
    make = changed_json if decoder.is_json else changed
    for _ in range(count - max(1, count // BY_HYPOTHESIS)):
        look(make(chance, decoder.seeds))
    return list(found.values())


def _by_hypothesis(decoder: Decoder, count: int, look: Callable[[bytes], None]) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    pieces = st.one_of(
        st.binary(max_size=40),
        st.sampled_from([*ODD_BYTES, *decoder.seeds]),
        st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    )
    limits = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    limits(given(st.lists(pieces, max_size=8).map(b"".join))(look))()


def main() -> int:
    """Run; exit code 1 when something breaks that should have been refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="of all decoders together")
    parser.add_argument("--only", help="one decoder by name")
    parser.add_argument("--seed", type=int, default=14, help="of the changes; the same finds the same")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    chosen = {name: each for name, each in decoders().items() if options.only in (None, name)}
    failed = 0
    for name, decoder in chosen.items():
        count = max(1, options.inputs // len(chosen))
        began = time.process_time()
        found = run(name, decoder, count, options.seed)
        took = time.process_time() - began
        for data, fault in found:
            print(f"{name}: {fault}\n  {data!r}")
        failed += len(found)
        said = "every one read or refused" if not found else f"{len(found)} kinds of faults"
        print(f"{name}: {count:,} inputs, {said} ({took:.0f} s of CPU)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
