"""A demo that runs, for those who look at its pages with a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.stack import Stack


@contextmanager
def demo(url: str, password: str) -> Iterator[tuple[str, str]]:
    """Give the address and the supervisor's password of a demo that runs: the one at `url`, else one of our own."""
    if url:
        yield url, password
        return
    with Stack() as stack:
        yield stack.url, stack.sign_ins["supervisor"]


def sign_in(page: Page, password: str) -> None:
    """Sign in as the supervisor, and wait for the home of the demo's tenant."""
    page.goto("/")
    page.get_by_label("User name").or_(page.get_by_label("Username")).fill("supervisor")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/t/demo/"))
