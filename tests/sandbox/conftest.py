"""A bare HTTP client for the sandbox tenant: it decodes nothing that a test does not ask for."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fixtures_sandbox import SandboxControl

FORM = {"grant_type": "client_credentials", "scope": "sandbox"}

CUSTOMER_FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "name", "type": "LAST_NAME", "required": True},
    {"name": "age", "type": "INTEGER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "city", "type": "OTHER", "searchable": True},
    {"name": "note", "type": "OTHER", "skip": True},
]


def customer(number: int, **changes: Any) -> dict[str, Any]:
    """Return a record that a list of CUSTOMER_FIELDS takes."""
    return {"id": f"N{number}", "phone": f"1650555{number:04d}", "name": f"Name {number}", **changes}


class Api:
    """Calls methods of the sandbox as one of its users."""

    def __init__(self, sandbox: SandboxControl, user: str = "sandbox") -> None:
        self.sandbox = sandbox
        self.base = f"{sandbox.url}/configapi/v3/"
        self.user = user
        self.session = requests.Session()
        self.session.trust_env = False

    def sign_in(self) -> Api:
        """Get a token and use it from now on."""
        answer = self.session.post(
            self.base + "oauth/token", data={"client_id": self.user, "client_secret": "sandbox-secret", **FORM}
        )
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def as_user(self, user: str) -> Api:
        """Return a client signed in as another user."""
        return Api(self.sandbox, user).sign_in()

    def send(self, verb: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Make a request; `body` goes as JSON."""
        return self.session.request(verb, self.base + path, json=body, timeout=30, **options)

    def get(self, path: str) -> Any:
        """GET and give the parsed body of a 200."""
        return self._good(self.send("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        """POST and give the parsed body of a 200 (None: it was empty)."""
        return self._good(self.send("POST", path, body))

    def patch(self, path: str, body: Any = None) -> Any:
        """PATCH and give the parsed body of a 200."""
        return self._good(self.send("PATCH", path, body))

    def refusal(self, verb: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Make a request that is refused; returns status, error name and description."""
        answer = self.send(verb, path, body)
        assert answer.status_code >= 400, answer.text
        refused = answer.json()
        assert set(refused) == {"error", "error_description"}
        return answer.status_code, refused["error"], refused["error_description"]

    def add(self, list_id: str, records: list[Any]) -> dict[str, Any]:
        """Add many records."""
        return self.post(f"callinglist/addAll/{list_id}", records)

    @staticmethod
    def _good(answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def api(sandbox: SandboxControl) -> Iterator[Api]:
    """A client signed in as the user who may do everything."""
    client = Api(sandbox).sign_in()
    yield client
    client.session.close()


@pytest.fixture
def seeded(api: Api) -> Api:
    """A client of a tenant with the small seed."""
    api.sandbox.seed("small")
    return api.sign_in()


@pytest.fixture
def customers(api: Api) -> str:
    """An empty list with a key, US phones, a number, a date and a skipped field."""
    return api.sandbox.create_list("customers", CUSTOMER_FIELDS)


class Kept:
    """A sandbox process that keeps its tenant in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Api:
        command = [
            sys.executable,
            "-m",
            "bpadmin.sandbox",
            "--port",
            "0",
            "--seed",
            "small",
            "--keep",
            str(self.folder),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout is not None
        return Api(SandboxControl(self.process.stdout.readline().decode().strip())).sign_in()

    def end(self, signum: signal.Signals) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(signum)
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    sandbox = Kept(tmp_path / "kept")
    yield sandbox
    if sandbox.process is not None and sandbox.process.poll() is None:
        sandbox.end(signal.SIGKILL)
