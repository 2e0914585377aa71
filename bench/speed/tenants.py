"""A sandbox tenant in a process of its own, and a tenant of ours on it."""

from __future__ import annotations

import os
from typing import Any

import requests

_JTEL = {"clients_id": "1", "token": "sandbox-jtel-token"}


class BenchTenant:
    """A sandbox, a tenant of ours on it, and a session that is logged in there as a loop would be."""

    def __init__(self, platform: str = "brightpattern") -> None:
        from bpadmin.sandbox.http.server import start_in_process
        from bpadmin.tenants.services import tenant_create

        self.sandbox = start_in_process()
        self.url = self.sandbox.url
        self.session = requests.Session()
        credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
        self.tenant = tenant_create(
            slug=f"bench-{os.urandom(4).hex()}",
            name="Bench",
            platform=platform,
            base_url=self.url,
            credentials=_JTEL if platform == "jtel" else credentials,
        )
        form = {**credentials, "grant_type": "client_credentials", "scope": "bench"}
        answer = self.session.post(f"{self.url}/configapi/v3/oauth/token", data=form, timeout=60)
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """Make a control request of the sandbox."""
        return self.session.post(f"{self.url}/__sandbox__/{path}", json=body, timeout=60).json()

    def close(self) -> None:
        """End the sandbox and take away what was made in our database."""
        self.session.close()
        self.tenant.delete()
        self.sandbox.stop()
