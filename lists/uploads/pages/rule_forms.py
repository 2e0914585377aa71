"""What is done to the cells of a file, as forms of the mapping page: a rule for a column, made columns, rows taken.

The rule of a column that nobody is looking at is one hidden input of JSON, so that a file of many columns gives no form
of thousands of fields. A button opens a column by having the page made anew; so all of it works without scripts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import QueryDict

from bpadmin.jobs.options import NotUnderstood
from bpadmin.uploads.conversion.cell_rules import DATE_PATTERNS, DAY_NUMBER, date_example
from bpadmin.uploads.conversion.converter import Change
from bpadmin.uploads.conversion.rules import (
    BLANKS,
    CASES,
    DECIMALS,
    LEAVE,
    OTHERS,
    ColumnRule,
    Conversion,
    MadeColumn,
    RowRule,
    RuleRefused,
    conversion_from,
    values_read,
    values_written,
)

TEXT, JOIN, PART = "text", "join", "part"
# The buttons that have the page made anew with other rules; none of them begins the check.
BUTTONS = ("rule_edit", "rule_done", "rule_none", "dates", "made_add", "made_remove", "recipe_use", "row_add")
JOINED_AT_LEAST, MADE_AT_MOST, ROW_RULES_AT_MOST = 3, 40, 10
_DATES = [("", "as they are"), *((each, f"{each} · {date_example(each)}") for each in DATE_PATTERNS)]
_DATES = [(value, "a spreadsheet's day number · 46387" if value == DAY_NUMBER else label) for value, label in _DATES]
_NUMBERS = [("", "as they are"), *((sign, f"like {example}") for sign, example in DECIMALS.items())]
_CASES = [("", "as they are"), *CASES.items()]
_BLANKS = [
    ("", "as said for all columns"),
    *((value, words.removeprefix("a blank cell ")) for value, words in BLANKS.items()),
]


class RuleForm(forms.Form):
    """What is done to the cells of one column."""

    date = forms.ChoiceField(label="Dates are written", required=False, choices=_DATES)
    decimal = forms.ChoiceField(label="Numbers are written", required=False, choices=_NUMBERS)
    country = forms.CharField(label="Country code of numbers without one", required=False, max_length=5)
    case = forms.ChoiceField(label="Letters", required=False, choices=_CASES)
    front = forms.CharField(label="Put in front", required=False, max_length=50, strip=False)
    default = forms.CharField(label="Instead of a blank cell", required=False, max_length=200)
    part = forms.IntegerField(label="Only part number", required=False, min_value=-50, max_value=50)
    separator = forms.CharField(label="Parts are separated by", required=False, max_length=10, strip=False)
    blank = forms.ChoiceField(label="When updating, a blank cell", required=False, choices=_BLANKS)
    tidy = forms.BooleanField(label="One blank instead of several", required=False)
    digits = forms.BooleanField(label="Digits only", required=False)
    values = forms.CharField(
        label="Values and what they become",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Ja = true"}),
    )
    others = forms.ChoiceField(label="Values not named here", required=False, choices=list(OTHERS.items()))

    def __init__(self, data: QueryDict | None, *, rule: ColumnRule, prefix: str) -> None:
        initial = rule.as_json() | {"values": values_written(rule.values), "others": rule.others, "front": rule.prefix}
        super().__init__(data, prefix=prefix, initial=initial, label_suffix="")
        placeholders = {"part": "2, or -1: the last", "separator": "blanks", "country": "49"}
        for name, words in placeholders.items():
            self.fields[name].widget.attrs["placeholder"] = words
        for each in self.fields.values():
            if not isinstance(each, forms.BooleanField):
                each.widget.attrs["class"] = "input"

    def rule(self) -> ColumnRule:
        """Return the rule that was said. Raises RuleRefused."""
        if not self.is_valid():
            raise RuleRefused(" ".join(str(message) for messages in self.errors.values() for message in messages))
        said = {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}
        said |= {"prefix": said.pop("front")} if "front" in said else {}
        if "values" in said:
            said["values"] = values_read(said["values"])
        if "values" not in said:
            said.pop("others", None)
        return ColumnRule.from_json(said, "The rule")


class RuleLine:
    """The rule of one column as the page shows it: closed, with its words, or open."""

    def __init__(self, index: int, rule: ColumnRule, data: QueryDict | None, *, is_open: bool) -> None:
        self.index, self.rule, self.is_open, self.problem = index, rule, is_open, ""
        self.prefix = f"c{index}-rule"
        was_open = data is not None and str(index) in data.getlist("rule-open")
        form = RuleForm(data, rule=rule, prefix=self.prefix) if was_open else None
        try:
            if form is not None:
                self.rule = form.rule()
            elif data is not None and data.get(self.prefix):
                self.rule = ColumnRule.from_json(json.loads(str(data[self.prefix])), "The rule")
            elif data is not None:
                self.rule = ColumnRule()
        except (NotUnderstood, ValueError, RecursionError) as error:
            self.problem = str(error)
            self.is_open = self.is_open or form is not None
        self.form = form if self.problem and form is not None else RuleForm(None, rule=self.rule, prefix=self.prefix)

    @property
    def stored(self) -> str:
        """Return the rule as the hidden input carries it."""
        return json.dumps(self.rule.as_json(), ensure_ascii=False) if self.rule.as_json() else ""

    @property
    def words(self) -> list[str]:
        """Say what is done."""
        return self.rule.told()

    def set(self, rule: ColumnRule) -> None:
        """Take another rule."""
        self.rule, self.problem = rule, ""
        self.form = RuleForm(None, rule=rule, prefix=self.prefix)


class MadeLine:
    """A column that the file lacks, as the page shows it: a fixed value, columns joined, or a part of one."""

    def __init__(self, number: int, made: MadeColumn, header: Sequence[str], data: QueryDict | None) -> None:
        self.number, self.prefix, self.header = number, f"m{number}", header
        self.kind = PART if made.rule.part else JOIN if made.columns else TEXT
        self.text, self.joint, self.columns, self.title = made.text, made.joint, list(made.columns), made.title
        if data is not None:
            self.kind = data.get(f"{self.prefix}-kind", TEXT)
            self.text, self.joint = data.get(f"{self.prefix}-text", "").strip(), data.get(f"{self.prefix}-joint", "")
            said = data.getlist(f"{self.prefix}-column")
            self.columns = [int(at) for at in said if at.isascii() and at.isdecimal() and int(at) < len(header)]
            self.title = data.get(f"{self.prefix}-title", "")
        if not self.title or data is not None:
            self.title = self._named()

    @property
    def choosers(self) -> list[int | None]:
        """Return the columns that are chosen, and places for more."""
        least = 1 if self.kind == PART else JOINED_AT_LEAST
        chosen: list[int | None] = [*self.columns]
        return chosen + [None] * max(least - len(chosen), 0 if self.kind == PART else 1)

    def made(self, rule: ColumnRule) -> MadeColumn:
        """Return the column that was said. Raises RuleRefused."""
        if self.kind == TEXT:
            if not self.text:
                raise RuleRefused("Type the value that every row gets, or take the column away.")
            return MadeColumn(title=self.title, text=self.text[:400], rule=rule)
        if not self.columns:
            raise RuleRefused("Choose the columns that it is made of, or take it away.")
        return MadeColumn(title=self.title, columns=tuple(self.columns), joint=self.joint[:20], rule=rule)

    def _named(self) -> str:
        if self.kind == TEXT:
            return f"Fixed value {self.number + 1}"
        names = [self.header[at] for at in self.columns if at < len(self.header)]
        return f"Part of {names[0]}" if self.kind == PART and names else " + ".join(names) or f"Made {self.number + 1}"


class RowForm(forms.Form):
    """Which rows are taken: those with one of some values in a column."""

    column = forms.ChoiceField(label="Column", required=False)
    how = forms.ChoiceField(
        label="Is", required=False, choices=[("is", "is one of"), ("not", "is none of")], widget=forms.Select
    )
    values = forms.CharField(
        label="Values", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 1, "placeholder": "C"})
    )

    def __init__(self, data: QueryDict | None, *, rule: RowRule | None, header: Sequence[str], prefix: str) -> None:
        initial = {}
        if rule is not None:
            initial = {"column": str(rule.column), "how": "not" if rule.leaves_out else "is"}
            initial["values"] = "\n".join(rule.values)
        super().__init__(data, prefix=prefix, initial=initial, label_suffix="")
        column = self.fields["column"]
        if isinstance(column, forms.ChoiceField):
            column.choices = [("", "All rows"), *((str(at), name) for at, name in enumerate(header))]
        for each in self.fields.values():
            each.widget.attrs["class"] = "input"

    def rule(self) -> RowRule | None:
        """Return the rule that was said, None where there is none. Raises RuleRefused."""
        if not self.is_valid():
            raise RuleRefused(" ".join(str(message) for messages in self.errors.values() for message in messages))
        said = self.cleaned_data
        if not said["column"]:
            return None
        values = tuple(dict.fromkeys(line.strip() for line in said["values"].splitlines() if line.strip()))
        if not values:
            raise RuleRefused("Type the value of the rows that are to be sent, one on each line.")
        return RowRule(column=int(said["column"]), values=values, leaves_out=said["how"] == "not")


class ConversionForm:
    """All rules for a file on the mapping page. `conversion` is what they are without `data`."""

    def __init__(self, header: Sequence[str], conversion: Conversion, data: QueryDict | None = None) -> None:
        self.header, self.data, self.errors = tuple(header), data, list[str]()
        width = len(self.header)
        count = _count(data, "made-count", MADE_AT_MOST) if data is not None else len(conversion.made)
        nothing = MadeColumn(title="", text=" ")
        made_before = [conversion.made[n] if n < len(conversion.made) else nothing for n in range(count)]
        self.made = [MadeLine(n, each, self.header, data) for n, each in enumerate(made_before)]
        rules = [conversion.rule(at) for at in range(width)] + [each.rule for each in made_before]
        still_open = set(data.getlist("rule-open")) if data is not None else set()
        self.lines = [RuleLine(at, rule, data, is_open=str(at) in still_open) for at, rule in enumerate(rules)]
        self.blank = data.get("send-blank", conversion.blank) if data is not None else conversion.blank
        rows = len(conversion.rows) if data is None else _count(data, "row-count", ROW_RULES_AT_MOST)
        rows = max(rows, 1)
        before = [*conversion.rows, *[None] * rows][:rows]
        self.rows = [RowForm(data, rule=rule, header=self.header, prefix=f"row{n}") for n, rule in enumerate(before)]
        if data is not None:
            self._pressed(data)

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the names of all columns, those that are made included."""
        return (*self.header, *(each.title for each in self.made))

    @property
    def blanks(self) -> list[tuple[str, str, bool]]:
        """Return what blank cells may do, for the template: value, words, whether it is chosen."""
        return [(value, words, value == self.blank) for value, words in BLANKS.items()]

    def is_valid(self) -> bool:
        """Return whether all that was said can be done; `errors` says in words what cannot."""
        self.errors = []
        self._conversion()
        return not self.errors

    def conversion(self) -> Conversion:
        """Return all that was said and can be done."""
        return self._conversion()

    def _conversion(self) -> Conversion:
        width = len(self.header)
        for line in self.lines:
            if line.problem:
                self.errors.append(f"{self.titles[line.index]}: {line.problem}")
        made = []
        for each in self.made:
            try:
                made.append(each.made(self.lines[width + each.number].rule))
            except RuleRefused as refused:
                self.errors.append(f"{each.title}: {refused}")
        rows = []
        for form in self.rows:
            try:
                rows.append(form.rule() if form.is_bound else None)
            except RuleRefused as refused:
                self.errors.append(f"Rows: {refused}")
        kept = conversion_from({line.index: line.rule for line in self.lines[:width] if not line.problem})
        blank = self.blank if self.blank in BLANKS else LEAVE
        return replace(kept, made=tuple(made), rows=tuple(filter(None, rows)), blank=blank)

    def _pressed(self, data: QueryDict) -> None:
        """Do what a button of a column asks for."""
        at = _index(data.get("rule_edit"), len(self.lines))
        if at is not None:
            self.lines[at].is_open = True
        at = _index(data.get("rule_done"), len(self.lines))
        if at is not None and not self.lines[at].problem:
            self.lines[at].is_open = False
        at = _index(data.get("rule_none"), len(self.lines))
        if at is not None:
            self.lines[at].set(ColumnRule())
            self.lines[at].is_open = False
        place, _, pattern = str(data.get("dates") or "").partition(":")
        at = _index(place, len(self.lines))
        if at is not None and pattern in DATE_PATTERNS:
            self.lines[at].set(replace(self.lines[at].rule, date=pattern))
        if (kind := data.get("made_add")) in (TEXT, JOIN, PART) and len(self.made) < MADE_AT_MOST:
            self._add(str(kind))
        if "row_add" in data and len(self.rows) < ROW_RULES_AT_MOST:
            self.rows.append(RowForm(None, rule=None, header=self.header, prefix=f"row{len(self.rows)}"))

    def _add(self, kind: str) -> None:
        line = MadeLine(len(self.made), MadeColumn(title="", text=" "), self.header, None)
        line.kind, line.text = kind, ""
        line.title = line._named()
        self.made.append(line)
        rule = ColumnRule(part=2) if kind == PART else ColumnRule()
        self.lines.append(RuleLine(len(self.lines), rule, None, is_open=kind == PART))


def made_removed(data: QueryDict, width: int) -> QueryDict:
    """Return a form's data without the made column that its button takes away: those after it move up."""
    gone, count = _index(data.get("made_remove"), MADE_AT_MOST), _count(data, "made-count", MADE_AT_MOST)
    if gone is None or gone >= count:
        return data
    kept = QueryDict(mutable=True)
    for name in data:
        head, dash, tail = name.partition("-")
        moved = head
        if dash or head[:1] == "c":
            for letter, first in (("m", 0), ("c", width)):
                number = head.removeprefix(letter)
                if head != number and number.isdecimal() and int(number) >= first + gone:
                    moved = "" if int(number) == first + gone else f"{letter}{int(number) - 1}"
        if moved:
            kept.setlist(f"{moved}{dash}{tail}", data.getlist(name))
    still_open = [int(at) for at in data.getlist("rule-open") if at.isdecimal()]
    moved_open = [at - (at > width + gone) for at in still_open if at != width + gone]
    kept.setlist("rule-open", [str(at) for at in moved_open])
    kept["made-count"] = str(count - 1)
    return kept


def _count(data: QueryDict, name: str, most: int) -> int:
    return _index(data.get(name), most + 1) or 0


def _index(text: Any, count: int) -> int | None:
    said = str(text or "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 and int(said) < count else None


@dataclass(frozen=True, slots=True)
class DateOffer:
    """Dates of a column that are written otherwise than the list's: `value` is what the button says."""

    value: str
    pattern: str
    example: str


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """The rule of one column. `target` is how the list writes dates, `offers` how the file may have written them."""

    line: RuleLine
    made: MadeLine | None
    changes: tuple[Change, ...] = ()
    offers: tuple[DateOffer, ...] = ()
    target: str = ""
