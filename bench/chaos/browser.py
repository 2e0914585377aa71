"""A person at the pages: signs in, uploads, maps, confirms, presses buttons. Speaks HTTP and knows no code of ours."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from bench.chaos.pages import Form, Page, page_read
from bench.chaos.waiting import Timeout, sleep

USERNAME, PASSWORD = "chaos", "chaos-a-long-password"
PATIENCE = LOOK_SECONDS = 60.0


class NotShown(Exception):
    """A page lacks what a person would press; the message says which page and what."""


class Browser:
    """One person's browser; `slug` is the tenant whose pages are opened."""

    def __init__(self, url: str, slug: str = "chaos") -> None:
        self.url, self.slug = url, slug
        self.session = requests.Session()
        self.session.trust_env = False

    def sign_in(self) -> None:
        """Sign in, waiting for a web server that is starting."""
        page = self.open("/")
        form = page.form(control="password")
        if form is None:
            raise NotShown(f"{page.url}: no form to sign in")
        page = self.submit(form, {"username": USERNAME, "password": PASSWORD})
        if page.form(control="password") is not None:
            raise NotShown(f"the sign-in was refused: {page.words[:300]}")

    def twin(self) -> Browser:
        """Return another tab of the same browser, for a thread of its own."""
        other = Browser(self.url, self.slug)
        other.session.cookies.update(self.session.cookies)
        return other

    def path(self, path: str) -> str:
        """Return the address of a page of the tenant."""
        return f"{self.url}/t/{self.slug}/{path}"

    def open(self, path: str, *, patience: float = PATIENCE, **options: Any) -> Page:
        """Open a page as a person does who reloads while the web server is away or fails."""
        url = path if path.startswith("http") else self.url + path
        until = time.monotonic() + patience
        while True:
            try:
                answer = self.session.get(url, timeout=PATIENCE, **options)
                if answer.status_code < 500 or time.monotonic() > until:
                    return page_read(answer.url, answer.status_code, answer.text)
            except requests.RequestException:
                if time.monotonic() > until:
                    raise
            sleep(0.1)

    def submit(self, form: Form, changes: Mapping[str, Any] | None = None, *, button: str = "", **options: Any) -> Page:
        """Send a form as it is filled in, with changes (None leaves a field out); `button` is a value to press."""
        fields: dict[str, Any] = dict(form.fields())
        for pressed in form.buttons():
            if button and pressed.value == button:
                fields[pressed.name] = button
        for name, value in (changes or {}).items():
            fields.pop(name, None)
            if value is not None:
                fields[name] = value
        page = self._send(form, fields, **options)
        asks = page.form(control="password") if "/reauthenticate/" in page.url else None
        if asks is None:
            return page
        # Who signed in some time ago is asked once more before something dangerous, and does it again.
        self._send(asks, {**asks.fields(), "password": PASSWORD})
        return self._send(form, fields, **options)

    def _send(self, form: Form, fields: Mapping[str, Any], **options: Any) -> Page:
        if form.method == "get":
            answer = self.session.get(form.action, params=fields, timeout=PATIENCE)
        else:
            answer = self.session.post(form.action, data=fields, timeout=PATIENCE, **options)
        return page_read(answer.url, answer.status_code, answer.text)

    def press(self, page: Page, action: str = "", *, button: str = "", **changes: Any) -> Page:
        """Send the form of a page that goes to `action` or has `button` on it. Raises NotShown."""
        form = page.form(action, button=button)
        if form is None:
            shown = [f"{form.action} {[each.text.strip() for each in form.buttons()]}" for form in page.forms]
            raise NotShown(f"{page.url} ({page.status}) has no form {action} {button}; it has {shown}")
        return self.submit(form, changes)

    # ---- jobs

    def job(self, job_id: int) -> Page:
        """Open a job's page."""
        return self.open(self.path(f"jobs/{job_id}/"))

    def act(self, job_id: int, what: str) -> Page:
        """Press "pause", "resume", "retry" or "read-back" on a job's page. Raises NotShown where it is not offered."""
        return self.press(self.job(job_id), f"jobs/{job_id}/{what}/")

    def cancel(self, job_id: int) -> Page:
        """Cancel a job, through the page that asks first."""
        return self.press(self.open(self.path(f"jobs/{job_id}/cancel/")), f"jobs/{job_id}/cancel/")

    def rejects(self, job_id: int) -> tuple[int, list[dict[str, str]]]:
        """Download the rows that are not in the list, with reasons: the status (0: broken off) and the rows."""
        try:
            answer = self.session.get(self.path(f"jobs/{job_id}/rejects.csv"), timeout=PATIENCE)
        except requests.RequestException:
            return 0, []
        if answer.status_code != 200:
            return answer.status_code, []
        return 200, list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    # ---- uploads

    def file_send(self, path: str, content: bytes, name: str = "people.csv") -> Page:
        """Choose a file on the page of a list, and send it; the browser ends on the page of the columns."""
        page = self.open(self.path(path))
        form = page.form(control="file")
        if form is None:
            raise NotShown(f"{page.url} takes no file: {page.words[:300]}")
        page = self.submit(form, files={"file": (name, content, "text/csv")})
        # The page asks again by itself while a worker looks at the file.
        until = time.monotonic() + LOOK_SECONDS
        while 'id="looking-title"' in page.text and time.monotonic() < until:
            sleep(0.1)
            page = self.open(page.url)
        return page

    def columns_send(self, page: Page, fields: Sequence[Mapping[str, Any]], mode: str = "add") -> Page:
        """Fill in the page of the columns, one column a field, and have the file checked."""
        form = page.form("/columns/")
        if form is None:
            raise NotShown(f"{page.url} shows no columns: {page.words[:300]}")
        return self.submit(form, columns_filled(form, fields, mode))

    def check_done(self, page: Page, job_id: int, seconds: float = 120.0) -> Page:
        """Wait on the page of the check until it offers to send, or has ended. Raises Timeout."""
        until = time.monotonic() + seconds
        while page.form("/check/") is None and "could not be finished" not in page.text:
            if time.monotonic() > until or f"/{job_id}/" not in page.url or "/jobs/" in page.url:
                raise Timeout(f"the check does not offer to send: {page.url} {page.words[-600:]}")
            sleep(0.1)
            page = self.open(page.url)
        return page

    def confirm(self, page: Page, typed: str = "") -> Page:
        """Send the rows of a checked file."""
        form = page.form("/check/")
        if form is None:
            raise NotShown(f"{page.url} does not offer to send")
        names = [each.name for each in form.controls if each.name.endswith("typed")]
        page = self.submit(form, dict.fromkeys(names, typed))
        if page.form("/check/") is not None:
            raise NotShown(f"{page.url} ({page.status}) does not begin: {said_on(page)}")
        return page


def said_on(page: Page) -> str:
    """Return what a page says, from its heading on."""
    return page.words.partition(" Skip to the content ")[2][-2000:]


def job_of(page: Page) -> int:
    """Return the job that a page of an upload or of a job is about. Raises NotShown."""
    found = re.search(r"/(?:uploads|files|jobs|deletions|exports)/(\d+)/", page.url)
    if found is None:
        raise NotShown(f"no job at {page.url} ({page.status}): {page.words[:300]}")
    return int(found[1])


def columns_filled(form: Form, fields: Sequence[Mapping[str, Any]], mode: str) -> dict[str, Any]:
    """Return what a person who knows the list's fields changes in the form of the columns."""
    changes: dict[str, Any] = {form.names_of("add", "replace", "delete"): mode}
    for at, spec in enumerate(fields):
        said = {"name": spec["name"], "type": spec.get("type", "OTHER"), "is_key": "on" if spec.get("key") else None}
        said["phone_type"] = spec.get("phoneType", "OTHER")
        changes |= {f"c{at}-{name}": value for name, value in said.items() if form.has(f"c{at}-{name}")}
    return changes
