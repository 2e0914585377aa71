"""What stands out in a checked file and needs a yes before its rows are sent, the same for the page and the shell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from bpadmin.jobs.handlers import job_report
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import Finding
from bpadmin.uploads.checking.report import (
    ALIKE,
    BLOCKED,
    CODES_AS_DATES,
    DATE_ORDER,
    DECIMAL_CODES,
    DOUBLED,
    ENTITIES,
    FORMULAS,
    LONG_TEXTS,
    LOST_LETTERS,
    LOST_ZEROS,
    MARKED,
    NOTHING_WORDS,
    SCIENTIFIC_NOTATION,
    WAITING,
    WITHOUT_ONE,
    CheckReport,
    DateOrder,
)

# The word by which each question is answered with yes (--accept), by the code of what was found.
ACCEPT: Mapping[str, str] = {
    LOST_ZEROS: "lost-zeros",
    NOTHING_WORDS: "words-for-nothing",
    LONG_TEXTS: "long-texts",
    ALIKE: "keys-alike",
    DECIMAL_CODES: "decimal-codes",
    CODES_AS_DATES: "codes-as-dates",
    FORMULAS: "formulas",
    SCIENTIFIC_NOTATION: "scientific-notation",
    LOST_LETTERS: "lost-letters",
    ENTITIES: "html-entities",
    DOUBLED: "double-encoding",
    MARKED: "marked-do-not-call",
    WITHOUT_ONE: "plus-without-one",
}
_YES: Mapping[str, str] = {
    LOST_ZEROS: "Send them without the zeros",
    NOTHING_WORDS: "Send these words as they are",
    LONG_TEXTS: "Send these texts with all their lines",
    ALIKE: "Send them as different records",
    DECIMAL_CODES: "Send them with the .0",
    CODES_AS_DATES: "Send them as they stand: they are no dates, or meant as such",
    FORMULAS: "Send these formulas as texts",
    SCIENTIFIC_NOTATION: "Send them as they stand, shortened",
    LOST_LETTERS: "Send these texts with � in them",
    ENTITIES: "Send these texts as they stand in the file",
    DOUBLED: "Send these texts as they stand in the file",
    MARKED: "Send these rows all the same",
    WITHOUT_ONE: "Take them as they are written, for another country",
    WAITING: "Send the rows that wait to be called already once more",
    BLOCKED: "Send the rows that are on a Do Not Call list all the same",
}


# What else settles a question in a shell.
_OR_ELSE: Mapping[str, str] = {DOUBLED: " (or --undo-double-encoding, which puts them right)"}


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that needs a yes, said by its `name`; `is_choice`: no yes helps, the order has to be chosen."""

    code: str
    name: str
    sentence: str
    flag: str
    yes: str = ""
    is_choice: bool = False
    finding: Finding | None = None


def questions_of(job: Job) -> list[Question]:
    """Return what has to be answered before a checked job is sent."""
    report = cast(CheckReport, job_report(job))
    if not job.n_not_sent:
        return []
    questions = [_of_order(order) for order in report.date_orders if order.is_open]
    if report.scrub is not None and (blocked := report.scrub.found - report.scrub.left_out) > 0:
        rows = f"{blocked:,} row{'s are' if blocked > 1 else ' is'}"
        questions.append(
            Question(
                BLOCKED,
                "blocked",
                f"{rows} {report.scrub.words}.",
                "--leave-out-blocked or --send-blocked",
                _YES[report.scrub.code],
            )
        )
    for finding in report.warnings:
        if finding.code in ACCEPT and finding.needs_yes:
            where = f" in {finding.column}" if finding.column else ""
            first = next(iter(finding.samples), None)
            shown = f" (row {first['row']:,}: {_cut(first['value'])})" if first and first["value"] else ""
            name = ACCEPT[finding.code]
            sentence = f"{finding.count:,} × {finding.label}{where}{shown}."
            flag = f"--accept {name}{_OR_ELSE.get(finding.code, '')}"
            questions.append(Question(finding.code, name, sentence, flag, _YES[finding.code], finding=finding))
    return questions


def questions_open(job: Job, accepted: Collection[str]) -> list[Question]:
    """Return the questions of a checked job to which nobody has said yes."""
    return [each for each in questions_of(job) if each.is_choice or each.name not in accepted]


def questions_words(questions: Collection[Question]) -> list[str]:
    """Put open questions in words for a shell, each with the flag that settles it."""
    return [
        f"{each.sentence} {'Say which' if each.is_choice else 'If that is right'}: {each.flag}"
        f"{'' if each.is_choice or each.code == BLOCKED else '; else correct the file'}."
        for each in questions
    ]


def _of_order(order: DateOrder) -> Question:
    return Question(
        DATE_ORDER, "order", order.sentence, "--order dmy (day first) or --order mdy (month first)", is_choice=True
    )


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
