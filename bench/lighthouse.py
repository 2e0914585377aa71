"""What Lighthouse says of four pages, wide and phone, light and dark: `make lighthouse`. Needs Chromium and Node.

It starts a demo of its own; `--url` and `--password` take one that `make run` has started, as its supervisor. Speed is
Lighthouse's own estimate for a phone of the middle class or a desk, so that a busy machine makes it look slower.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.demo import demo, sign_in
from tests.browser.chromium import chromium_path

# A version that is known to run with Node 18 and later.
LIGHTHOUSE = "lighthouse@12.8.2"
LEAST = 98
FORMS = {"phone": [], "wide": ["--preset=desktop"]}
THEMES = ("light", "dark")
CATEGORIES = ("performance", "accessibility", "best-practices")


def main() -> None:
    """Print a line for each page, form and theme; exit with 1 where a score is below the least wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="a demo that runs already, such as http://127.0.0.1:8000")
    parser.add_argument("--password", default="", help="of its supervisor, as make run prints it")
    options = parser.parse_args()
    if shutil.which("npx") is None:
        raise SystemExit("Lighthouse needs Node: install it (apt install nodejs npm), and try again.")
    low = 0
    with demo(options.url, options.password) as (url, password), _browser(url) as (context, port):
        page = context.new_page()
        sign_in(page, password)
        pages = _pages(page)
        for theme in THEMES:
            page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
            for form, arguments in FORMS.items():
                for name, address in pages.items():
                    scores, below = _told(url + address, port, arguments)
                    low += any(score < LEAST for score in scores.values())
                    told = " ".join(f"{category} {score}" for category, score in scores.items())
                    print(f"{name:10} {form:6} {theme:6} {told}{' · ' if below else ''}{', '.join(below)}", flush=True)
    if low:
        raise SystemExit(f"{low} of {len(pages) * len(FORMS) * len(THEMES)} are below {LEAST}.")


@contextmanager
def _browser(url: str) -> Iterator[tuple[BrowserContext, int]]:
    """Give a browser that Lighthouse can join by the port, so that it sees the pages of somebody signed in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium_path(),
            args=["--no-sandbox", f"--remote-debugging-port={port}"],
            base_url=url,
        )
        try:
            yield context, port
        finally:
            context.close()


def _pages(page: Page) -> dict[str, str]:
    """Return the addresses of home, campaigns, a campaign and a list."""
    home, found = "/t/demo/", {}
    for name in ("campaign", "list"):
        page.goto(f"{home}{name}s/")
        link = page.locator(f"main tbody a[href^='{home}{name}s/']").first
        found[name] = str(link.get_attribute("href"))
    return {"home": home, "campaigns": f"{home}campaigns/", **found}


def _told(url: str, port: int, arguments: list[str]) -> tuple[dict[str, int], list[str]]:
    """Return a page's scores out of 100 by category, and the audits that cost some."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = ["npx", "--yes", LIGHTHOUSE, url, f"--port={port}", "--disable-storage-reset", "--quiet"]
        command += [f"--only-categories={','.join(CATEGORIES)}", "--output=json", f"--output-path={out}", *arguments]
        # Now and then Chromium loses the trace of a load; Lighthouse itself asks to be run again then.
        for _ in range(3):
            if subprocess.run(command, check=False, capture_output=True, timeout=300).returncode == 0:
                break
        else:
            raise SystemExit(f"Lighthouse could not read {url} three times: npx {LIGHTHOUSE} says why.")
        report: dict[str, Any] = json.loads(out.read_text())
    if not report["finalDisplayedUrl"].startswith(url):
        raise SystemExit(f"Lighthouse was shown {report['finalDisplayedUrl']} in place of {url}.")
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES}
    below = [
        f"{each['id']} {report['audits'][each['id']].get('displayValue', '')}".strip()
        for name in CATEGORIES
        for each in report["categories"][name]["auditRefs"]
        if each["weight"]
        and (report["audits"][each["id"]]["score"] or 0) < 0.9
        and report["audits"][each["id"]]["scoreDisplayMode"] != "notApplicable"
    ]
    return scores, below


if __name__ == "__main__":
    main()
