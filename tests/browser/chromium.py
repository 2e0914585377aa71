"""Debian's Chromium under Playwright: no download of browsers, a clear line where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str:
    """Find the browser; skips the test where there is none, and fails it on the build server."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("No Chromium on PATH, and under CI the browser test is never skipped: apt install chromium")
    if found is None:
        pytest.skip("no Chromium on PATH, so the browser test is skipped: apt install chromium")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()
