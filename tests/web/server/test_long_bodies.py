"""Who may send more than a form, and how what is sent and answered passes between granian and Django."""

from __future__ import annotations

import asyncio
import io
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bpadmin.web.server import bodies
from bpadmin.web.server.application import IN_MEMORY, SIGN_INS, FileBody, Server, length_of
from bpadmin.web.server.bodies import FORM_BYTES, SIGN_IN_PATHS, BodyBroken, BodyLate, BodyStream

LONG = b"x" * (FORM_BYTES + 1)


@pytest.mark.django_db
def test_strangers_send_forms_and_nothing_else(client: Client) -> None:
    refused = client.post("/sign-in/", LONG, content_type="text/plain")
    assert refused.status_code == 413
    assert "Sign in first" in refused.content.decode()
    led = client.post("/t/acme/dnc/evidence/check/", {"file": SimpleUploadedFile("a", LONG)})
    assert (led.status_code, led["Location"]) == (302, "/sign-in/?next=/t/acme/dnc/evidence/check/")
    assert client.post("/sign-in/", {"username": "x", "password": "y"}).status_code in (200, 422)


@pytest.mark.django_db
def test_files_are_refused_everywhere_but_where_a_view_takes_them(
    supervisor_client: Client, settings: Any, tenant: Any
) -> None:
    taking = ("/t/acme/dnc/evidence/check/", "/t/acme/new-list/fields/")
    for content in (b"small", LONG):
        file = SimpleUploadedFile("a.csv", content)
        assert supervisor_client.post("/password/", {"file": file}).status_code == 400
        for path in taking:
            assert supervisor_client.post(path, {"file": SimpleUploadedFile("a.csv", content)}).status_code == 200
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = FORM_BYTES
    refused = supervisor_client.post("/t/acme/campaigns/", LONG, content_type="text/plain")
    assert (refused.status_code, "takes no files" in refused.content.decode()) == (413, True)


@pytest.mark.django_db
@pytest.mark.parametrize("path", SIGN_IN_PATHS)
def test_where_passwords_are_hashed_nobody_sends_more_than_a_form(supervisor_client: Client, path: str) -> None:
    """What is longer is read by threads that are not those for hashing."""
    form = {"old_password": "wrong", "new_password1": "x", "new_password2": "x" * FORM_BYTES, "password": "wrong"}
    refused = supervisor_client.post(path, urlencode(form), content_type="application/x-www-form-urlencoded")
    assert (refused.status_code, "takes no files" in refused.content.decode()) == (400, True)
    assert supervisor_client.post(path, {"password": "wrong"}).status_code != 400


@pytest.mark.django_db
def test_one_person_sends_a_few_at_a_time(
    supervisor_client: Client, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bpadmin.web.server.gate.EACH", 0)
    refused = supervisor_client.post(
        "/t/acme/new-list/fields/", LONG, content_type="text/plain", headers={"Accept": "application/json"}
    )
    assert (refused.status_code, refused.json()["problem"][:15]) == (429, "You are sending")


class Arriving:
    """What granian gives for a request: parts as they come, then silence, an end, or a break."""

    def __init__(self, *parts: bytes, is_silent: bool = False) -> None:
        self.parts, self.is_silent = parts, is_silent
        self.said: tuple[Any, ...] = ()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
        if self.is_silent:
            await asyncio.sleep(3600)

    def response_bytes(self, *said: Any) -> None:
        self.said = said

    def response_file(self, status: int, headers: Any, path: str) -> None:
        self.said = (status, headers, Path(path).read_bytes())


class Headers(dict[str, str]):
    """A request's headers."""


def asked(path: str = "/", **headers: str) -> SimpleNamespace:
    said = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    ends = {"client": "127.0.0.1:5", "server": "127.0.0.1:8000", "scheme": "http", "http_version": "1.1"}
    return SimpleNamespace(method="POST", path=path, query_string="", authority=None, headers=said, **ends)


def serve(
    application: Callable[..., Iterable[bytes]], folder: Path, proto: Arriving, scope: SimpleNamespace
) -> tuple[Any, ...]:
    asyncio.run(Server(application, threads=1, folder=folder).__rsgi__(scope, proto))
    return proto.said


def echo(environ: dict[str, Any], start: Callable[..., None]) -> list[bytes]:
    start("200 OK", [("X-Seen", ",".join(sorted(name for name in environ if name.startswith("HTTP_"))))])
    return [environ["wsgi.input"].read()]


def test_short_and_long_bodies_arrive_whole(tmp_path: Path) -> None:
    for body in (b"", b"a=b", LONG, LONG * 40):
        proto = Arriving(*(body[at : at + 7000] for at in range(0, len(body), 7000)))
        said = serve(echo, tmp_path, proto, asked(content_length=str(len(body)), x_forwarded_for="::1"))
        assert said[0] == 200
        assert said[2] == body


def test_a_body_of_no_length_a_wrong_one_and_a_path_that_is_no_text_are_refused(tmp_path: Path) -> None:
    assert serve(echo, tmp_path, Arriving(), asked(transfer_encoding="chunked"))[0] == 411
    assert serve(echo, tmp_path, Arriving(b"ab"), asked(content_length="5"))[0] == 400
    assert serve(echo, tmp_path, Arriving(), asked(path="/\udcff", content_length="0"))[0] == 400
    assert [length_of(Headers({"content-length": each})) for each in ("-1", "²", "1" * 30, "12")] == [None] * 3 + [12]


def test_a_header_with_an_underscore_passes_for_no_other(tmp_path: Path) -> None:
    scope = asked(content_length="0")
    scope.headers["x_forwarded_for"] = "203.0.113.1"
    assert serve(echo, tmp_path, Arriving(), scope)[1] == [("x-seen", "")]


def test_what_comes_too_slowly_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORM_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(bodies, name, 0.05)

    def patient(environ: dict[str, Any], start: Callable[..., None]) -> list[bytes]:
        start("200 OK", [])
        try:
            return [environ["wsgi.input"].read()]
        except BodyLate:
            return [b"late"]

    for length in (100, FORM_BYTES + 1):
        said = serve(patient, tmp_path, Arriving(b"a", is_silent=True), asked(content_length=str(length)))
        assert said[0] == 408


def test_a_drip_is_slower_than_the_least_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.2)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            await asyncio.sleep(0.02)

    async def read() -> BodyStream:
        stream = BodyStream(drip(), 10**6, asyncio.get_running_loop())
        with pytest.raises(BodyLate):
            await asyncio.to_thread(io.BufferedReader(stream).read)
        return stream

    assert 1 < asyncio.run(read()).received < 100


def test_a_long_body_that_ends_early_is_broken() -> None:
    async def read() -> None:
        stream = BodyStream(Arriving(b"ab"), 10**6, asyncio.get_running_loop())
        with pytest.raises(BodyBroken):
            await asyncio.to_thread(io.BufferedReader(stream).read)

    asyncio.run(read())


def test_long_answers_are_sent_from_the_disk(tmp_path: Path) -> None:
    text = b"0123456789abcdef" * (IN_MEMORY // 16 + 1)
    closed: list[str] = []

    def of_a_file(environ: dict[str, Any], start: Callable[..., None]) -> Iterable[bytes]:
        start("200 OK", [])
        file = tempfile.TemporaryFile(dir=tmp_path)  # noqa: SIM115 - closed by the server
        file.write(text)
        file.seek(0)
        return FileBody(file)

    def in_parts(environ: dict[str, Any], start: Callable[..., None]) -> Iterable[bytes]:
        start("200 OK", [])
        yield text[:100]
        yield text[100:]
        closed.append("parts")

    for application in (of_a_file, in_parts):
        assert serve(application, tmp_path, Arriving(), asked(content_length="0"))[2] == text
    assert closed == ["parts"]


@pytest.mark.parametrize("path", SIGN_IN_PATHS)
def test_hashing_has_a_share_of_its_own_and_pages_go_on(tmp_path: Path, path: str) -> None:
    """However many guess, only so many passwords are looked at; a page asked for behind them is answered first."""
    lock, at_work, most, may_end = threading.Lock(), [0], [0], threading.Event()

    def application(environ: dict[str, Any], start: Callable[..., None]) -> list[bytes]:
        if environ["PATH_INFO"] == path:
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            assert may_end.wait(60)
            with lock:
                at_work[0] -= 1
        start("200 OK", [])
        return [b"done"]

    async def attack() -> tuple[Any, ...]:
        server = Server(application, threads=2, folder=tmp_path)
        guesses = [Arriving(b"password=x") for _ in range(16)]
        scopes = [asked(path, **{"content-length": "10"}) for _ in guesses]
        under_way = [
            asyncio.ensure_future(server.__rsgi__(scope, proto)) for scope, proto in zip(scopes, guesses, strict=True)
        ]
        page = Arriving()
        try:
            await asyncio.wait_for(server.__rsgi__(asked("/t/acme/"), page), 60)
            said = page.said
        finally:
            may_end.set()
        await asyncio.gather(*under_way)
        assert all(proto.said[0] == 200 for proto in guesses)
        return said

    assert asyncio.run(attack())[0] == 200
    assert most[0] <= SIGN_INS
