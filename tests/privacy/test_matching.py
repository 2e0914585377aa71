"""A person is found however a number is written, and no stranger instead."""

from __future__ import annotations

import pytest

from bpadmin.privacy.matching import MARK, Person, PersonRefused

PERSON = Person.read(["+1 650 555 0100", "Ann O'Neil", "ACC-77"])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "16505550100",
            "(650) 555-0100",
            "+1.650.555.0100",
            "call 650 555 0100 today",
            "0016505550100",
            "06505550100",
        ),
        *("ann o'neil", "Mrs Ann O'Neil, Spring", "acc-77"),
    ],
)
def test_the_person_is_found(text: str) -> None:
    assert PERSON.is_in(text)


@pytest.mark.parametrize("text", ["26505550101", "165055501001", "5550100", "Joann O'Neill", "ACC-771", "XACC-77", ""])
def test_others_are_not(text: str) -> None:
    assert not PERSON.is_in(text)


def test_plain_data_are_searched_and_cleared() -> None:
    data = {"a": [{"phone": "16505550100"}, 5, True], "16505550100": 1, "n": 16505550100, "b": "stays"}
    assert PERSON.is_in_data(data)
    assert PERSON.without(data) == {"a": [{"phone": MARK}, 5, True], MARK: 1, "n": MARK, "b": "stays"}


@pytest.mark.parametrize(("said", "words"), [([], "by what"), (["  "], "by what"), (["Ann"], "too short")])
def test_what_would_find_everybody_is_refused(said: list[str], words: str) -> None:
    with pytest.raises(PersonRefused, match=words):
        Person.read(said)
