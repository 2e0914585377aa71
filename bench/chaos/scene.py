"""What a scene is, and the stage on which it plays: lists, uploads, and the way to their end.

A scene is a function that takes a Stage, does one thing to the running product, and leaves its verdicts on the stage.
Most scenes have two uploads under way when it happens: one into a list with a key, one into a list without.
"""

from __future__ import annotations

import csv
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.browser import NotShown, job_of
from bench.chaos.judge import Evidence, Verdict, judge
from bench.chaos.pages import Page
from bench.chaos.stacks import Stack
from bench.chaos.store import JobRow
from bench.chaos.waiting import Timeout, sleep, wait_until
from bench.chaos.watch import Watch

KEYED, NOKEY = "keyed", "nokey"
BOTH = ("embedded", "operator")
PATIENCE, LONGEST = 40.0, 240.0
Row = dict[str, str]


@dataclass(frozen=True)
class Scene:
    """A fault: what is done, on which stacks, whether the short form has it, whether it gets a stack of its own."""

    name: str
    play: Callable[[Stage], None]
    stacks: Sequence[str] = BOTH
    is_short: bool = False
    is_own: bool = False


Play = Callable[["Stage"], None]
SCENES: dict[str, Scene] = {}


def scene(
    *, stacks: Sequence[str] = BOTH, short: bool = False, own: bool = False, name: str = ""
) -> Callable[[Play], Play]:
    """Enter a function into the list of scenes, under its own name with hyphens."""

    def enter(play: Play) -> Play:
        called = name or play.__name__.replace("_", "-")
        SCENES[called] = Scene(called, play, stacks, short, own)
        return play

    return enter


@dataclass
class Upload:
    """One file on its way into one list."""

    kind: str
    list_id: str
    list_name: str
    people: Sequence[Row]
    job_id: int
    page: Page
    mode: str = "add"
    before: Counter[str] = field(default_factory=Counter)
    slug: str = "chaos"
    person: str = ""


@dataclass
class Stage:
    """A stack with a scene on it. `rows` is the length of a usual file, `dice` decides everything that is random."""

    stack: Stack
    rows: int
    dice: random.Random
    watch: Watch
    verdicts: list[tuple[str, Verdict]] = field(default_factory=list)

    @property
    def tenant(self) -> Any:
        """Return the simulated tenant."""
        return self.stack.tenant

    def scaled(self, seconds: float) -> float:
        """Return a time of the field as it is in this run."""
        return seconds * self.stack.scale

    # ---- lists and files

    def fields(self, kind: str) -> list[dict[str, Any]]:
        """Return the fields of a list of a kind."""
        ident = {"name": "id", "type": "OTHER", "key": kind == KEYED, "searchable": kind == KEYED}
        return [ident, {"name": "phone", "type": "PHONE", "phoneType": "OTHER"}, {"name": "name", "type": "OTHER"}]

    def people(self, count: int, mark: str = "P", *, name: str = "Person", start: int = 0) -> list[Row]:
        """Make rows, each with an id of its own."""
        numbers = range(start, start + count)
        return [{"id": f"{mark}{n}", "phone": f"49301{n:07d}", "name": f"{name} {n}"} for n in numbers]

    def list_make(self, kind: str, records: Sequence[Row] = ()) -> tuple[str, str]:
        """Make a list of a kind, bound to the campaign so that it can be read back; return its id and its name."""
        name = f"Chaos {kind} {self.dice.randrange(10**9)}"
        campaign = self.tenant.campaign_make(name)
        return self.tenant.list_make(name, self.fields(kind), bind=[campaign], records=records), name

    def ready(
        self,
        kind: str,
        *,
        rows: int = 0,
        people: Sequence[Row] | None = None,
        mode: str = "add",
        records: Sequence[Row] = (),
        into: tuple[str, str] | None = None,
        person: str = "",
        slug: str = "chaos",
    ) -> Upload:
        """Bring a file to where only the last word is missing: uploaded, mapped and checked."""
        rows_of_file = list(people) if people is not None else self.people(rows or self.rows)
        list_id, list_name = into or self.list_make(kind, records)
        browser = self.stack.person(slug, person)
        page = browser.file_send(f"lists/{list_id}/upload/", csv_of(rows_of_file))
        job_id = job_of(page)
        page = browser.columns_send(page, self.fields(kind), mode)
        page = browser.check_done(page, job_id)
        before = Counter(record["id"] for record in records)
        return Upload(kind, list_id, list_name, rows_of_file, job_id, page, mode, before, person=person)

    def sent_to_check(self, kind: str) -> Upload:
        """Send a file whose check takes a worker some seconds."""
        people = [
            person | {"name": f"{person['name']} {'x' * 150}"} for person in self.people(max(8000, self.rows * 3))
        ]
        list_id, list_name = self.list_make(kind)
        browser = self.stack.person()
        page = browser.file_send(f"lists/{list_id}/upload/", csv_of(people))
        job_id = job_of(page)
        browser.columns_send(page, self.fields(kind))
        return Upload(kind, list_id, list_name, people, job_id, page)

    def checked(self, upload: Upload) -> None:
        """Wait on the page of the check until the file is checked."""
        browser = self.stack.person()
        page = browser.open(browser.path(f"uploads/{upload.job_id}/check/"))
        upload.page = browser.check_done(page, upload.job_id)

    def confirm(self, *uploads: Upload, slug: str = "chaos") -> None:
        """Say the last word, and watch the jobs from then on."""
        for upload in uploads:
            self.stack.person(slug, upload.person).confirm(upload.page, typed=upload.list_name)
            self.watch.add(upload.job_id)

    def uploads(
        self, *, latency: float | None = None, kinds: Sequence[str] = (NOKEY, KEYED), **how: Any
    ) -> list[Upload]:
        """Begin an upload into a list of each kind; slow enough for something to happen in the middle."""
        made = [self.ready(kind, **how) for kind in kinds]
        self.tenant.latency(0.25 if latency is None else latency)
        self.confirm(*made)
        return made

    def half_way(self, *uploads: Upload, share: float = 0.2) -> None:
        """Wait until each upload has sent a share of its rows."""
        for upload in uploads:
            wait_until(
                lambda upload=upload: (
                    self.row(upload).answered >= share * len(upload.people) or self.row(upload).is_final
                ),
                f"a share of {upload.kind} is sent",
                60,
            )

    def row(self, upload: Upload) -> JobRow:
        """Read an upload's job."""
        return self.stack.store.job(upload.job_id)

    # ---- the end

    def finish(self, *uploads: Upload, by_hand: bool = True) -> None:
        """Wait for the end of uploads and judge them; then press what a person would press, and judge again."""
        stuck = self.wait(*uploads)
        self.tenant.heal()
        self.tenant.rest()
        for upload in uploads:
            verdict = self.judged(upload)
            if upload.job_id in stuck:
                verdict.stuck = 1
                verdict.notes.append(f"stuck: {self._told(upload)}")
            elif verdict.person and by_hand:
                verdict.notes.append(f"needs a person: {self._told(upload)}")
                self.settle_by_hand(upload)
                after = self.judged(upload)
                after.notes = [f"after a person's buttons: {note}" for note in after.notes]
                verdict = verdict.worse(after)
            self.verdicts.append((upload.kind, verdict))

    def wait(self, *uploads: Upload, patience: float = PATIENCE, longest: float = LONGEST) -> set[int]:
        """Wait until all have ended; return the jobs that did not, or that stood still for longer than `patience`."""
        until = time.monotonic() + longest
        patience += 3 * self.scaled(180)
        stuck: set[int] = set()
        for upload in uploads:
            sight = self.watch.add(upload.job_id)
            while not sight.is_final:
                if self.watch.still_for(upload.job_id) > patience or time.monotonic() > until:
                    stuck.add(upload.job_id)
                    break
                sleep(0.1)
        return stuck

    def judged(self, upload: Upload) -> Verdict:
        """Hold everything that is known of an upload against each other."""
        browser = self.stack.person()
        row, sight = self.row(upload), self.watch.add(upload.job_id)
        status, rejects = browser.rejects(upload.job_id)
        page = browser.job(upload.job_id)
        evidence = Evidence(
            file=[person["id"] for person in upload.people],
            counts=row.counts,
            records=self.records(upload),
            rejects=rejects if status == 200 else None,
            wanted={person["id"]: {"name": person["name"]} for person in upload.people}
            if upload.mode != "add"
            else {
                person["id"]: {"name": person["name"]} for person in upload.people if not upload.before[person["id"]]
            },
            before=upload.before,
            state=row.state,
            page=page.words,
            false_samples=sight.false_samples,
            is_replacing=upload.mode == "replace",
        )
        verdict = judge(evidence)
        verdict.stall = sight.longest
        if status not in (200, 409, 410):
            verdict.notes.append(f"the rejected rows cannot be downloaded: status {status}")
        return verdict

    def records(self, upload: Upload) -> list[dict[str, Any]]:
        """Read what the tenant holds; nothing where the list is gone."""
        if upload.list_id not in {each["id"] for each in self.tenant.lists()}:
            return []
        found: list[dict[str, Any]] = self.tenant.records(upload.list_id)
        return found

    def settle_by_hand(self, upload: Upload) -> None:
        """Do what a conscientious person does with a job that ended open: read back, look and decide, send the rest."""
        browser = self.stack.person()
        has_read = False
        for _ in range(8):
            page = browser.job(upload.job_id)
            if not has_read and page.form("/read-back/") is not None:
                has_read = True
                browser.press(page, "/read-back/")
            elif (form := next((each for each in page.forms if "/decide/" in each.action), None)) is not None:
                number = int(form.action.rstrip("/").rpartition("/")[2])
                choices = {each.value for each in form.buttons()}
                wanted = "applied" if self._is_there(upload, number) else "not_applied"
                if wanted not in choices:
                    return
                browser.submit(form, button=wanted)
            elif page.form("/retry/") is not None:
                browser.press(page, "/retry/")
            else:
                return
            sleep(0.3)
            self.wait(upload)

    def _is_there(self, upload: Upload, number: int) -> bool:
        """Look whether the rows of a question are in the list, as a person would in the dialler's administration."""
        sql = "SELECT first_row, last_row FROM jobs_chunk WHERE job_id = ? AND number = ?"
        ((first, last),) = self.stack.store.rows(sql, upload.job_id, number)
        held = Counter(str(record["id"]) for record in self.records(upload))
        return any(held[person["id"]] for person in upload.people[max(0, first - 2) : last - 1])

    def _told(self, upload: Upload) -> str:
        row = self.row(upload)
        numbers = ", ".join(f"{count:,} {name}" for name, count in row.counts.items() if count)
        return f"{row.state} ({numbers}) {row.message[:240]}"

    def say(self, kind: str, verdict: Verdict) -> None:
        """Leave a verdict that the scene came to by itself."""
        self.verdicts.append((kind, verdict))


def csv_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


__all__ = ["BOTH", "KEYED", "NOKEY", "NotShown", "Scene", "Stage", "Timeout", "Upload", "scene"]
