"""What the API answers with, in JSON Schema; and the functions that make it."""

from __future__ import annotations

from typing import Any

from bpadmin.jobs.management.progress import job_numbers
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.uploads.checking.questions import Question, questions_of
from dnc.entries.lookup import Match, Why
from dnc.entries.manual import ListOutcome
from dnc.models import DncList, EntryState

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
FLAG: dict[str, Any] = {"type": "boolean"}
MAYBE: dict[str, Any] = {"type": ["string", "null"]}


def thing(**members: Any) -> dict[str, Any]:
    """Describe an object all of whose members are always there."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def many(item: dict[str, Any]) -> dict[str, Any]:
    """Describe a list."""
    return {"type": "array", "items": item}


CAMPAIGN = thing(id=TEXT, name=TEXT, state=TEXT)
CAMPAIGNS = thing(campaigns=many(CAMPAIGN))
CHANGE = thing(id=TEXT, name=TEXT, state=TEXT, outcome=TEXT, message=TEXT, act=NUMBER)
CHANGES = thing(list=TEXT, list_id=TEXT, campaigns=many(CHANGE))
UNDO = thing(undo_of=NUMBER, outcome=TEXT, message=TEXT, act=NUMBER)
QUESTION = thing(name=TEXT, sentence=TEXT, is_choice=FLAG)
SENDING = {
    **thing(at_a_time=NUMBER, rows_each={"type": ["integer", "null"]}, answer_ms=NUMBER),
    "type": ["object", "null"],
}
ROWS = ("rows", "accepted", "added", "updated", "already_there", "rejected", "uncertain", "not_sent", "unaccounted")
JOB = thing(
    job=NUMBER,
    kind=TEXT,
    state={"enum": list(JobState.values)},
    is_final=FLAG,
    list=TEXT,
    list_id=TEXT,
    **dict.fromkeys(ROWS, NUMBER),
    sending=SENDING,
    message=TEXT,
    sentence=TEXT,
    questions=many(QUESTION),
    created_at=TEXT,
    started_at=MAYBE,
    finished_at=MAYBE,
)
DNC_LIST = thing(id=NUMBER, remote_id=TEXT, name=TEXT, type=TEXT)
DNC_LISTS = thing(lists=many(DNC_LIST))
OUTCOME = thing(
    list=TEXT,
    outcome=TEXT,
    message=TEXT,
    asked=NUMBER,
    done=NUMBER,
    already=NUMBER,
    unknown=NUMBER,
    refused=many(thing(value=TEXT, why=TEXT)),
    act=NUMBER,
)
MATCH = thing(
    list=TEXT,
    list_id=TEXT,
    rule=TEXT,
    key=TEXT,
    state=TEXT,
    comment=TEXT,
    added_at=TEXT,
    added_by=TEXT,
    expires_on=MAYBE,
)
WHY = thing(typed=TEXT, is_blocked=FLAG, message=TEXT, matches=many(MATCH))
PROBLEM = {"type": "object", "properties": {"problem": TEXT}, "required": ["problem"]}


def job_told(job: Job) -> dict[str, Any]:
    """Return a job as the API tells it, with the questions that must be answered before it is sent."""
    open_questions = questions_of(job) if job.state == JobState.READY else []
    return {
        **job_numbers(job),
        "list_id": str(job.target_id),
        "kind": job.kind,
        "is_final": job.is_final,
        "message": job.told_message,
        "sentence": job_view(job).sentence,
        "questions": [question_told(each) for each in open_questions],
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def question_told(question: Question) -> dict[str, Any]:
    """Return a question; no yes helps where `is_choice` says that something has to be chosen in the file or recipe."""
    return {"name": question.name, "sentence": question.sentence, "is_choice": question.is_choice}


def dnc_list_told(dnc_list: DncList) -> dict[str, Any]:
    """Return a Do Not Call list."""
    return {"id": dnc_list.pk, "remote_id": dnc_list.remote_id, "name": dnc_list.name, "type": str(dnc_list.type)}


def outcome_told(outcome: ListOutcome) -> dict[str, Any]:
    """Return what became of an act on a Do Not Call list."""
    return {
        "list": outcome.dnc_list.name,
        "outcome": outcome.outcome.value,
        "message": outcome.sentence,
        "asked": outcome.n_asked,
        "done": outcome.n_done,
        "already": outcome.n_already,
        "unknown": outcome.n_unknown,
        "refused": [{"value": each.value, "why": each.words} for each in outcome.refused],
        "act": outcome.number,
    }


def why_told(why: Why) -> dict[str, Any]:
    """Return why a number is blocked, or that it is not."""
    return {
        "typed": why.typed,
        "is_blocked": why.is_blocked,
        "message": why.sentence,
        "matches": [_match(each) for each in why.matches],
    }


def _match(match: Match) -> dict[str, Any]:
    entry = match.entry
    state = EntryState.UNKNOWN if match.is_unsure else EntryState(entry.state)
    return {
        "list": match.dnc_list.name,
        "list_id": match.dnc_list.remote_id,
        "rule": match.rule,
        "key": entry.key,
        "state": state.name.lower(),
        "comment": entry.comment,
        "added_at": entry.added_at.isoformat(),
        "added_by": entry.source.put_in_by,
        "expires_on": entry.expires_on.isoformat() if entry.expires_on else None,
    }
