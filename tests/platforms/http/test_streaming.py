"""An array is read as it arrives, however the answer is cut into parts, and what is no such answer is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from bpadmin.platforms.http.lenient import Misshapen
from bpadmin.platforms.http.streaming import StreamedItems

ITEMS: list[dict[str, Any]] = [
    {},
    {"a": 1, "b": None},
    {"text": 'with } and ] and , and "quotes" \\'},
    {"deep": {"list": [{"x": {}}, {"y": [1, 2]}], "more": {"a": {"b": {"c": {}}}}}},
    {"ö": "Łódź 😀", "n": -1.5e3},
    {"records": [{"own": 1}]},
]
ENVELOPE = {"filter": 'a ] } "records": [', "count": len(ITEMS), "status": 200, "last": ["]", "}"]}


def answered(gap: str = "") -> bytes:
    """Write an answer whose array lies in the middle of it."""
    head = f'{{"filter":{orjson.dumps(ENVELOPE["filter"]).decode()},{gap}"records"{gap}:{gap}['
    tail = f']{gap},"count":{ENVELOPE["count"]},"status":200,"last":["]","}}"]}}{gap}'
    return (head + f"{gap},{gap}".join(orjson.dumps(item).decode() for item in ITEMS) + gap + tail).encode()


def cut(body: bytes, size: int) -> Iterator[bytes]:
    """Cut a body into parts."""
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("gap", ["", "\n  "])
def test_the_items_are_the_same_however_the_answer_is_cut(size: int, gap: str) -> None:
    items = StreamedItems(cut(answered(gap), size), "records")
    assert list(items) == ITEMS
    assert items.envelope == ENVELOPE | {"records": None}


def test_an_empty_array_and_a_byte_order_mark_do_no_harm() -> None:
    items = StreamedItems([b'\xef\xbb\xbf{"records":', b"[ ]", b',"count":0}'], "records")
    assert list(items) == []
    assert items.envelope["count"] == 0


def test_items_come_before_the_rest_has_arrived() -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"records":[{"n":1},{"n":2},{"n"'
        raise AssertionError("more was read than was asked for")

    items = iter(StreamedItems(parts(), "records"))
    assert [next(items), next(items)] == [{"n": 1}, {"n": 2}]


def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one() -> None:
    whole = answered()
    for kept in range(len(whole)):
        with pytest.raises(ValueError):
            list(StreamedItems([whole[:kept]], "records"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"count":0}',
        b'{"records":null}',
        b"[]",
        b'{"records":[1,2]}',
        b'{"records":[{"a":1} {"a":2}]}',
        b'{"records":[{"a":1}]}{"records":[]}',
        b'{"records":[{"a":1}],}',
        b"<p>no json</p>",
    ],
)
def test_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        list(StreamedItems([body], "records"))


@pytest.mark.parametrize("body", [b'{"records":[{"a":"', b'{"filter":"', b'{"records":[],"more":"'])
def test_what_has_no_end_is_not_kept_in_memory(body: bytes) -> None:
    def parts() -> Iterator[bytes]:
        yield body
        for _ in range(8):
            yield b"x" * (1024 * 1024)
        raise AssertionError("it was read on and on")

    with pytest.raises(Misshapen):
        list(StreamedItems(parts(), "records"))
