"""Scenes in which people press buttons at bad moments, and files and spools are not what they were."""

from __future__ import annotations

import http.client
import os
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bench.chaos.browser import Browser, NotShown, columns_filled, job_of
from bench.chaos.pages import Form
from bench.chaos.scene import KEYED, NOKEY, Stage, Upload, csv_of, scene
from bench.chaos.waiting import sleep, wait_until


@scene()
def update_and_kill(stage: Stage) -> None:
    """Records are updated by their key, and the worker is killed."""
    _mode_and_kill(stage, "update", share=1.0)


@scene()
def upsert_and_kill(stage: Stage) -> None:
    """Records are added or updated, and the worker is killed."""
    _mode_and_kill(stage, "upsert", share=0.5)


@scene(short=True)
def replace_and_kill(stage: Stage) -> None:
    """A list is emptied and filled anew, and the worker is killed."""
    _mode_and_kill(stage, "replace", share=0.3)


def _mode_and_kill(stage: Stage, mode: str, *, share: float) -> None:
    upload = _in_mode(stage, mode, share)
    stage.tenant.latency(0.15)
    stage.confirm(upload)
    stage.half_way(upload)
    stage.stack.kill(*stage.stack.workers())
    stage.finish(upload)


@scene()
def update_and_cuts(stage: Stage) -> None:
    """Records are updated while answers are cut."""
    _mode_and_cuts(stage, "update", share=1.0)


@scene()
def upsert_and_cuts(stage: Stage) -> None:
    """Records are added or updated while answers are cut."""
    _mode_and_cuts(stage, "upsert", share=0.5)


@scene()
def replace_and_cuts(stage: Stage) -> None:
    """A list is emptied and filled anew while answers are cut."""
    _mode_and_cuts(stage, "replace", share=0.3)


def _mode_and_cuts(stage: Stage, mode: str, *, share: float) -> None:
    upload = _in_mode(stage, mode, share)
    stage.tenant.faults({"kind": "cut_after", "probability": 0.15, "paths": [upload.list_id]})
    stage.confirm(upload)
    stage.finish(upload)


def _in_mode(stage: Stage, mode: str, share: float) -> Upload:
    """Bring a file in a mode to its last word, into a list that holds a share of its people under other names."""
    people = stage.people(stage.rows, name="New name")
    old = [person | {"name": "Old name"} for person in people[: int(len(people) * share)]]
    return stage.ready(KEYED, people=people, mode=mode, records=old)


@scene()
def cancel_in_the_middle(stage: Stage) -> None:
    """A person cancels while rows are sent; what was not sent is sent later by a button."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    for upload in uploads:
        stage.stack.person().cancel(upload.job_id)
    stage.finish(*uploads)


@scene(short=True)
def cancel_and_kill(stage: Stage) -> None:
    """The worker is killed and the job cancelled while a request is in doubt: the questions are put all the same."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    for upload in uploads:
        stage.stack.kill_driver(upload.job_id)
        stage.stack.person().cancel(upload.job_id)
    stage.finish(*uploads)


@scene()
def pause_and_resume_at_random(stage: Stage) -> None:
    """A person pauses and resumes ten times."""
    uploads = stage.uploads(latency=0.3)
    for turn in range(20):
        for upload in uploads:
            try:
                stage.stack.person().act(upload.job_id, "pause" if turn % 2 == 0 else "resume")
            except NotShown:
                continue
        sleep(stage.dice.uniform(0.05, 0.4))
    for upload in uploads:
        wait_until(lambda upload=upload: _is_going(stage, upload), "the job goes on", 60, every=0.3)
    stage.finish(*uploads)


def _is_going(stage: Stage, upload: Upload) -> bool:
    row = stage.row(upload)
    if row.state == "paused":
        stage.stack.person().act(upload.job_id, "resume")
    return row.is_final or (row.state in ("queued", "running") and row.lease_owner != "")


@scene(short=True)
def fix_and_send_again(stage: Stage) -> None:
    """A job is cancelled with rows in doubt, and "Fix and send again" is pressed: doubtful rows must not go along."""
    made = [stage.ready(kind) for kind in (NOKEY, KEYED)]
    stage.tenant.latency(0.1)
    for upload in made:
        stage.tenant.fault(upload.list_id, "hang", times=1, after=3, seconds=30, applied=True)
    stage.confirm(*made)
    wait_until(lambda: stage.tenant.struck() >= len(made), "requests hang", 60)
    for upload in made:
        stage.stack.person().cancel(upload.job_id)
        stage.stack.kill_driver(upload.job_id)
    stage.wait(*made)
    stage.tenant.heal()
    for upload in made:
        child = _sent_again(stage, upload)
        if child:
            stage.watch.add(child)
            stage.wait(Upload(upload.kind, upload.list_id, upload.list_name, upload.people, child, upload.page))
    stage.finish(*made)


def _sent_again(stage: Stage, upload: Upload) -> int:
    """Have the rejected rows of a job mapped anew and sent; return the new job, 0 where that is not offered."""
    browser = stage.stack.person()
    page = browser.open(browser.path(f"uploads/{upload.job_id}/again/"))
    form = page.form(control="same")
    if form is None:
        return 0
    page = browser.submit(form, button="1")
    if page.form("/columns/") is None:
        return 0
    child = job_of(page)
    page = browser.check_done(browser.columns_send(page, stage.fields(upload.kind)), child)
    browser.confirm(page)
    return child


@scene()
def same_file_twice_at_once(stage: Stage) -> None:
    """Two people send the same file into the same list with a key at once: each row is in it once."""
    first = stage.ready(KEYED)
    second = stage.ready(KEYED, people=first.people, into=(first.list_id, first.list_name), person="colleague")
    stage.confirm(first, second)
    stage.finish(first, second)


@scene(short=True)
def two_tabs(stage: Stage) -> None:
    """One tab confirms *add* while another, that read before, posts *replace*. Nothing may be deleted."""
    for kind in (NOKEY, KEYED):
        old = stage.people(300, "OLD")
        upload = stage.ready(kind, records=old)
        browser = stage.stack.person()
        stale = browser.open(browser.path(f"uploads/{upload.job_id}/columns/")).form("/columns/")
        word = browser.open(browser.path(f"uploads/{upload.job_id}/check/")).form("/check/")
        if stale is None or word is None:
            raise NotShown("the second tab shows no forms")
        # The page of the columns reads the list anew: that is the time in which the other tab confirms.
        stage.stack.broker_client().flushall()
        stage.tenant.latency(1.0)
        with stage.stack.workers_still():
            post = posted(browser, stale, columns_filled(stale, stage.fields(kind), "replace"))
            sleep(0.4)
            stage.confirm(upload)
            post.join(60)
            browser.submit(word, {"confirm-typed": upload.list_name})
            browser.open(browser.path(f"uploads/{upload.job_id}/columns/"))
        stage.tenant.latency(0.1)
        stage.finish(upload)


def posted(browser: Browser, form: Form, changes: dict[str, Any]) -> threading.Thread:
    """Post a form from another tab, and go on meanwhile."""
    thread = threading.Thread(target=browser.twin().submit, args=(form, changes), daemon=True)
    thread.start()
    return thread


@scene(short=True)
def spool_changed_on_disk(stage: Stage) -> None:
    """The checked rows are changed on disk before they are sent: what was not checked must not be sent."""
    for kind in (NOKEY, KEYED):
        upload = stage.ready(kind)
        spool = _file_of(stage, str(stage.row(upload).spool_path))
        data = spool.read_bytes()
        cut = len(data) // 2
        spool.write_bytes(data[:cut] + data[cut:].replace(b"Person", b"Nobody"))
        stage.confirm(upload)
        stage.finish(upload, by_hand=False)


@scene(short=True)
def files_removed_before_sending(stage: Stage) -> None:
    """File or spool are gone before rows are sent: said in words, and no empty download that looks whole."""
    for kind, what in ((NOKEY, "upload_path"), (KEYED, "spool_path")):
        upload = stage.ready(kind)
        _file_of(stage, str(getattr(stage.row(upload), what))).unlink()
        if what == "upload_path":
            stage.tenant.fault(upload.list_id, "two_buckets", times=2)
        stage.confirm(upload)
        stage.wait(upload)
        status, rejects = stage.stack.person().rejects(upload.job_id)
        verdict = stage.judged(upload)
        row = stage.row(upload)
        wanted = row.n_rejected + row.n_unaccounted + row.n_uncertain + row.n_not_sent
        if status == 200 and len(rejects) < wanted:
            verdict.notes.append(f"the download is whole by its status and has {len(rejects):,} of {wanted:,} rows")
        elif status != 200:
            verdict.lost = 0
        verdict.stuck = int(not row.is_final)
        stage.say(kind, verdict)


def _file_of(stage: Stage, path: str) -> Path:
    found = stage.stack.files() / path
    if found.is_dir():
        found = max((each for each in found.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    if not found.exists():
        found = max(stage.stack.files().rglob(f"{Path(path).name}*"), key=lambda each: each.stat().st_size)
    return found


@scene(short=True)
def web_killed_while_a_file_arrives(stage: Stage) -> None:
    """The web server is killed in the middle of a transfer: the second try works, and the half file does not stay."""
    list_id, list_name = stage.list_make(KEYED)
    people = [person | {"name": "x" * 300} for person in stage.people(40_000)]
    before = _stored(stage)
    _half_sent(stage, list_id, csv_of(people))
    with stage.watch.away():
        stage.stack.kill("web")
        sleep(0.5)
        stage.stack.answer_again()
    for file in _stored(stage) - before:
        os.utime(file, (time.time() - 3 * 86400,) * 2)
    told = stage.stack.python("from bpadmin.jobs.files.cleanup import jobs_tidy; jobs_tidy()")
    left = _stored(stage) - before
    upload = stage.ready(KEYED, into=(list_id, list_name))
    stage.confirm(upload)
    stage.finish(upload)
    _, verdict = stage.verdicts[-1]
    if left:
        verdict.stuck = 1
        verdict.notes.append(f"{len(left)} half files stay for good {told.stderr[-300:]}")


def _half_sent(stage: Stage, list_id: str, content: bytes) -> None:
    """Send the half of a file as the page's script does, and leave the connection open for a moment."""
    browser = stage.stack.person()
    form = browser.open(browser.path(f"lists/{list_id}/upload/")).form(control="file")
    token = form.fields()["csrfmiddlewaretoken"][0] if form else ""
    address = urlsplit(browser.path(f"lists/{list_id}/upload/"))
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.putrequest("POST", address.path)
    headers: dict[str, Any] = {
        "Content-Type": "application/octet-stream",
        "Content-Length": len(content),
        "X-File-Name": quote("people.csv"),
        "X-CSRFToken": token,
        "Accept": "application/json",
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.session.cookies),
    }
    for name, value in headers.items():
        connection.putheader(name, str(value))
    connection.endheaders()
    connection.send(content[: len(content) // 2])
    sleep(0.7)


def _stored(stage: Stage) -> set[Path]:
    return {path for path in stage.stack.files().rglob("*") if path.is_file()}


@scene()
def task_delivered_twice(stage: Stage) -> None:
    """The message of a job is delivered 60 times more while it is sent."""
    uploads = stage.uploads()
    ids = [upload.job_id for upload in uploads]
    sending = "from bpadmin.celery import app\nimport time\nfor n in range(30):\n for job in JOBS:\n  "
    sending += "app.send_task('bpadmin.jobs.tasks.job_run', args=[job], queue='bulk')\n time.sleep(0.05)"
    stage.stack.python(sending.replace("JOBS", str(ids)))
    stage.finish(*uploads)
