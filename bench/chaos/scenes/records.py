"""Scenes of jobs that read or delete records: deletions by filter and of all, exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from bench.chaos.browser import NotShown, job_of
from bench.chaos.judge import Verdict
from bench.chaos.scene import KEYED, Stage, Upload, scene
from bench.chaos.waiting import sleep, wait_until


def _filled(stage: Stage) -> Upload:
    """Fill a list through the product, so that its fields are known."""
    upload = stage.ready(KEYED)
    stage.tenant.latency(0)
    stage.confirm(upload)
    wait_until(lambda: stage.watch.sights[upload.job_id].is_final, "the list is filled", 120)
    return upload


def _delete(stage: Stage, upload: Upload, *, values: list[str] | None = None) -> int:
    """Order a deletion through the pages: of the records with these ids, or of all."""
    browser = stage.stack.person()
    page = browser.open(browser.path(f"lists/{upload.list_id}/delete-records/"))
    form = page.form(control="all") if values is None else page.form(control="values_1")
    if form is None:
        raise NotShown(f"{page.url} offers no deletion: {page.words[:300]}")
    said = {} if values is None else {"field_1": "id", "values_1": "\n".join(values)}
    asked = browser.submit(form, said, button="1" if values is None else "")
    question = asked.form(control="delete")
    if question is None:
        raise NotShown(f"{asked.url} does not ask: {asked.words[:300]}")
    # The name is asked for where much goes.
    page = browser.submit(question, {"typed_name": upload.list_name, "delete": "1"})
    job_id = job_of(page)
    stage.watch.add(job_id)
    return job_id


def _judge_deletion(stage: Stage, upload: Upload, job_id: int, gone: set[str], kind: str) -> None:
    sight = stage.watch.sights[job_id]
    wait_until(lambda: sight.is_final, "the deletion ends", 240, every=0.1)
    stage.tenant.heal()
    row, held = stage.stack.store.job(job_id), stage.tenant.held(upload.list_id)
    ours = {person["id"] for person in upload.people}
    verdict = Verdict(rows=len(gone), stall=sight.longest, miscounted=sight.false_samples)
    verdict.lost = len((ours - gone) - held.keys())
    left = gone & held.keys()
    verdict.person = int(row.state != "succeeded")
    if left and row.state == "succeeded":
        verdict.miscounted += len(left)
        verdict.notes.append(f"{len(left):,} records are said to be deleted and are there")
    if verdict.person:
        verdict.notes.append(f"needs a person: {row.state} {row.message[:200]}")
    stage.say(kind, verdict)


def _kill(stage: Stage, _: str) -> None:
    sleep(0.4)
    stage.stack.kill(*stage.stack.workers())


def _cut(stage: Stage, list_id: str) -> None:
    stage.tenant.faults({"kind": "cut_after", "probability": 0.3, "paths": [list_id, "callinglist/job"]})


def _deletion(stage: Stage, *, is_all: bool, spoil: Callable[[Stage, str], None], is_before: bool) -> None:
    upload = _filled(stage)
    ids = [person["id"] for person in upload.people]
    gone = ids if is_all else ids[::2]
    stage.tenant.latency(0.2)
    if is_before:
        stage.tenant.latency(0.02)
        spoil(stage, upload.list_id)
    job_id = _delete(stage, upload, values=None if is_all else gone)
    if not is_before:
        spoil(stage, upload.list_id)
    _judge_deletion(stage, upload, job_id, set(gone), "all" if is_all else "filter")


@scene()
def deletion_by_filter_and_kill(stage: Stage) -> None:
    """Records are deleted by a filter, and the workers are killed."""
    _deletion(stage, is_all=False, spoil=_kill, is_before=False)


@scene()
def deletion_by_filter_and_cuts(stage: Stage) -> None:
    """Records are deleted by a filter while answers are cut."""
    _deletion(stage, is_all=False, spoil=_cut, is_before=True)


@scene()
def deletion_of_all_and_kill(stage: Stage) -> None:
    """All records of a list are deleted, and the workers are killed."""
    _deletion(stage, is_all=True, spoil=_kill, is_before=False)


@scene()
def deletion_of_all_and_cuts(stage: Stage) -> None:
    """All records of a list are deleted while answers are cut."""
    _deletion(stage, is_all=True, spoil=_cut, is_before=True)


@scene()
def export_and_kill(stage: Stage) -> None:
    """Records are exported, and the workers are killed."""
    _export(stage, _kill, is_before=False)


@scene()
def export_and_cuts(stage: Stage) -> None:
    """Records are exported while answers are cut."""
    _export(stage, _cut_reads, is_before=True)


def _cut_reads(stage: Stage, _: str) -> None:
    stage.tenant.faults({"kind": "cut_body", "probability": 0.15, "methods": ["get_all_records"]})


def _export(stage: Stage, spoil: Callable[[Stage, str], None], *, is_before: bool) -> None:
    """Export the records of a list's campaign, and compare the file with them."""
    upload = _filled(stage)
    campaigns = stage.tenant.control("GET", "dump")["campaigns"]
    campaign = next(each["id"] for each in campaigns if each["name"] == upload.list_name)
    browser = stage.stack.person()
    page = browser.open(browser.path(f"campaigns/{campaign}/export/"))
    form = page.form(button="Export")
    if form is None:
        raise NotShown(f"{page.url} offers no export: {page.words[:300]}")
    stage.tenant.latency(0.5)
    if is_before:
        stage.tenant.latency(0.05)
        spoil(stage, upload.list_id)
    job_id = job_of(browser.submit(form))
    sight = stage.watch.add(job_id)
    if not is_before:
        spoil(stage, upload.list_id)
    wait_until(lambda: sight.is_final, "the export ends", 240, every=0.1)
    stage.tenant.heal()
    row = stage.stack.store.job(job_id)
    verdict = Verdict(rows=len(upload.people), stall=sight.longest, person=int(row.state != "succeeded"))
    if verdict.person:
        verdict.notes.append(f"needs a person: {row.state} {row.message[:200]}")
    else:
        answer = browser.session.get(browser.path(f"exports/{job_id}/file/"), timeout=60)
        text = answer.content.decode("utf-8-sig")
        found = [line.get("id") or line.get("entry.id") or "" for line in csv.DictReader(io.StringIO(text))]
        ours = [person["id"] for person in upload.people]
        verdict.lost = len(set(ours) - set(found))
        verdict.twice = len(found) - len(set(found))
        if verdict.lost or verdict.twice:
            verdict.notes.append(f"{len(found):,} lines, status {answer.status_code}: {text[:200]!r}")
    stage.say("export", verdict)
