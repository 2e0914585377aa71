"""The main job, done as a supervisor does it: in a browser, on a bpadmin that really runs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium, chromium_path
from tests.browser.messy import FIELDS, messy_file
from tests.fixtures_sandbox import SandboxControl
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LIST = "Spring renewals"
ROWS = 40_000
# With four lanes and a thousand rows a request: some four seconds of sending, long enough to watch.
LATENCY = 0.4
PATIENCE = 60_000


@pytest.fixture
def stack() -> Iterator[Stack]:
    chromium_path()
    with Stack() as running:
        yield running


@pytest.fixture
def dialler(stack: Stack) -> SandboxControl:
    return SandboxControl(stack.sandbox_url)


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_context(base_url=stack.url, accept_downloads=True).new_page()
        page.set_default_timeout(PATIENCE)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        yield page
        assert problems == [], "the browser complained"


def sign_in(page: Page, stack: Stack, username: str) -> None:
    page.goto("/")
    page.get_by_label("User name").or_(page.get_by_label("Username")).fill(username)
    page.get_by_label("Password").fill(stack.sign_ins[username])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/t/demo/"))


def stop_and_start_a_campaign(page: Page, dialler: SandboxControl) -> None:
    """Take the first running campaign, stop it, and start it again."""
    name = next(item["name"] for item in dialler.state()["campaigns"] if item["state"] == "RUNNING" and item["enabled"])
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    page.get_by_role("link", name=name, exact=True).click()
    for press, confirm, state in (("Stop", "Stop campaign", "STOPPED"), ("Start", "Start campaign", "RUNNING")):
        page.locator("#campaign-actions").get_by_role("link", name=f"{press} {name}").click()
        page.get_by_role("dialog").get_by_role("button", name=confirm).click()
        wait_until(
            lambda state=state: (name, state) in {(c["name"], c["state"]) for c in dialler.state()["campaigns"]},
            within=60,
            what=f"{name} to be {state}",
        )


def upload(page: Page, file: Path) -> None:
    """From the list of lists to the report of the check."""
    page.get_by_role("link", name="Lists").or_(page.get_by_role("link", name="Calling lists")).first.click()
    page.get_by_role("link", name=LIST, exact=True).click()
    page.get_by_role("link", name="Upload a file").click()
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(re.compile(r"/uploads/\d+/columns/"))
    expect(page.get_by_text("José Müller 0").first).to_be_visible()
    named = page.get_by_role("button", name="The fields are named like the columns")
    if named.count():  # nobody knows the fields of a list that was made over there
        named.click()
        expect(page.get_by_label("Account", exact=True)).to_have_value("Account")
    phone = page.get_by_role("row", name=re.compile("^Phone"))
    if phone.get_by_label("Type of Phone").count():  # the dialler does not tell types; a person does
        phone.get_by_label("Type of Phone").select_option("PHONE")
        phone.get_by_label("Country of the phone numbers in Phone").select_option("US_CANADA")
        page.get_by_label("Account is a key").check()
    page.get_by_role("button", name="Check the whole file").click()
    page.wait_for_url(re.compile(r"/uploads/\d+/check/"))
    expect(page.get_by_role("heading", name=re.compile("can be sent"))).to_be_visible()


def watch_the_bar(page: Page) -> list[int]:
    """Read the bar until it has moved at least twice; returns what it showed."""
    seen: list[int] = []

    def has_moved() -> bool:
        value = page.evaluate("document.querySelector('#job progress')?.value ?? null")
        if value is not None and value not in seen:
            seen.append(value)
        return len(seen) >= 3

    wait_until(has_moved, within=90, what="the progress bar to move")
    return seen


def test_a_supervisor_uploads_a_messy_file_and_every_row_is_accounted_for(
    page: Page, stack: Stack, dialler: SandboxControl, tmp_path: Path
) -> None:
    messy = messy_file(ROWS)
    (tmp_path / "leads.csv").write_bytes(messy.content)
    list_id = dialler.create_list(LIST, FIELDS)

    sign_in(page, stack, "supervisor")
    stop_and_start_a_campaign(page, dialler)
    upload(page, tmp_path / "leads.csv")
    sendable = f"{len(messy.accepted):,} of {messy.rows:,} rows can be sent"
    expect(page.get_by_role("heading", name=sendable)).to_be_visible()

    dialler.latency(LATENCY)
    page.get_by_role("button", name=re.compile("^Send")).click()
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    job = page.url
    shown = watch_the_bar(page)
    assert shown == sorted(shown), "the bar went back"

    page = come_back(page, job)
    expect(page.locator("#job-head")).to_contain_text("Partly done", timeout=4 * PATIENCE)
    dialler.latency(0)
    expect(page.locator("#job-outcome")).to_contain_text(f"{messy.rows:,} rows")
    assert {row["Account"]: row["Phone"] for row in dialler.dump(list_id)} == messy.accepted
    assert rejected_rows(page, tmp_path) == messy.refused.keys()


def come_back(page: Page, job: str) -> Page:
    """Close the tab in the middle of the job and open another one later."""
    context = page.context
    again = context.new_page()
    page.close()
    again.goto("about:blank")
    again.goto(job)
    return again


def rejected_rows(page: Page, folder: Path) -> set[int]:
    """Download the rejects; returns the row numbers they name, each with a reason."""
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("with reasons")).click()
    file = folder / "rejects.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))  # as the file that was uploaded
    assert all(row["reason_code"] and row["reason"] for row in rows)
    return {int(row["row"]) for row in rows}
