"""Encodings: found out over the whole file, not over its beginning."""

from __future__ import annotations

import io

import pytest

from bpadmin.tabular.encoding.guess import EncodingGuess, decode_cell, detect_encoding
from tests.tabular.reading import read

PLAIN = "id,name\n" + "".join(f"{number},Name {number}\n" for number in range(200))


def found(data: bytes) -> EncodingGuess:
    return detect_encoding(io.BytesIO(data))


def test_a_plain_file_is_utf_8() -> None:
    assert found(PLAIN.encode()).encoding == "utf-8"
    assert found(PLAIN.encode()).is_sure


@pytest.mark.parametrize("codec, encoding", [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")])
def test_a_byte_order_mark_decides(codec: str, encoding: str) -> None:
    assert found("id;näme\n1;Jürgen\n".encode(codec)).encoding == encoding


@pytest.mark.parametrize("text", ["id;name\r\n1;Jürgen\r\n" * 20, "имя;город\nИван;Москва\n" * 20, "id\n1\n"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_a_mark(text: str, codec: str) -> None:
    assert found(text.encode(codec)).encoding == codec


def test_an_accent_after_many_plain_megabytes_still_counts() -> None:
    data = PLAIN.encode() * 900 + "9,Chloé\n".encode("cp1252")
    assert len(data) > 2 * 1024 * 1024
    guess = found(data)
    assert guess.encoding != "utf-8"
    assert guess.suspects == ("Chloé".encode("cp1252"),)


def test_german_and_french_windows_text_is_windows_1252() -> None:
    lines = ["Müller;Köln;Straße 5", "Dupré;Orléans;Rue de l’Église", "Größe;Überlingen;Gästehaus", "Ångström;Malmö;–"]
    guess = found(("name;city;street\n" + "\n".join(lines * 30)).encode("cp1252"))
    assert guess.encoding == "cp1252"
    assert not guess.is_sure


def test_russian_windows_text_is_windows_1251() -> None:
    text = "имя;город\n" + "Анна Каренина;Санкт-Петербург\nИван Бунин;Москва и область\n" * 40
    assert found(text.encode("cp1251")).encoding == "cp1251"


@pytest.mark.parametrize(
    "text, codec",
    [
        ("1,Chloé Dupré\n2,Zoë\n", "cp1252"),
        ("Name;First name\n" + "Müller;José\n" * 200, "cp1252"),
        ("it’s – fine… “here”\n", "cp1252"),
        ("Wałęsa;Łódź\nŻółć;Gdańsk\n", "cp1250"),
        ("Gökçe;İstanbul;Şahin;ığdır\n", "cp1254"),
        ("Γιώργος;Αθήνα\n", "cp1253"),
        ("山田太郎,東京\n", "cp932"),
        ("张伟,北京市朝阳区\n" * 5, "gb18030"),
        ("張偉,臺北市\n" * 5, "big5hkscs"),
        ("Müller;Köln;Größe\nChloé;Orléans\n" * 10, "mac-roman"),
    ],
)
def test_small_samples_are_told_apart(text: str, codec: str) -> None:
    assert found(text.encode(codec)).encoding == codec


def test_japanese_mail_text_is_known_by_its_escapes() -> None:
    text = 'id,name\n1,"山田, 太郎"\n2,佐藤 花子\n'
    guess = found(text.encode("iso2022_jp"))
    assert (guess.encoding, guess.is_sure) == ("iso2022_jp_ext", True)
    assert read(text.encode("iso2022_jp")).rows == {2: ["1", "山田, 太郎"], 3: ["2", "佐藤 花子"]}
    assert read("id,name\n1,ﾔﾏﾀﾞ\n".encode("iso2022_jp_ext")).rows == {2: ["1", "ﾔﾏﾀﾞ"]}
    assert found(b"id,name\n1,\x1b[0mred\x1b[1m $B\n").encoding == "utf-8"


@pytest.mark.parametrize("name", ["René", "Żółć", "Иван Петров", "山田太郎", "Zoë + Co"])
def test_letters_of_utf_7_are_asked_about_and_read_by_a_yes(name: str) -> None:
    data = f"id,phone,name\n1,+16505550101,{name}\n".encode("utf-7")
    guess = found(data)
    assert (guess.encoding, guess.is_sure, guess.rivals) == ("utf-8", False, ("utf-7",))
    assert decode_cell(guess.words[0], "utf-7") == name
    assert read(data, encoding="utf-7").rows == {2: ["1", "+16505550101", name]}
    marked = "\ufeff".encode("utf-7") + data
    assert (found(marked).encoding, found(marked).is_sure) == ("utf-7", True)
    assert read(marked).rows == {2: ["1", "+16505550101", name]}
    many = read(data + data[data.index(b"\n") + 1 :] * 3_000, encoding="utf-7")
    assert {row[2] for row in many.rows.values()} == {name}


@pytest.mark.parametrize(
    "cell",
    ["+49301234567-12", "+1-650-555-0101", "a+b-c", "ann+news-letter@example.com", "joe+facebook-x@example.com", "C++-",
     "red+greenish", "1+1-1", "+-", "&+QUOT-", "x+" + "A" * 5_000 + "-"],
)  # fmt: skip
def test_what_only_looks_like_utf_7_is_not_asked_about(cell: str) -> None:
    guess = found(f"id,cell\n1,{cell}\n".encode())
    assert (guess.encoding, guess.is_sure, guess.rivals) == ("utf-8", True, ())


@pytest.mark.parametrize("line", ["{at},ﾔﾏﾀﾞ ﾀﾛｳ\n", "{at},ｻﾄｳ ﾊﾅｺ,佐藤 花子\n", "{at},ﾜﾀﾅﾍﾞ ｹﾝ\n"])
def test_narrow_kana_are_among_what_is_asked(line: str) -> None:
    guess = found(("id,name\n" + "".join(line.format(at=at) for at in range(5))).encode("cp932"))
    assert "cp932" in {guess.encoding, *guess.rivals}


def test_a_few_bad_bytes_do_not_make_a_utf_8_file_another() -> None:
    good = "".join(f"{number},Chloé Dupré\n" for number in range(500)).encode()
    guess = found(b"id,name\n" + good + b"500,Jos\xe9\n" + good)
    assert guess.encoding == "utf-8"
    assert guess.bad_bytes == 1
    assert not guess.is_sure


def test_a_mixture_is_read_as_utf_8_so_that_nothing_is_garbled() -> None:
    mixed = "1,Chloé\n".encode() * 50 + "2,José\n".encode("cp1252") * 120
    assert found(mixed).encoding == "utf-8"
    assert found(mixed).bad_bytes == 120


def test_characters_across_block_borders_are_whole() -> None:
    data = ("é" * 2_000_001).encode()
    assert found(b"a" + data) == EncodingGuess(
        "utf-8", "The whole file is valid UTF-8.", True, found(b"a" + data).suspects
    )


def test_a_guess_survives_storage() -> None:
    guess = found("id\nJosé\nAndré\n".encode("cp1252"))
    assert EncodingGuess.from_json(guess.as_json()) == guess


@pytest.mark.parametrize(
    "cells", [["LRW+PIY-KUF", "AB+CD-EF"], ["K+PJE-ADVT"], ["+XPehIqad-6pm", "+Ab3-x", "Q1+Q2-Q3"]]
)
def test_codes_of_which_one_reads_as_letters_by_chance_are_no_utf_7(cells: list[str]) -> None:
    rows = "".join(f"{at},{cell}\n" for at, cell in enumerate([*cells, "A+B-C", "C+-", "X1+Y2-Z3"]))
    assert found(f"id,code\n{rows}".encode()) == EncodingGuess("utf-8", "The file has plain characters only.", True)


def test_utf_7_with_other_signs_among_its_letters_is_still_asked_about() -> None:
    rows = "".join(f"{at},{name}\n" for at, name in enumerate(["René", "C++", "Bob + Co", "Nguyễn", "山田太郎"]))
    assert found(f"id,name\n{rows}".encode("utf-7")).rivals == ("utf-7",)
