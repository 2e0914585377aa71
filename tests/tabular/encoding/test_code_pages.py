"""Code pages: right, or asked, and never other letters without a word."""

from __future__ import annotations

import io
from collections import Counter

import pytest

from bpadmin.tabular.encoding.codepages import Hints, read_word
from bpadmin.tabular.encoding.guess import EncodingGuess, detect_encoding
from bpadmin.tabular.encoding.languages import languages_of_zone
from tests.tabular.people import FILES, sample

NEVER_ASKED_BELOW = 300
ASKED_AT_MOST = 4
NEVER_ASKED = ("Polish", "Czech", "Lithuanian", "Latvian", "Estonian", "Thai", "Korean")


def found(data: bytes, hints: Hints | None = None) -> EncodingGuess:
    return detect_encoding(io.BytesIO(data), hints)


def outcomes(people: str, encoding: str, rows: int, numbers: range) -> Counter[str]:
    """Count the samples that read right, are asked about, or read wrong without a word."""
    counts: Counter[str] = Counter()
    for number in numbers:
        made = sample(people, encoding, rows, number)
        guess = found(made.data)
        if guess.rivals:
            can_be_said = any(read_word(made.data, name) == made.text for name in (guess.encoding, *guess.rivals))
            counts["asked" if can_be_said else "asked in vain"] += 1
        else:
            counts["right" if read_word(made.data, guess.encoding) == made.text else "wrong"] += 1
    return counts


@pytest.mark.parametrize("people, encoding", FILES)
def test_a_short_file_of_any_country_is_read_right_or_asked_about(people: str, encoding: str) -> None:
    counts = outcomes(people, encoding, 20, range(2)) + outcomes(people, encoding, 300, range(1))
    assert counts["wrong"] == counts["asked in vain"] == 0, counts


@pytest.mark.slow
@pytest.mark.parametrize("rows", [20, 300, 1000])
@pytest.mark.parametrize("people, encoding", FILES)
def test_twelve_files_of_each_country(people: str, encoding: str, rows: int) -> None:
    counts = outcomes(people, encoding, rows, range(12))
    never = rows >= NEVER_ASKED_BELOW or people in NEVER_ASKED or encoding[:3] in ("utf", "mac", "cp4", "cp8")
    assert counts["wrong"] == counts["asked in vain"] == 0, counts
    assert counts["asked"] <= (0 if never else ASKED_AT_MOST), counts


@pytest.mark.parametrize("people, encoding", [("Greek", "cp869"), ("Romanian", "mac-romanian"), ("Korean", "johab")])
@pytest.mark.parametrize("rows", [20, 300])
def test_what_no_code_page_reads_as_words_is_asked_about(people: str, encoding: str, rows: int) -> None:
    text = sample(people, "utf-8", rows, 0).text
    assert found(text.encode(encoding, "replace")).rivals


def test_the_other_code_page_of_dos_for_cyrillic_letters_is_read_or_asked_about() -> None:
    assert outcomes("Russian", "cp855", 300, range(1)) == {"right": 1}
    assert not {"wrong", "asked in vain"} & set(outcomes("Russian", "cp855", 20, range(3)))


def test_a_byte_that_comes_late_rules_out_what_has_no_sign_for_it() -> None:
    made = sample("Hungarian", "cp1250", 20, 1).data.replace(b"\xf5", b"o").replace(b"\xfb", b"u")
    late = "".join(f"{at};6505550100;Anna Kov\xe1cs;Szeged\r\n" for at in range(60_000)).encode("latin-1")
    assert found(made + late + "1;6505550100;Łukasz Błaszczyk;Gdańsk\r\n".encode("cp1250")).encoding == "cp1250"


def test_what_was_confirmed_for_a_list_is_not_asked_again_unless_the_file_speaks_against_it() -> None:
    data = "id;phone;name\r\n1;6505550100;Boldù\r\n".encode("cp1252")
    assert found(data).rivals
    for name in ("cp1252", "mac-roman"):
        guess = found(data, Hints(confirmed=(name,)))
        assert (guess.encoding, guess.rivals) == (name, ())
    polish = sample("Polish", "cp1250", 300, 0).data
    assert found(polish, Hints(confirmed=("cp1252",))).encoding == "cp1250"


def test_the_place_of_the_tenant_weighs_in() -> None:
    data = "id;phone;name\r\n1;6505550100;Boldù\r\n".encode("cp1252")
    assert len(found(data, Hints(languages_of_zone("Europe/Rome"))).rivals) <= len(found(data).rivals)
    assert languages_of_zone("Europe/Warsaw") == {"pl"}
    assert languages_of_zone("UTC") == set()


SERBIAN = ["Ђорђе Ћосић", "Љубица Њежић", "Џуро Петровић", "Милош Јовановић", "Јелена Ђурић"]
MACEDONIAN = ["Ѓорѓи Ќосев", "Љупчо Њагулов", "Џабир Јованов", "Ѕвезда Петровска"]


@pytest.mark.parametrize(
    ("names", "codec"),
    [(SERBIAN, "cp1251"), (SERBIAN, "mac-cyrillic"), (SERBIAN, "iso8859-5"), (MACEDONIAN, "cp1251")],
)
@pytest.mark.parametrize("count", [5, 20, 300])
def test_letters_of_nations_without_statistics_are_no_capitals_in_words(
    names: list[str], codec: str, count: int
) -> None:
    rows = "".join(f"{at},{names[at % len(names)]}\n" for at in range(count))
    guess = found(f"id,name\n{rows}".encode(codec))
    read = {name.encode(codec).decode(guess.encoding, "replace") for name in names}
    assert read == set(names) or guess.rivals
