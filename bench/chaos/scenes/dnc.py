"""Scenes of Do Not Call lists: files, single numbers by hand, entries that expire, lists of one name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from bench.chaos.browser import NotShown, job_of
from bench.chaos.judge import Verdict
from bench.chaos.pages import Page
from bench.chaos.scene import KEYED, Stage, Upload, csv_of, scene
from bench.chaos.scenes.people import posted
from bench.chaos.store import FINAL
from bench.chaos.waiting import sleep, wait_until

PRESENT, REMOVED, UNKNOWN, WANTED = 1, 2, 3, 4


@dataclass
class DncFile:
    """A Do Not Call list and a file for it. `remote` is the list's id at the tenant, `pk` its number here."""

    remote: str
    name: str
    pk: int
    keys: Sequence[str] = ()
    job_id: int = 0
    page: Page | None = None


def numbers(count: int, start: int = 0) -> list[str]:
    """Return telephone numbers as the tenant keeps them."""
    return [f"1650{5550000 + number:07d}" for number in range(start, start + count)]


def _list(stage: Stage, keys: Sequence[str] = (), *, slug: str = "chaos", name: str = "") -> DncFile:
    """Make a list at the tenant and make it known."""
    name = name or f"Chaos DNC {stage.dice.randrange(10**9)}"
    remote = stage.tenant.dnc_make(name, keys)
    browser = stage.stack.person(slug)
    form = browser.open(browser.path("dnc/new/")).form(control="name")
    if form is None:
        raise NotShown("no form takes a Do Not Call list")
    browser.submit(form, {"remote_id": remote, "name": name, "type": "INTERNAL"})
    sql = "SELECT l.id FROM dnc_dnclist l JOIN tenants_tenant t ON t.id = l.tenant_id WHERE l.name = ? AND t.slug = ?"
    found = stage.stack.store.rows(sql, name, slug)
    if not found:
        raise NotShown("the Do Not Call list is not known after it was typed in")
    return DncFile(remote, name, found[0][0])


def _ready(stage: Stage, dnc: DncFile, what: str, keys: Sequence[str], *, slug: str = "chaos") -> DncFile:
    """Bring a file of numbers to its last word."""
    browser = stage.stack.person(slug)
    content = csv_of([{"number": key} for key in keys])
    page = browser.file_send(f"dnc/{dnc.pk}/upload/", content, "numbers.csv")
    job_id = job_of(page)
    form = page.form("/columns/")
    if form is None:
        raise NotShown(f"{page.url} shows no columns: {page.words[:300]}")
    said = {form.names_of("add", "delete"): what, "c0": "key", "send-comment": "they asked to be called again"}
    page = browser.submit(form, said)
    return DncFile(dnc.remote, dnc.name, dnc.pk, keys, job_id, browser.check_done(page, job_id))


def _confirm(stage: Stage, file: DncFile, slug: str = "chaos") -> None:
    if file.page is not None:
        stage.stack.person(slug).confirm(file.page, typed=file.name)
    stage.watch.add(file.job_id)


def _ledger(stage: Stage, dnc: DncFile) -> dict[str, int]:
    sql = "SELECT key, state FROM dnc_dncentry WHERE dnc_list_id = ?"
    return dict(stage.stack.store.rows(sql, dnc.pk))


def _finish(stage: Stage, file: DncFile, expected: set[str], *, kind: str = "dnc") -> None:
    """Wait for the end and hold ledger, tenant and file against each other."""
    until = 240.0
    wait_until(lambda: stage.watch.sights[file.job_id].is_final, "the job ends", until, every=0.1)
    stage.tenant.heal()
    stage.tenant.rest()
    row, sight = stage.stack.store.job(file.job_id), stage.watch.sights[file.job_id]
    verdict = _compared(stage, file, expected)
    verdict.rows = len(file.keys)
    verdict.stall = sight.longest
    verdict.miscounted += sight.false_samples
    if row.state not in ("succeeded", "partial") or row.n_uncertain or row.n_not_sent:
        verdict.person, verdict.lost = 1, 0
        verdict.notes.append(f"needs a person: {row.state} {row.counts} {row.message[:200]}")
    stage.say(kind, verdict)


def _compared(stage: Stage, dnc: DncFile, expected: set[str]) -> Verdict:
    held, ledger = stage.tenant.keys(dnc.remote), _ledger(stage, dnc)
    doubtful = {key for key, state in ledger.items() if state in (UNKNOWN, WANTED)}
    believed = {key for key, state in ledger.items() if state == PRESENT}
    verdict = Verdict(rows=len(expected))
    verdict.lost = len((expected ^ held) - doubtful)
    verdict.miscounted = len((believed ^ held) - doubtful)
    verdict.person = int(bool(doubtful))
    if verdict.lost:
        verdict.notes.append(f"{verdict.lost:,} numbers are not as they were ordered")
    if verdict.miscounted:
        verdict.notes.append(f"ledger and tenant differ in {verdict.miscounted:,} numbers")
    if doubtful:
        verdict.notes.append(f"{len(doubtful):,} numbers are marked as unknown")
    return verdict


def _by_file(stage: Stage, what: str, spoil: Callable[[Stage, DncFile], None]) -> None:
    """Send a file of numbers while something happens; `what` is add, delete or replace."""
    keys = numbers(stage.rows)
    old = {"add": [], "delete": keys, "replace": numbers(stage.rows, start=stage.rows // 2)}[what]
    expected = set() if what == "delete" else set(keys)
    dnc = _list(stage)
    if old:  # through us, so that the ledger knows them
        before = _ready(stage, dnc, "add", old)
        _confirm(stage, before)
        wait_until(lambda: stage.watch.sights[before.job_id].is_final, "the list is filled", 120)
    file = _ready(stage, dnc, what, keys)
    stage.tenant.latency(0.2)
    spoil(stage, file)
    _finish(stage, file, expected)


def _kill(stage: Stage, file: DncFile) -> None:
    _confirm(stage, file)
    wait_until(lambda: stage.stack.store.job(file.job_id).answered >= 200, "some of it is sent", 60)
    stage.stack.kill(*stage.stack.workers())


def _cut(stage: Stage, file: DncFile) -> None:
    stage.tenant.latency(0.02)
    stage.tenant.faults({"kind": "cut_after", "probability": 0.15, "paths": [file.remote]})
    _confirm(stage, file)


def _enter(what: str, words: str) -> None:
    for how, spoil, then in (("kill", _kill, "the worker is killed"), ("cuts", _cut, "answers are cut")):

        def play(stage: Stage, spoil: Any = spoil) -> None:
            _by_file(stage, what, spoil)

        play.__doc__ = f"{words} by a file, and {then}."
        scene(name=f"dnc-{what}-and-{how}", short=(what, how) == ("replace", "kill"))(play)


_enter("add", "Numbers are added to a Do Not Call list")
_enter("delete", "Numbers are taken out of a Do Not Call list")
_enter("replace", "A Do Not Call list is replaced")


def _by_hand(stage: Stage, what: str) -> None:
    """Do something to one number while the web server dies between the tenant's act and its own note."""
    number = "16505550177"
    dnc = _list(stage)
    browser = stage.stack.person()
    fields = {"text": number, "reason": "asked for"} if what == "remove" else {"text": number}
    if what == "remove":
        browser.press(browser.open(browser.path(f"dnc/{dnc.pk}/add/")), button="Add", text=number)
    form = browser.open(browser.path(f"dnc/{dnc.pk}/{what}/")).form(control="text")
    if form is None:
        raise NotShown(f"no form to {what} a number")
    stage.tenant.faults({"kind": "hang", "times": 1, "seconds": 30, "applied": True, "paths": [dnc.remote]})

    def press() -> None:
        try:
            browser.submit(form, fields)
        except requests.RequestException:
            return  # the web server was killed

    presser = threading.Thread(target=press, daemon=True)
    presser.start()
    wait_until(lambda: stage.tenant.struck() > 0, "the tenant is asked", 60)
    sleep(0.3)
    stage.stack.kill("web")
    presser.join(60)
    stage.tenant.heal()
    stage.stack.answer_again()
    expected = set() if what == "remove" else {number}
    verdict = _compared(stage, dnc, expected)
    for _ in range(20):  # a sweep may settle what stayed open
        if verdict.is_good:
            break
        sleep(1.0)
        verdict = _compared(stage, dnc, expected)
    stage.say("by hand", verdict)


@scene(short=True)
def dnc_add_by_hand_and_web_killed(stage: Stage) -> None:
    """A number is blocked by hand, and the web server is killed before it can note it."""
    _by_hand(stage, "add")


@scene(short=True)
def dnc_remove_by_hand_and_web_killed(stage: Stage) -> None:
    """A number is taken out by hand, and the web server is killed before it can note it."""
    _by_hand(stage, "remove")


@scene(short=True)
def dnc_stale_delete_in_another_tab(stage: Stage) -> None:
    """One tab confirms *add* while another, that read before, says *remove*. Nothing may be removed."""
    keys = numbers(stage.rows)
    for _ in range(6):
        if len(stage.verdicts) == 2:
            return
        file = _ready(stage, _list(stage), "add", keys)
        browser = stage.stack.person()
        stale = browser.open(browser.path(f"dnc/files/{file.job_id}/columns/")).form("/columns/")
        if stale is None:
            raise NotShown("the second tab shows no columns")
        with stage.stack.workers_still():
            post = posted(browser, stale, {stale.names_of("add", "delete"): "delete", "c0": "key"})
            sleep(stage.dice.uniform(0.005, 0.06))
            _confirm(stage, file)
            post.join(60)
        # Where the other tab came first its choice stands, and what was confirmed is refused: that shows nothing.
        if stage.stack.store.job(file.job_id).state in ("queued", "running", *FINAL):
            _finish(stage, file, set(keys))
        else:
            stage.stack.person().cancel(file.job_id)


@scene(short=True)
def expiry_killed_half_made(stage: Stage) -> None:
    """The process that begins an expiry is killed between making its job and starting it: the next hour goes on."""
    dnc, number = _list(stage), "16505550188"
    browser = stage.stack.person()
    browser.press(browser.open(browser.path(f"dnc/{dnc.pk}/add/")), button="Add", text=number)
    stage.stack.store.rows("UPDATE dnc_dncentry SET expires_on = '2020-01-01' WHERE dnc_list_id = ?", dnc.pk)
    dies = "from dnc.entries import expiry\nexpiry.job_start = lambda **_: os._exit(9)\nexpiry.dnc_expire_due()"
    if stage.stack.python(dies).returncode != 9:
        raise NotShown("no expiry was begun that could be killed")
    # An hour passes: the half-made job is an hour old, and the hourly tasks come round.
    hour = (
        "created_at - interval '70 minutes'" if stage.stack.store.is_postgres else "datetime(created_at, '-70 minutes')"
    )
    stage.stack.store.rows(f"UPDATE jobs_job SET created_at = {hour} WHERE state = 'draft'")  # noqa: S608
    hourly = "from dnc.tasks import dnc_expire\nfrom bpadmin.jobs.tasks import jobs_tidy\njobs_tidy()\ndnc_expire()"
    for _ in range(2):
        told = stage.stack.python(hourly)
    verdict = Verdict(rows=1)
    for _ in range(40):
        if not stage.tenant.keys(dnc.remote):
            break
        sleep(0.5)
    else:
        verdict.stuck = 1
        verdict.notes.append(f"the entry that expired is still in the list {told.stderr[-300:]}")
    stage.say("expiry", verdict)


@scene(short=True)
def lists_of_one_name_on_v2(stage: Stage) -> None:
    """On the older API a calling list and a Do Not Call list have the same name: neither waits for the other."""
    slug = "older"
    if not stage.stack.store.rows("SELECT id FROM tenants_tenant WHERE slug = ?", slug):
        stage.stack.tenant_connect(slug, platform="brightpattern_legacy", api_version="v2")
    name = f"Spring {stage.dice.randrange(10**9)}"
    stage.tenant.list_make(name, stage.fields(KEYED))
    dnc = _list(stage, slug=slug, name=name)
    browser = stage.stack.person(slug)
    list_key = quote(name)
    page = browser.file_send(f"lists/{list_key}/upload/", csv_of(stage.people(stage.rows)))
    job_id = job_of(page)
    page = browser.check_done(browser.columns_send(page, stage.fields(KEYED)), job_id)
    upload = Upload(KEYED, list_key, name, stage.people(stage.rows), job_id, page)
    file = _ready(stage, dnc, "add", numbers(300), slug=slug)
    stage.tenant.latency(0.3)
    stage.confirm(upload, slug=slug)
    stage.half_way(upload, share=0.1)
    browser.act(upload.job_id, "pause")
    _confirm(stage, file, slug)
    stuck = stage.wait(Upload("dnc", dnc.remote, name, [], file.job_id, page), patience=15.0)
    verdict = Verdict(rows=300, stuck=int(file.job_id in stuck), stall=stage.watch.sights[file.job_id].longest)
    if verdict.stuck:
        verdict.notes.append(stage.stack.store.job(file.job_id).message[:200])
    stage.say("dnc", verdict)
    for job in (upload.job_id, file.job_id):
        if not stage.stack.store.job(job).is_final:
            browser.cancel(job)
