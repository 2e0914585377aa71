"""Why a row did not get in: every code in words, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code in words: `label` for a table of problems, `fix` what a person can do."""

    label: str
    fix: str = ""


ALREADY_THERE = frozenset({"duplicateKey", "already_there"})
"""Outcomes of rows that are in the list: they need no correction and are in no rejects file."""

DOUBLE, IDENTICAL = "duplicate_in_file", "identical_in_file"

NOT_SENT, UNCERTAIN, UNACCOUNTED = "not_sent", "uncertain", "unaccounted"

FOUND, MISSING, UNCLEAR = "found", "missing", "unclear"
"""What reading the list back told of rows that are still in question."""

_REASONS = {
    # What our own check finds in the file.
    "undecodable": Reason(
        "Characters that cannot be read",
        "The cells here show the most likely characters: correct them if they are wrong.",
    ),
    "stray_quote": Reason(
        "A quotation mark that closes before the end of its cell",
        "Write quotation marks within a quoted cell twice, or take them away.",
    ),
    "lines_in_one_cell": Reason(
        "Lines that two stray quotation marks make one cell",
        "Take away the quotation marks before the first and after the last of these lines, if each is a row.",
    ),
    "unclosed_quote": Reason("A quotation mark that is never closed", "Close or remove the quotation mark."),
    "cell_too_long": Reason("A cell of more than 131,072 characters", "Shorten the cell."),
    "nul_character": Reason(
        "Zero bytes in the row", "The zero bytes are left out here: check the row and send it again."
    ),
    "too_few_cells": Reason("Fewer cells than the header", "Add the missing cells; look for a lost separator."),
    "too_many_cells": Reason(
        "More cells than the header",
        "The surplus cells stand in the last column: put text that holds the separator into quotation marks.",
    ),
    "spreadsheet_error": Reason(
        "A formula that failed or was never calculated",
        "Correct it in the spreadsheet, save it there, and upload the file again.",
    ),
    "not_converted": Reason(
        "A cell that the rule of its column cannot convert", "Correct the cell, or change the rule of the column."
    ),
    "missing_key": Reason("A key field is empty", "Fill in the cell: the key tells one record from another."),
    "missing_required": Reason("A required field is empty", "Fill in the cell: the list requires this field."),
    "no_phone": Reason("No telephone number in the row", "Enter at least one telephone number."),
    "phone_invalid": Reason("A telephone number that the dialler refuses", "Correct the number."),
    "phone_more": Reason(
        "More than a number in a telephone cell: an extension, several numbers, a date, letters",
        "Keep the one number that is to be called: the dialler would join all digits of the cell.",
    ),
    "phone_impossible": Reason("A telephone number that cannot exist", "Correct the number, or clear the cell."),
    "phone_damaged": Reason(
        "A telephone number damaged by a spreadsheet",
        "Take the number from the original source; format the column as text before opening it in Excel.",
    ),
    "code_invalid": Reason("Not a code of the list's type and country", "Correct the code."),
    "integer_invalid": Reason("Not a whole number", "Enter digits only, or clear the cell."),
    "too_long": Reason("More characters than the field holds", "Shorten the cell."),
    "date_invalid": Reason("Not a date in the list's format", "Write the date as the list expects it."),
    DOUBLE: Reason(
        "The same key comes more than once in the file",
        "Leave it out: another row of its key counts.",
    ),
    IDENTICAL: Reason("The same row comes more than once in the file", "Leave it out: it is sent once."),
    "dnc_blocked": Reason(
        "Blocked by a Do Not Call list", "Leave the row out; Do Not Call tells who blocked it and why."
    ),
    "waits_already": Reason(
        "The number waits to be called already", "Leave the row out, or send it to have the number called once more."
    ),
    "settled_elsewhere": Reason(
        "In doubt, or not sent, in the job that its file comes from",
        "Settle it there: that job's page finds out, or sends the rest. From here it might be sent a second time.",
    ),
    # What the platform answers.
    "missingKey": Reason("The dialler misses a key field", "Fill in the key field."),
    "missingRequired": Reason("The dialler misses a required field", "Fill in the required field."),
    "duplicateKey": Reason("A record with this key is already in the list", "Update it, or leave it out."),
    "already_there": Reason("A record with this key is in the list", "Update it, or leave it out."),
    "keyNotFound": Reason("No record with this key is in the list", "Correct the key, or add the record."),
    "formatError": Reason(
        "The dialler does not accept the format of a value, or a field's name",
        "Check dates, numbers and telephone numbers, and that all mapped fields exist in the list.",
    ),
    "limitExceeded": Reason(
        "The dialler's limit of rows over all lists is reached",
        "Delete lists or records that are no longer needed, then send again.",
    ),
    # What became of rows otherwise.
    "added_since": Reason("Kept: somebody added it after the check", "Remove it by hand if it must go."),
    NOT_SENT: Reason("Not sent", "Nothing was sent for this row: the job's page can send the rest."),
    UNCERTAIN: Reason(
        "Sent, but the answer never came", "Look whether the record is in the list before you send it again."
    ),
    FOUND: Reason("Found when the list was read back", "Leave it out: it is in the list."),
    MISSING: Reason("Not found when the list was read back", "It can be sent again."),
    UNCLEAR: Reason(
        "Reading the list back does not tell", "Look whether the record is in the list before you send it again."
    ),
    UNACCOUNTED: Reason(
        "Taken without an error, but not in the list", "Check the values; the dialler drops some records in silence."
    ),
}


def reason_of(code: str) -> Reason:
    """Return a code in words; a code that nobody documented is named as the platform names it."""
    return _REASONS.get(code) or Reason(f"Refused by the dialler: {code}", "Check the values of this row.")
