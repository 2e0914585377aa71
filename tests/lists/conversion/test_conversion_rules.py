"""Each rule for cells: what becomes of a cell, and of which it refuses to make anything."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest

from bpadmin.platforms.record_rules.dates import parse_date, write_date
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.conversion.cell_rules import DATE_PATTERNS, Unfit, date_example, date_read, dates_offered
from bpadmin.uploads.conversion.converter import cell_convert, changes_shown, joined
from bpadmin.uploads.conversion.recipes import recipe_apply, recipe_content, recipe_read, recipe_told, recipe_written
from bpadmin.uploads.conversion.rules import (
    ColumnRule,
    Conversion,
    MadeColumn,
    RowRule,
    RuleRefused,
    values_read,
    values_written,
)

DUE = FieldSpec("due", FieldType.DATETIME, date_format="yyyy-MM-dd")
CASES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"date": "dd.MM.yyyy"}, "31.12.2026", "2026-12-31"),
    ({"date": "dd.MM.yyyy"}, "1.3.2026", "2026-03-01"),
    ({"date": "dd.MM.yyyy"}, "2026-03-01", "2026-03-01"),
    ({"date": "dd.MM.yyyy"}, "31.02.2026", None),
    ({"date": "dd.MM.yyyy"}, "12/31/2026", None),
    ({"date": "dd.MM.yyyy"}, "soon", None),
    ({"date": "dd.MM.yy"}, "31.12.26", "2026-12-31"),
    ({"date": "dd.MM.yy"}, "31.12.71", "1971-12-31"),
    ({"date": "MM/dd/yy"}, "12/31/26", "2026-12-31"),
    ({"date": "dd MMM yyyy"}, "3 März 2026", "2026-03-03"),
    ({"date": "dd MMM yyyy"}, "3. Dez. 2026", "2026-12-03"),
    ({"date": "MMM dd, yyyy"}, "Mar 3, 2026", "2026-03-03"),
    ({"date": "MMM dd, yyyy"}, "Foo 3, 2026", None),
    ({"date": "day number"}, "46387", "2026-12-31"),
    ({"date": "dd/MM/yyyy"}, "\u200f31/12/2026", "2026-12-31"),
    ({"decimal": ","}, "1.234,56", "1234.56"),
    ({"decimal": ","}, "1.234", "1234"),
    ({"decimal": ","}, "1.234,00 €", "1234"),
    ({"decimal": ","}, "-12,5", "-12.5"),
    ({"decimal": ","}, "12,5-", "-12.5"),
    ({"decimal": ","}, "1\u202f234,5", "1234.5"),
    ({"decimal": ","}, "12.50", None),
    ({"decimal": ","}, "1.23.456", None),
    ({"decimal": "."}, "$1,234.50", "1234.50"),
    ({"decimal": "."}, "1.234,56", None),
    ({"decimal": "."}, "12 apples", None),
    ({"tidy": True}, "Ann   B.  Lee", "Ann B. Lee"),
    ({"case": "upper"}, "ny", "NY"),
    ({"case": "lower"}, "ANN@X.ORG", "ann@x.org"),
    ({"case": "title"}, "ANN-MARIE o'NEIL", "Ann-marie O'neil"),
    ({"digits": True}, "No. 12-34", "1234"),
    ({"digits": True}, "none", None),
    ({"country": "49"}, "0170 123 45 67", "491701234567"),
    ({"country": "+49"}, "+49 (0)170 1234567", "491701234567"),
    ({"country": "49"}, "0049 170 1234567", "491701234567"),
    ({"country": "49"}, "491701234567", "491701234567"),
    ({"country": "49"}, "+1 650 555 0100", "16505550100"),
    ({"country": "39"}, "06 1234 5678", "390612345678"),
    ({"country": "1"}, "650-555-0100", "16505550100"),
    ({"country": "1"}, "1 650 555 0100", "16505550100"),
    ({"country": "1"}, "555-0100", None),
    ({"country": "49"}, "0170 1234567 ext 5", None),
    ({"country": "49"}, "0170 1234567 0170 7654321", None),
    ({"prefix": "DE-"}, "12", "DE-12"),
    ({"prefix": "DE-"}, "DE-12", "DE-12"),
    ({"values": {"Ja": "true", "Nein": "false"}}, " JA ".strip(), "true"),
    ({"values": {"Ja": "true", "-": ""}}, "-", ""),
    ({"values": {"Ja": "true"}}, "vielleicht", None),
    ({"values": {"Ja": "true"}, "others": "keep"}, "vielleicht", "vielleicht"),
    ({"default": "unknown"}, "", "unknown"),
    ({"default": "unknown"}, "x", "x"),
    ({"values": {"n/a": ""}, "others": "keep", "default": "0"}, "N/A", "0"),
    ({"part": 2, "separator": ","}, "Lee, Ann", "Ann"),
    ({"part": -1}, "Ann Marie Lee", "Lee"),
    ({"part": 3, "separator": "/"}, "1/2", ""),
    ({"part": 1, "separator": "/", "country": "1"}, "650-555-0100 / 650-555-0101", "16505550100"),
    ({"prefix": "x", "country": "49"}, "#REF!", "#REF!"),
]


def test_each_rule_makes_of_a_cell_what_it_says_or_refuses_it_with_words() -> None:
    for data, cell, wanted in CASES:
        rule = ColumnRule.from_json(data)
        assert ColumnRule.from_json(json.loads(json.dumps(rule.as_json()))) == rule
        assert rule.told(), data
        if wanted is None:
            with pytest.raises(Unfit) as refused:
                cell_convert(cell, rule, DUE)
            assert str(refused.value), (data, cell)
        else:
            assert cell_convert(cell, rule, DUE) == wanted, (data, cell)
        if "default" not in data:
            assert cell_convert("", rule, DUE) == "", data


def test_every_pattern_reads_what_it_writes_and_a_second_time_changes_nothing() -> None:
    chance = random.Random(12)
    for pattern in DATE_PATTERNS:
        example = date_example(pattern)
        moment = date_read(example, pattern)
        assert moment is not None, pattern
        assert (moment.year, moment.month, moment.day) == (2026, 12, 31), pattern
        if "yyyy" in pattern and "MMM" not in pattern:
            for _ in range(20):
                day = moment.replace(year=chance.randrange(1951, 2049), month=chance.randrange(1, 13), day=5)
                once = cell_convert(write_date(day, pattern), ColumnRule(date=pattern), DUE)
                assert parse_date(once, "yyyy-MM-dd") == day.replace(hour=0, minute=0, second=0)
                assert cell_convert(once, ColumnRule(date=pattern), DUE) == once
    for _ in range(300):
        text = "".join(chance.choices(string.printable + "äß\u00a0", k=chance.randrange(12))).strip()
        for rule in (ColumnRule(tidy=True), ColumnRule(digits=True), ColumnRule(decimal=","), ColumnRule(prefix="0")):
            try:
                once = cell_convert(text, rule)
            except Unfit:
                continue
            assert cell_convert(once, rule) == once or rule.decimal


def test_date_forms_are_offered_only_where_the_cells_say_so() -> None:
    assert dates_offered(["31.12.2026", "1.2.2026", ""], DUE) == ("dd.MM.yyyy",)
    assert dates_offered(["31/12/2026", "01/02/2026"], DUE) == ("dd/MM/yyyy",)
    assert dates_offered(["03/04/2026", "01/02/2026"], DUE) == ("dd/MM/yyyy", "MM/dd/yyyy")
    assert dates_offered(["2026-12-31"], DUE) == ()
    assert dates_offered(["soon", "later", "31.12.2026"], DUE) == ()
    assert dates_offered(["31.12.2026"], FieldSpec("note")) == ()


def test_what_no_rule_says_is_refused_by_its_name() -> None:
    for data, words in (
        ({"dat": "dd.MM.yyyy"}, "“dat”"),
        ({"date": "dd.MM"}, "“date” is “dd.MM”"),
        ({"tidy": "yes"}, "“tidy” is true or false"),
        ({"part": "2"}, "“part” is a whole number"),
        ({"country": "Germany"}, "“country” is “Germany”"),
        ({"values": {"a": "1", "A": "2"}}, "“values” names a value twice"),
        ({"date": "dd.MM.yyyy", "digits": True}, "not both"),
    ):
        with pytest.raises(RuleRefused, match=words):
            ColumnRule.from_json(data)
    with pytest.raises(RuleRefused, match="“text” or “columns”"):
        MadeColumn.from_json({"title": "x"})
    with pytest.raises(RuleRefused, match="“colums”"):
        Conversion.from_json({"version": 1, "colums": {}})
    with pytest.raises(RuleRefused, match="newer version"):
        Conversion.from_json({"version": 2, "columns": {}})


def test_value_maps_are_read_as_people_write_them() -> None:
    assert values_read("Ja = true\n\nNein=false\nk.A. =") == {"Ja": "true", "Nein": "false", "k.A.": ""}
    assert values_read(values_written({"Ja": "true", "Nein": ""})) == {"Ja": "true", "Nein": ""}
    for wrong in ("Ja", "= true", "Ja = 1\nja = 2"):
        with pytest.raises(RuleRefused):
            values_read(wrong)


def test_blank_cells_leave_no_joint_behind_and_a_failed_formula_is_not_hidden() -> None:
    assert joined(["Ann", "", "Lee"], " ") == "Ann Lee"
    assert joined(["", ""], " ") == ""
    assert joined(["650", "#REF!"], "-") == "#REF!"


def test_first_and_oddest_cells_are_shown() -> None:
    cells = [f"{day:02}.03.2026" for day in range(1, 29)] + ["soon", "1.3.26", ""]
    shown = changes_shown(cells, ColumnRule(date="dd.MM.yyyy"), DUE)
    assert [(each.before, each.after) for each in shown[:3]] == [
        ("01.03.2026", "2026-03-01"),
        ("02.03.2026", "2026-03-02"),
        ("03.03.2026", "2026-03-03"),
    ]
    assert [each.before for each in shown[3:5]] == ["soon", "1.3.26"]
    assert all(each.problem for each in shown[3:5])


def test_a_recipe_goes_out_and_comes_in_as_it_was_also_with_names_that_come_twice() -> None:
    header = ["Id", "Phone", "Phone", "Area", "Due", "Code"]
    conversion = Conversion(
        columns={2: ColumnRule(country="49"), 4: ColumnRule(date="dd.MM.yyyy", blank="clear")},
        made=(
            MadeColumn(title="Source", text="web"),
            MadeColumn(title="Second", columns=(3, 1), joint=" ", rule=ColumnRule(digits=True)),
        ),
        rows=(RowRule(column=5, values=("C", "")),),
    )
    mapping = {"0": "id", "2": "phone", "4": "due", "6": "source", "7": "second"}
    content = recipe_content(header=header, mapping=mapping, conversion=conversion)
    name, read = recipe_read(recipe_written(name="CRM", list_name="Spring", content=content))
    assert (name, read) == ("CRM", content)
    applied = recipe_apply(read, header)
    assert (applied.mapping, applied.conversion) == (mapping, conversion)
    assert Conversion.from_json(json.loads(json.dumps(conversion.as_json()))) == conversion

    other = ["code", "DUE", "Area", "More", "phone", "PHONE", "ID"]
    applied = recipe_apply(read, other)
    assert applied.mapping == {"6": "id", "5": "phone", "1": "due", "7": "source", "8": "second"}
    assert applied.conversion.made[1].columns == (2, 4)
    with pytest.raises(RuleRefused, match="“Phone” \\(number 2 of that name\\), which this one lacks"):
        recipe_apply(read, ["Id", "Phone", "Area", "Due", "Code"])
    assert "phone" not in recipe_apply(read, ["Id", "Phone", "Area", "Due", "Code"], is_lenient=True).mapping.values()
    assert "Due → due (dates written dd.MM.yyyy, into the list's form; a blank cell clears the field)" in recipe_told(
        read
    )


def test_a_recipe_with_something_unknown_is_refused_by_its_name() -> None:
    for data, words in (
        ({"columns": [{"column": "Due", "field": "due", "rul": {}}]}, "“rul”"),
        ({"columns": [{"column": "Due", "rule": {"dates": "x"}}]}, "The rule of “Due” has the unknown member “dates”"),
        ({"columns": [], "extra": 1}, "“extra”"),
        ({"columns": [{"field": "due"}]}, "“column” is the name"),
        ({"recipe": 9, "columns": []}, "version 9"),
        ({"columns": [], "rows": [{"column": "C", "values": []}]}, "names no value"),
        ({"columns": [{"column": "A", "field": "x"}, {"column": "B", "field": "x"}]}, "feeds the field “x” twice"),
        ([], "no recipe"),
    ):
        with pytest.raises(RuleRefused, match=words):
            recipe_read(json.dumps(data))
    with pytest.raises(RuleRefused, match="stands twice"):
        recipe_read('{"columns": [], "columns": []}')
    with pytest.raises(RuleRefused, match="no JSON"):
        recipe_read("Id;Phone")
