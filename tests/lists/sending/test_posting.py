"""What is made of an answer's numbers: they are foreign arithmetic, and every row still counts exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import orjson
import pytest

from bpadmin.jobs.handlers import ChunkResult
from bpadmin.platforms.errors import Invalid, PlatformError, Reason, Unreachable
from bpadmin.platforms.types import BatchResult, FieldSpec, FieldType
from bpadmin.uploads.batch import Parcel
from bpadmin.uploads.batch_sender import Posting

KEYS = (FieldSpec("id", FieldType.OTHER, key=True),)
Answer = Callable[[list[dict[str, Any]]], BatchResult]


class Client:
    """Answers bulk requests by functions, one after the other; the last one answers all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[int] = []

    def add_many_records(self, list_id: str, body: bytes) -> BatchResult:
        records = orjson.loads(body)
        self.requests.append(len(records))
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(records)

    update_many_records = add_many_records


def people(count: int) -> list[dict[str, str]]:
    return [{"id": f"P{number}", "name": "A"} for number in range(count)]


def posted(client: Any, records: Sequence[Mapping[str, Any]], *, keys: Sequence[FieldSpec] = KEYS) -> ChunkResult:
    """Add records, sum up, and check that every one of them counts once."""
    parcel = Parcel(orjson.dumps(records), len(records), keys)
    Posting(client, "L", parcel).add()
    result = parcel.result(range(2, len(records) + 2), is_first=True)
    numbers = (result.added, result.updated, result.already_there, result.rejected, result.unaccounted)
    assert sum(numbers) == len(records)
    assert min(numbers) >= 0
    return result


def test_a_row_in_two_buckets_counts_once() -> None:
    result = posted(
        Client(lambda rows: BatchResult(9, {"missingRequired": rows[:1], "formatError": rows[:1]})), people(10)
    )
    assert (result.added, result.rejected, result.outcome) == (9, 1, {"missingRequired": [2]})
    assert result.message == "The dialler named 1 of these rows more than once; each counts once."


def test_all_rows_in_two_buckets_are_refused_once() -> None:
    result = posted(Client(lambda rows: BatchResult(0, {"a": rows, "b": rows})), people(10))
    assert (result.rejected, result.unaccounted) == (10, 0)


def test_of_two_equal_rows_one_named_twice_is_refused_alone() -> None:
    rows = [{"id": "P1", "name": "A"}] * 2 + people(8)
    answer = BatchResult(9, {"missingRequired": rows[:1], "formatError": rows[:1]})
    result = posted(Client(lambda _: answer), rows, keys=())
    assert (result.added, result.rejected) == (9, 1)


def test_two_equal_rows_in_one_bucket_are_both_refused() -> None:
    rows = [{"id": "P1", "name": "A"}] * 2 + people(8)
    result = posted(Client(lambda _: BatchResult(8, {"formatError": rows[:2]})), rows, keys=())
    assert (result.added, result.rejected, result.message) == (8, 2, "")


def test_more_taken_than_were_sent_is_said_in_words() -> None:
    result = posted(Client(lambda rows: BatchResult(25, {"formatError": rows[:2]})), people(10))
    assert (result.added, result.rejected) == (8, 2)
    assert "it says that it took 25 rows where at most 8 could be" in result.message


@pytest.mark.parametrize("keys", [KEYS, ()], ids=["keyed", "keyless"])
@pytest.mark.parametrize("records", [1, 4])
def test_whatever_the_numbers_are_every_row_counts_once(keys: Sequence[FieldSpec], records: int) -> None:
    rows = people(records)
    strangers = [{"id": f"X{number}"} for number in range(6)]
    named: list[list[dict[str, str]]] = [[], rows[:1], rows, rows * 2, strangers, rows[:1] + strangers]
    for count, passed_over, first, second in product((-3, 0, 1, 4, 9), (0, 2, 9), named, named):
        errors = {code: each for code, each in (("formatError", first), ("duplicateKey", second)) if each}
        answer = BatchResult(count, errors, passed_over)
        posted(Client(lambda _, answer=answer: answer), rows, keys=keys)  # type: ignore[misc]


def test_how_many_were_there_before_is_found_out_for_its_own_part_alone() -> None:
    parcel = Parcel(orjson.dumps(people(6)), 6, KEYS)
    parcel.loose["added"] += 1  # of another part, in which nobody can tell which
    parcel.settle_there(range(1, 6), passed_over=2)
    parcel.settle_known({1, 2})
    result = parcel.result(range(6), is_first=True)
    assert (result.added, result.already_there, result.unaccounted) == (4, 2, 0)


def bad_request(rows: list[dict[str, Any]]) -> BatchResult:
    raise Invalid("Refused.", reason=Reason.BAD_REQUEST)


def cleanly_away(rows: list[dict[str, Any]]) -> BatchResult:
    raise Unreachable("Connection refused.", maybe_applied=False)


def test_a_chunk_of_which_a_part_was_taken_is_in_doubt_as_a_whole() -> None:
    client = Client(bad_request, lambda rows: BatchResult(len(rows)), cleanly_away)
    parcel = Parcel(orjson.dumps(people(4)), 4, ())
    with pytest.raises(PlatformError) as caught:
        Posting(client, "L", parcel).add()  # type: ignore[arg-type]
    assert client.requests == [4, 2, 2]
    assert caught.value.maybe_applied


def test_a_chunk_of_which_nothing_was_taken_is_not_in_doubt() -> None:
    parcel = Parcel(orjson.dumps(people(4)), 4, ())
    with pytest.raises(PlatformError) as caught:
        Posting(Client(cleanly_away), "L", parcel).add()  # type: ignore[arg-type]
    assert not caught.value.maybe_applied
