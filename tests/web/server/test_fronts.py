"""Behind a real nginx and a real Caddy, as docs/deploy/ configures them, and behind one that passes another host."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from bpadmin.tenants.accounts.throttle import TRIES
from tests.browser.chromium import chromium_path
from tests.fixtures_sandbox import SandboxControl
from tests.stack import Stack, free_port
from tests.web.server.fronts import NAME, Visitor, caddy, nginx, tls_to

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LIST = "Behind a proxy"
FIELDS = [{"name": "id", "type": "OTHER", "key": True}, {"name": "phone", "type": "PHONE", "phoneType": "OTHER"}]
MEGABYTES = 60
PATIENCE = 120_000
FRONTS: dict[str, Callable[[Path, int], AbstractContextManager[int]]] = {"nginx": nginx, "caddy": caddy}
Front = tuple[str, int]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One bpadmin that is told of one proxy with TLS, and of no address but the name."""
    with Stack(BPADMIN_TLS="1", BPADMIN_PROXIES="1", BPADMIN_HOSTS=NAME) as running:
        SandboxControl(running.sandbox_url).create_list(LIST, FIELDS)
        yield running


@pytest.fixture(params=sorted(FRONTS))
def front(request: pytest.FixtureRequest, stack: Stack, tmp_path: Path) -> Iterator[Front]:
    with FRONTS[request.param](tmp_path / "front", int(stack.env["BPADMIN_PORT"])) as port:
        yield request.param, port


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "leads.csv"
    line = "x" * 1010
    with path.open("w") as file:
        file.write("id,phone,words\n")
        file.writelines(f"{n:07d},49301{n:07d},{line}\n" for n in range(MEGABYTES * 1024 + 200))
    assert path.stat().st_size > MEGABYTES * 1024 * 1024
    return path


def browser_page(opened: ExitStack, port: int) -> Page:
    """Open Chromium, for which the name leads to this machine."""
    playwright = opened.enter_context(sync_playwright())
    options = ["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=options)
    opened.callback(browser.close)
    context = browser.new_context(base_url=f"https://{NAME}:{port}", ignore_https_errors=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def sign_in(page: Page, stack: Stack) -> None:
    page.goto("/")
    page.get_by_label("User name").or_(page.get_by_label("Username")).fill("supervisor")
    page.get_by_label("Password").fill(stack.sign_ins["supervisor"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/t/demo/"))


def upload(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Lists").or_(page.get_by_role("link", name="Calling lists")).first.click()
    page.get_by_role("link", name=LIST, exact=True).click()
    page.get_by_role("link", name="Upload a file").click()
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(re.compile(r"/uploads/\d+/columns/"))


def test_a_long_file_comes_through_and_what_changes_by_itself_changes(
    front: Front, stack: Stack, long_file: Path
) -> None:
    with ExitStack() as opened:
        page = browser_page(opened, front[1])
        sign_in(page, stack)
        upload(page, long_file)
        expect(page.get_by_text("leads.csv").first).to_be_visible()
        # The second front finds remembered what was said behind the first.
        if not page.get_by_label("id", exact=True).input_value():
            page.get_by_role("button", name="The fields are named like the columns").click()
        expect(page.get_by_label("id", exact=True)).to_have_value("id")
        # The check's page asks for itself until the file is read: fragments, and the time a reading takes.
        page.get_by_role("button", name="Check the whole file").click()
        page.wait_for_url(re.compile(r"/uploads/\d+/check/"))
        expect(page.get_by_role("heading", name=re.compile("can be sent|cannot be sent|No row"))).to_be_visible(
            timeout=PATIENCE
        )
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert cookies["__Host-sessionid"]["secure"]


def test_each_person_counts_by_their_own_address_whatever_they_claim(front: Front, stack: Stack) -> None:
    # One stack for both: the second front's guesser comes from elsewhere.
    guesser = Visitor(front[1], "127.0.0.2" if front[0] == "nginx" else "127.0.0.12")
    for n in range(TRIES):
        guesser.sign_in("viewer", "a wrong one", **{"X-Forwarded-For": f"203.0.113.{n}"})
    assert not guesser.sign_in("viewer", stack.sign_ins["viewer"], **{"X-Forwarded-For": "203.0.113.250"})
    assert Visitor(front[1], "127.0.0.3").sign_in("viewer", stack.sign_ins["viewer"])


def half_a_body(visitor: Visitor) -> ssl.SSLSocket:
    """Begin to send a form of 50 MB and stop after 100 kB; returns the connection, which stays open."""
    connection = tls_to(visitor.port, visitor.source)
    headers = visitor.headers(**{"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(50 << 20)})
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"POST /sign-in/ HTTP/1.1\r\n{lines}\r\n--b\r\n".encode())
    connection.sendall(b'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"x" * 100_000)
    return connection


def test_half_sent_bodies_keep_nobody_waiting(front: Front, stack: Stack) -> None:
    port, near = front[1], 20 if front[0] == "nginx" else 30
    visitor = Visitor(port, f"127.0.0.{near}")
    visitor.ask("GET", "/sign-in/")
    # More of them than the web server has threads.
    held = [half_a_body(visitor) for _ in range(40)]
    time.sleep(1.0)
    assert visitor.ask("GET", "/healthz")[:2] == (200, "ok\n")
    assert Visitor(port, f"127.0.0.{near + 1}").sign_in("supervisor", stack.sign_ins["supervisor"])
    for connection in held:
        connection.close()


def test_a_file_is_uploaded_by_the_page_behind_a_proxy_that_passes_another_host(
    tmp_path: Path,
) -> None:
    chromium_path()
    public = free_port()
    file = tmp_path / "leads.csv"
    file.write_text("id,phone\n1,16505550101\n2,16505550102\n")
    with ExitStack() as opened:
        origin = f"https://{NAME}:{public}"
        stack = opened.enter_context(Stack(BPADMIN_TLS="1", BPADMIN_PROXIES="1", BPADMIN_ORIGINS=origin))
        SandboxControl(stack.sandbox_url).create_list(LIST, FIELDS)
        web = int(stack.env["BPADMIN_PORT"])
        inside = ("proxy_set_header Host $http_host;", f"proxy_set_header Host 127.0.0.1:{web};")
        opened.enter_context(nginx(tmp_path / "front", web, inside, port=public))
        page = browser_page(opened, public)
        sign_in(page, stack)
        upload(page, file)
        assert page.url.startswith(origin)
        page.get_by_role("button", name="The fields are named like the columns").click()
        expect(page.get_by_label("id", exact=True)).to_have_value("id")
        page.get_by_role("button", name="Check the whole file").click()
        page.wait_for_url(re.compile(r"/uploads/\d+/check/"))
