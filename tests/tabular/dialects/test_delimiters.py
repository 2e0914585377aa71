"""Delimiters: the one that gives most rows the same number of cells."""

from __future__ import annotations

import pytest

from bpadmin.tabular.dialects.delimiters import guess_delimiter
from bpadmin.tabular.types import Dialect

CASES = {
    "comma": ("id,phone,name\n1,650,Ann\n2,651,Bo\n", ","),
    "semicolon": ("id;phone;name\n1;650;Ann\n2;651;Bo\n", ";"),
    "tab": ("id\tphone\n1\t650\n2\t651\n", "\t"),
    "bar": ("id|phone\n1|650\n2|651\n", "|"),
    "decimal commas": ("id;amount\n1;1,50\n2;2,75\n3;3,10\n", ";"),
    "commas in texts": ("id;note\n1;a, b, c\n2;d\n3;e, f\n", ";"),
    "quoted semicolons": ('id,note\n1,"a;b;c"\n2,"d;e;f"\n', ","),
    "json cells": ('id,data\n1,"{""a"": 1, ""b"": 2}"\n2,"{""a"": 3, ""b"": 4}"\n', ","),
    "one column": ("phone\n6505550100\n6505550101\n", ","),
    "one column of names": ("name\nSmith\nMiller\n", ","),
    "ragged rows": ("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3\n", ","),
    "times": ("id,at\n1,12:30:00\n2,13:45:10\n", ","),
    "caret": ("id^phone^name\n1^650^Ann\n2^651^Bo\n", "^"),
    "sep line": ("sep=;\nid;phone\n1;650\n", ";"),
    "sep line against the counts": ("sep=|\na,b|c\nd,e|f\n", "|"),
    "quoted newlines": ('id,note\n1,"two\nlines; here"\n2,"more\nlines; there"\n', ","),
    "windows line ends": ("id;name\r\n1;Ann\r\n2;Bo\r\n", ";"),
    "lone carriage returns": ("id;name\r1;Ann\r2;Bo\r", ";"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_delimiter_is_found(name: str) -> None:
    text, delimiter = CASES[name]
    assert guess_delimiter(text, Dialect())[0].delimiter == delimiter


def test_single_quotes_are_known_where_they_wrap_cells() -> None:
    text = "id,name\n'1','Smith, John'\n'2','Miller, Jane'\n'3','Lee, Bo'\n'4','Ng, Al'\n"
    assert guess_delimiter(text, Dialect())[0].quote == "'"
    assert guess_delimiter("id,name\n1,O'Neill\n2,D'Arcy\n", Dialect())[0].quote == '"'


def test_a_blank_before_a_quote_is_skipped() -> None:
    dialect, _ = guess_delimiter('id, name\n1, "Smith, John"\n2, "Miller, Jane"\n', Dialect())
    assert dialect.skip_space
    assert not guess_delimiter("id,name\n1,Smith\n", Dialect())[0].skip_space
