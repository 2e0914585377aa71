"""The simulated tenant as a process of its own, and its control side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from bench.chaos.waiting import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
CREDENTIALS = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
ADD_ALL = "add_many_records"


class Tenant:
    """The simulated tenant of one stack. What it holds is kept in a file, so that it can be killed and come back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "bpadmin.sandbox", "--port", str(self.port), "--follow-parent"]
        command += ["--keep", str(self.folder / "tenant")]
        with (self.folder / "tenant.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers, "the tenant answers", 30)

    def kill(self) -> None:
        """End it at once, without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process = None

    def _answers(self) -> bool:
        try:
            return bool(self.control("GET", "faults") is not None)
        except requests.RequestException:
            return False

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        """Make a control request and return the parsed answer."""
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        answer = self._session.request(verb, f"{self.url}/__sandbox__/{path}", data=data, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def faults(self, *faults: dict[str, Any]) -> None:
        """Put faults on order, beside those that are."""
        self.control("POST", "faults", list(faults))

    def fault(self, list_id: str, kind: str, *, methods: Sequence[str] = (ADD_ALL,), **how: Any) -> None:
        """Put a fault of requests that add to one list on order."""
        self.faults({"kind": kind, "paths": [list_id], "methods": list(methods), **how})

    def heal(self) -> None:
        """Take all faults and the latency off."""
        self.control("DELETE", "faults")
        self.latency(0)

    def latency(self, seconds: float) -> None:
        """Let every request take this much longer."""
        self.control("POST", "latency", {"seconds": seconds})

    def struck(self) -> int:
        """Count how often the faults on order have struck."""
        return sum(each["struck"] for each in self.control("GET", "faults"))

    def rest(self, seconds: float = 60.0) -> None:
        """Wait until no slow request is still to take effect: only then is what the tenant holds its last word."""
        wait_until(lambda: not self.control("GET", "stats")["delayed"], "slow requests have taken effect", seconds)

    def list_make(
        self, name: str, fields: Sequence[dict[str, Any]], *, bind: Sequence[str] = (), records: Sequence[Any] = ()
    ) -> str:
        """Make a calling list and return its id."""
        body = {"name": name, "fields": list(fields), "bind": list(bind), "records": list(records)}
        return str(self.control("POST", "lists", body)["id"])

    def campaign_make(self, name: str) -> str:
        """Make a stopped campaign and return its id."""
        return str(self.control("POST", "campaigns", {"name": name})["id"])

    def dnc_make(self, name: str, keys: Sequence[str] = ()) -> str:
        """Make a Do Not Call list of numbers and return its id."""
        return str(self.control("POST", "dnc", {"name": name, "type": "INTERNAL", "keys": list(keys)})["id"])

    def lists(self) -> list[dict[str, Any]]:
        """Return the lists with their totals."""
        found: list[dict[str, Any]] = self.control("GET", "dump")["lists"]
        return found

    def records(self, list_id: str) -> list[dict[str, Any]]:
        """Return every record of a list."""
        return self._lines(f"dump/lists/{list_id}")

    def held(self, list_id: str, column: str = "id") -> Counter[str]:
        """Count how often each value of a column is in a list."""
        return Counter(record[column] for record in self.records(list_id))

    def keys(self, dnc_id: str) -> set[str]:
        """Return the keys of a Do Not Call list."""
        return {entry["key"] for entry in self._lines(f"dump/dnc/{dnc_id}")}

    def list_delete(self, list_id: str) -> None:
        """Delete a list, as somebody in the dialler's own administration would."""
        form = {**CREDENTIALS, "grant_type": "client_credentials", "scope": "chaos"}
        token = self._session.post(f"{self.url}/configapi/v3/oauth/token", data=form, timeout=60).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._session.delete(
            f"{self.url}/configapi/v3/callinglist/deleteList/{list_id}", headers=headers, timeout=60
        )
        answer.raise_for_status()

    def _lines(self, path: str) -> list[dict[str, Any]]:
        answer = self._session.get(f"{self.url}/__sandbox__/{path}", timeout=60)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.content.splitlines()]
