"""The README's pictures, taken of the running product: `make screenshots`. Needs Chromium (`apt install chromium`).

It starts a demo of its own; `--url` and `--password` take one that `make run` has started, as its supervisor.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from bench.demo import demo, sign_in
from tests.browser.chromium import chromium

# The name of the picture and the page that it shows.
PICTURES = (("home", "/t/demo/"), ("campaigns", "/t/demo/campaigns/"))
SIZE = ViewportSize(width=1280, height=800)
# Results are read at the tenant's budget of calls: with 60 a minute some minutes go by until all that runs is told.
PATIENCE = 20 * 60_000
LARGEST = 300_000
# Campaigns that run, and of those the ones whose last hour is known.
RUNNING = "[...document.querySelectorAll('#campaigns tbody tr')].filter(row => row.querySelector('.badge--running'))"
TOLD = f"{RUNNING}.filter(row => /[0-9]/.test(row.querySelector('td[data-label=\"Last hour\"]')?.textContent ?? ''))"


def main() -> None:
    """Start the demo, sign in, wait for figures, and take each picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="the folder of the pictures")
    parser.add_argument("--url", default="", help="a demo that runs already, such as http://127.0.0.1:8000")
    parser.add_argument("--password", default="", help="of its supervisor, as make run prints it")
    options = parser.parse_args()
    with demo(options.url, options.password) as (url, password), chromium() as browser:
        page = browser.new_context(base_url=url, viewport=SIZE, color_scheme="light").new_page()
        page.set_default_timeout(PATIENCE)
        sign_in(page, password)
        _until_figures(page)
        for name, address in PICTURES:
            page.goto(address)
            page.wait_for_load_state("load")
            page.wait_for_timeout(1000)
            file: Path = options.out / f"{name}.png"
            page.screenshot(path=file)
            size = file.stat().st_size
            print(f"{file}: {size:,} bytes")
            if size >= LARGEST:
                raise SystemExit(f"{file} is larger than {LARGEST:,} bytes.")


def _until_figures(page: Page) -> None:
    """Wait until of every campaign that runs the last hour is known; the page asks anew by itself."""
    page.goto("/t/demo/campaigns/?state=running")
    page.wait_for_function(f"{RUNNING}.length > 0 && {TOLD}.length === {RUNNING}.length", polling=1000)


if __name__ == "__main__":
    main()
