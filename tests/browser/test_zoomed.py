"""At 200 % and 400 % zoom no bar in sight takes more than a quarter of the height; records are as narrow as phones."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.browser.test_axe import sign_in, stack, upload  # noqa: F401 - the fixture is used by its name
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

# What is left of 1280 x 1024 at each zoom, in CSS pixels.
SIZES = {"200 %": (640, 512), "400 %": (320, 256)}
COVERED = """
() => {
  window.scrollTo(0, document.documentElement.scrollHeight / 3);
  const stays = [...document.querySelectorAll('body *')].filter((each) => {
    const style = getComputedStyle(each);
    return ['fixed', 'sticky'].includes(style.position) && style.visibility !== 'hidden';
  });
  const rows = new Set();
  for (const each of stays) {
    const box = each.getBoundingClientRect();
    const isInSight = box.height > 0 && box.width > innerWidth / 3 && box.bottom > 0 && box.top < innerHeight;
    const isStuck = getComputedStyle(each).position === 'fixed' || box.top <= 1 || box.bottom >= innerHeight - 80;
    if (isInSight && isStuck) {
      for (let y = Math.max(0, Math.floor(box.top)); y < Math.min(innerHeight, box.bottom); y += 1) rows.add(y);
    }
  }
  return rows.size / innerHeight;
}
"""


def covered(page: Page, url: str) -> float:
    page.goto(url, wait_until="domcontentloaded")
    share: float = page.evaluate(COVERED)
    return share


def test_bars_take_no_more_than_a_quarter_of_the_height(stack: Stack) -> None:  # noqa: F811
    found = {}
    with chromium() as browser:
        wide = browser.new_page()
        sign_in(wide, stack)
        columns = upload(wide, stack)
        for zoom, (width, height) in SIZES.items():
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            sign_in(page, stack)
            for url in (columns, *(f"{stack.url}/t/demo/{name}/" for name in ("lists", "jobs", "dnc"))):
                found[f"{url} at {zoom}"] = covered(page, url)
            page.context.close()
    assert {where: share for where, share in found.items() if share > 0.25} == {}


def test_pages_of_records_are_no_wider_than_a_phone(stack: Stack) -> None:  # noqa: F811
    wide = {}
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        sign_in(page, stack)
        for tenant in ("demo", "demo-jtel", "demo-conpeek", "demo-older"):
            page.goto(f"{stack.url}/t/{tenant}/records/")
            sources = page.locator("main a[href*='/records/']").evaluate_all("links => links.map((each) => each.href)")
            for url in [each for each in sources if each.rstrip("/").count("/") == 6][:2]:
                page.goto(url)
                wide[url] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert len(wide) >= 4
    assert {url: more for url, more in wide.items() if more > 0} == {}
