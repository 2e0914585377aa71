"""What spreadsheets put around cells of a text file: a guard against formulas, marks of texts, and their exact undoing.

A cell is dangerous if it, or a part of it behind a sign that some spreadsheet takes for a separator, begins (blanks
aside) with = + - or @ and is no telephone number. It gets one apostrophe in front. So does one that begins with
apostrophes and would be dangerous or marked without them, so that undoing needs no guess: `unguard(guard(cell)) ==
cell` for every cell.

Marks of texts are an apostrophe before a number (`'007`) and a formula of nothing but a text (`="007"`): people and
programs write them so that Excel keeps zeros and long numbers. They are taken off, too. So are, of codes, the letters
with a colon that lead forms of Facebook write for the same reason: `p:+16505550101`, `z:02134`, `l:1001`.
"""

from __future__ import annotations

import re

# What no cell that needs a guard is without; for a quick look at whole columns.
SIGNS = frozenset("=+-@＝＋－＠")
# Of every locale and program: commas and semicolons of other scripts, ends of lines in all their forms, and the signs
# that programs for import offer.
_SEPARATORS = re.compile("[,;|\t\r\n\v\f\x1c-\x1f\x85\u2028\u2029\u060c\u061b\uff0c\uff1b\uff5c\u3001\u00a6\u00a7^~]")
# Asked of each part by itself: one pattern over the whole cell would go over a run of blanks once for each of them.
_DANGEROUS = re.compile(r"[\s\0\ufeff]*+(?:[=\-@＝＋－＠]|\+(?![\d() .\-/]{7,}\Z))")
# What is marked as a text lest it become a number or a date: numbers of all kinds, 0A12, 1E5.
_MARKED = re.compile(r"[\d+(][\d\s.,:()/+\-]*+|0\w*+|\d+[Ee]\d+", re.ASCII)
# Codes: of one word with a digit in it.
_CODE = re.compile(r"(?=[^\W\d_]*\d)[\w.\-/]*+")
# Letters of phone, zip, lead, ad, ad set, ad group, campaign and form.
_LEAD = re.compile(r"(?:p|z|l|a|as|ag|c|f):(?=\+?[\d() .\-]++\Z)", re.ASCII)
_ONLY_TEXT = re.compile(r'=\s*"((?:[^"]|"")*+)"', re.DOTALL)
# A sign, or an apostrophe, behind what begins a part of a cell; the sign first, since that is quick to look for.
_SUSPECT = re.compile("['=+\\-@＝＋－＠](?<=[" + _SEPARATORS.pattern[1:-1] + "\"'\\s\0\ufeff].)", re.DOTALL)


def may_need_guard(lines: str) -> bool:
    """Look quickly over many cells, each behind an end of line: False where `guard` would change none of them."""
    return _SUSPECT.search(lines) is not None


def is_dangerous(cell: str) -> bool:
    """Return whether a spreadsheet would calculate the cell, or a part of it."""
    return not SIGNS.isdisjoint(cell) and any(map(_DANGEROUS.match, _SEPARATORS.split(cell)))


def guard(cell: str) -> str:
    """Make a cell harmless in a spreadsheet."""
    bare = cell.lstrip("'")
    is_marked = bare != cell and bool(_MARKED.fullmatch(bare) or _CODE.fullmatch(bare))
    return f"'{cell}" if is_marked or is_dangerous(bare) else cell


def unguard(cell: str, is_code: bool = False) -> str:
    """Return back what `guard` was given, or what a cell holds that is marked as a text; others stay as they are.

    `is_code`: the cell is a key, a number, a postal code and the like, before which an apostrophe is a mark always; in
    other cells it is one before numbers.
    """
    if cell[:1] == "'":
        bare = cell.lstrip("'")
        is_marked = _MARKED.fullmatch(bare) or ((is_code or cell[:2] == "''") and _CODE.fullmatch(bare))
        return cell[1:] if is_marked or is_dangerous(bare) else cell
    if is_code and ":" in cell[:3]:
        return _LEAD.sub("", cell, count=1)
    return without_formula(cell)


def unmarked(cell: str, is_code: bool = False) -> str:
    """Return what a code holds that a workbook keeps as a text with the mark of one; texts stay as they are."""
    if not is_code or is_dangerous(cell.lstrip("'")):
        return without_formula(cell) if is_code else cell
    return unguard(cell, True)


def without_formula(cell: str) -> str:
    """Return the text of a formula that is nothing but a text, such as `="007"`; other cells stay as they are."""
    found = _ONLY_TEXT.fullmatch(cell) if cell[:1] == "=" else None
    return found[1].replace('""', '"') if found else cell
