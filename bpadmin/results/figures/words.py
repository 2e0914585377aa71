"""The dictionary: what each figure counts, in the words of pages, files and commands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by its name: the sentence that says what it is, what is counted of what, and what it cannot know."""

    key: str
    name: str
    sentence: str
    numerator: str = ""
    denominator: str = ""
    not_told: str = ""


FIGURES: tuple[Figure, ...] = (
    Figure(
        "total",
        "Total of the dialler",
        "Records in the list, as the dialler counts them.",
        "records, by the dialler's own count",
    ),
    Figure(
        "never",
        "Never attempted",
        "Records that the dialler has not dialled or decided on yet.",
        "records without an attempt, counted at the last whole reading, less those attempted since",
        "",
        "Records that a filter of the list leaves out are among them: the dialler does not tell which those are. Until "
        "the first whole reading ends it is the total less the records attempted.",
    ),
    Figure(
        "attempted",
        "Records attempted",
        "Records that were attempted at least once and are still there: those that are open, and those completed.",
        "records there with at least one attempt",
    ),
    Figure(
        "open",
        "Attempted, open",
        "Records that were attempted and may be dialled again.",
        "records with an attempt that the dialler does not call completed",
        "",
        "When they are due: Bright Pattern tells no next time of any record. Conpeek and jtel do, in the records.",
    ),
    Figure(
        "completed",
        "Completed",
        "Records that need no more calls, by the group of their last disposition.",
        "records that the dialler calls completed",
        "",
        "Records that expired cannot be told from others that are completed.",
    ),
    Figure(
        "gone",
        "Gone since",
        "Records that were attempted and are no longer in the list, or were filled in anew. Their attempts count.",
        "records with an attempt that the last whole reading did not meet as attempted",
        "",
        "Records that went without ever being attempted leave no trace.",
    ),
    Figure(
        "difference",
        "Difference",
        "What the dialler's total has more, or less, than the parts of the stock add up to.",
        "the dialler's total less never attempted, open and completed",
        "",
        "Records added or deleted since the last whole reading. A new whole reading is made by itself when the total "
        "has changed.",
    ),
    Figure(
        "left",
        "Left",
        "Records that are not completed. Some may wait for their time, or be out of their hours.",
        "the dialler's total less completed records",
    ),
    Figure(
        "completed_percent",
        "Completed %",
        "How much of a list needs no more calls.",
        "completed records",
        "the dialler's total of records",
    ),
    Figure(
        "penetration",
        "Penetration",
        "How much of a list was attempted at least once.",
        "records there with at least one attempt",
        "the dialler's total of records",
    ),
    Figure(
        "depth",
        "Attempts per record",
        "How often a record was attempted that was attempted at all.",
        "attempts at the records that are there, as the dialler numbers them",
        "records there with at least one attempt",
    ),
    Figure(
        "attempts",
        "Attempts",
        "Attempts at the records that are there.",
        "attempts, as the dialler numbers them at each record",
        "",
        "Where a platform tells the last attempt of a record alone, the others are known by number only.",
    ),
    Figure(
        "calls",
        "Calls",
        "Attempts that dialled somebody, each once, by the time at which they began.",
        "attempts with call_attempted",
        "",
        "jtel and the first Bright Pattern API tell the last attempt of a record alone: what lies between two readings "
        "is named as a gap.",
    ),
    Figure(
        "contacts",
        "Contacts",
        "Calls that reached a person.",
        "calls whose disposition counts as contact, right party, success, refused or do not call",
        "",
        "Dispositions that count as nothing yet are never contacts.",
    ),
    Figure(
        "successes",
        "Successes",
        "Calls that ended in what counts as a success.",
        "calls whose disposition counts as success",
    ),
    Figure(
        "decisions",
        "Not dialled",
        "Attempts that dialled nobody: the dialler decided, such as for a match of a Do Not Call list or a quota.",
        "attempts without call_attempted",
    ),
    Figure(
        "contact_rate",
        "Contact rate",
        "How many calls reached a person.",
        "calls whose disposition counts as contact, right party, success, refused or do not call",
        "calls",
        "Dispositions that count as nothing yet are among the calls, and never contacts.",
    ),
    Figure(
        "success_rate",
        "Success rate",
        "How many calls ended in a success.",
        "calls whose disposition counts as success",
        "calls",
        "“–” where no disposition of the tenant counts as success: that is not set up, which is no zero.",
    ),
    Figure(
        "beside",
        "At the same penetration",
        "A list beside the other lists of the tenant, each as it was when the same share of its records had been "
        "attempted for the first time: all its calls until then.",
        "contacts, or successes, until that share was reached",
        "calls until then",
        "Compared at whole percents. Records that are gone since count among those attempted and among all. A list "
        "is left out, and named, whose attempts are not all known until then, or with fewer than 100 calls. What total "
        "a list had at that time nobody tells: shares are of the present one.",
    ),
    Figure(
        "dialled",
        "Records dialled",
        "Records that were dialled in the period, each once.",
        "different records with a call",
    ),
    Figure(
        "reached",
        "Records reached",
        "With how many of the records dialled in the period a person was reached: each record once.",
        "different records with a contact",
        "different records dialled",
    ),
    Figure(
        "no_agent",
        "No agent",
        "Answered calls that were dropped because no agent came in time, as the dialler recorded it.",
        "calls that count as no agent",
        "those, and contacts",
        "This is not the figure that a regulator asks for: it knows no machines taken for people and no exact time. "
        "Take that from the dialler's own report.",
    ),
    Figure(
        "answered",
        "Answered calls",
        "Calls that a person answered, whether an agent came or not.",
        "contacts, and calls that count as no agent",
    ),
    Figure(
        "last_hour",
        "Last hour",
        "Calls of the last sixty minutes, or “–” where nothing so recent was read.",
        "calls that began in the sixty minutes before now",
    ),
    Figure(
        "runs_dry",
        "Runs dry",
        "Between which two times nothing is left to dial, if it goes on like the last hour, or like the same hours of "
        "up to four weeks before.",
        "records left, times attempts a completed record",
        "calls an hour",
        "None is told with fewer than 30 calls in the last hour, while the campaign is stopped, or before the first "
        "whole reading has ended.",
    ),
    Figure(
        "duration",
        "Call duration",
        "What the dialler documents as callDuration. It is not talk time.",
        "seconds added up over the attempts of the period",
    ),
    Figure(
        "enabled",
        "Lists enabled",
        "How many of the lists bound to a campaign it may dial.",
        "lists that are enabled",
        "lists that are bound",
    ),
    Figure(
        "callbacks",
        "Callbacks due",
        "Not told for Bright Pattern: no record says when it is to be dialled next.",
        "",
        "",
        "Conpeek and jtel tell it in their records.",
    ),
    Figure(
        "age",
        "Read until",
        "Up to which moment changes are known: the oldest of all lists that a figure counts. “–” is shown where it "
        "lies before the period.",
    ),
    Figure(
        "gap",
        "Gap",
        "A span in which attempts may have been made that nobody can read any more, with its reason. Nothing is put in "
        "its place.",
    ),
)

BY_KEY = {figure.key: figure for figure in FIGURES}
