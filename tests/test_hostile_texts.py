"""No reading of a stranger's bytes goes back and forth over them: twice the text never takes three times as long."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bpadmin.platforms.http.digest import challenges_in
from bpadmin.platforms.http.lenient import is_web_page, json_loads
from bpadmin.platforms.http.streaming import StreamedItems
from bpadmin.platforms.record_rules.phone import phone_fault
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.tables import look_at
from tests.hostile_texts import LINEAR, growth, hostile, is_suspicious, keeps_places, patterns_asked

PHONE = FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA")


def quiet(ask: Callable[[Any], object]) -> Callable[[Any], None]:
    """Ask, whatever is said of a text that is refused."""

    def asked(text: Any) -> None:
        try:
            ask(text)
        except ValueError:
            return

    return asked


def dripped(body: bytes) -> Iterable[dict[str, Any]]:
    """Read the items of an answer that comes in small parts."""
    return list(StreamedItems((body[at : at + 4096] for at in range(0, len(body), 4096)), "records"))


READERS: dict[str, tuple[Callable[[Any], object], Callable[[int], Any]]] = {
    "a text that never closes": (json_loads, lambda n: b'x"' + b'\\"' * (n // 2)),
    "a comment that never closes": (json_loads, lambda n: b"/*" * (n // 2)),
    "curly quotes that never close": (json_loads, lambda n: "“a".encode() * (n // 4)),
    "blanks before no page": (lambda body: is_web_page(body, ""), lambda n: b" " * n + b"x"),
    "blanks before no challenge": (challenges_in, lambda n: " " * n + "x"),
    "commas between no challenges": (challenges_in, lambda n: ", " * (n // 2) + "x"),
    "blanks in a phone number": (lambda cell: phone_fault(cell, PHONE), lambda n: "6505" + " " * n + "y"),
    "a cell without an end": (lambda data: look_at(io.BytesIO(data)), lambda n: b"a" * n + b"\xc3\xa9"),
    "an answer that drips": (dripped, lambda n: b'{"a":"' + b"b" * n + b'","records":[]}'),
}


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("what", READERS)
def test_readers_take_twice_the_text_in_twice_the_time(what: str) -> None:
    ask, make = READERS[what]
    assert growth(quiet(ask), make) < LINEAR


def test_no_regular_expression_keeps_a_place_for_each_turn_of_a_group() -> None:
    assert [
        f"{asked.where}: {asked.pattern.pattern!r}" for asked in patterns_asked() if keeps_places(asked.pattern)
    ] == []
    assert keeps_places(re.compile(r"(?:\d-?){7,}"))
    assert not keeps_places(re.compile(r"(?:\d-?){7,}+"))


def test_no_regular_expression_goes_back_and_forth() -> None:
    found = list(patterns_asked())
    assert len(found) > 100
    worse = []
    for asked in found:
        for make in hostile(asked.pattern):
            if is_suspicious(asked.ask, make) and (ratio := growth(asked.ask, make)) >= LINEAR:
                worse.append(f"{asked.where}.{asked.method} {make(20)!r} ×{ratio:.1f}")
                break
    assert not worse
