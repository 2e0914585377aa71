"""What the mapping page shows of a column's rule: its words, cells before and after, and the dates it could write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.uploads.conversion.cell_rules import date_example, date_target, dates_offered
from bpadmin.uploads.conversion.converter import changes_shown, joined
from lists.uploads.pages.rule_forms import ColumnRules, DateOffer

if TYPE_CHECKING:
    from bpadmin.platforms.types import FieldSpec
    from bpadmin.uploads.inspection import Inspection
    from lists.uploads.pages.forms import MappingForm
    from lists.uploads.pages.rule_forms import ConversionForm, MadeLine


def rules_show(mapping: MappingForm, rules: ConversionForm, inspection: Inspection) -> None:
    """Put beside each column of the mapping what its rule does to the first and the oddest of its cells."""
    width = len(rules.header)
    for column, line in zip(mapping.columns, rules.lines, strict=True):
        made = rules.made[column.index - width] if column.index >= width else None
        cells = _cells(column.index, made, inspection)
        spec = mapping.field_of(column)
        changes = changes_shown(cells, line.rule, spec) if line.is_open or line.words or made else []
        offers = _offers(column.index, cells, spec) if not line.rule.date else ()
        column.rules = ColumnRules(line, made, tuple(changes), offers, date_target(spec))
        if made is not None:
            column.title = made.title


def _cells(index: int, made: MadeLine | None, inspection: Inspection) -> list[str]:
    if made is None:
        return [row[index] for row in inspection.rows if index < len(row)]
    if made.kind == "text":
        return [made.text]
    return [joined([row[at].strip() for at in made.columns if at < len(row)], made.joint) for row in inspection.rows]


def _offers(index: int, cells: list[str], spec: FieldSpec | None) -> tuple[DateOffer, ...]:
    patterns = dates_offered(cells, spec) if spec is not None else ()
    return tuple(DateOffer(f"{index}:{pattern}", pattern, date_example(pattern)) for pattern in patterns[:3])
