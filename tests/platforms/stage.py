"""A stage in the sandbox tenant: a campaign, a keyed list bound to it, and clients of several users."""

from __future__ import annotations

from typing import Any

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.types import (
    RemoteJob,
)
from tests.fixtures_sandbox import SandboxControl

KEYED = [
    {"name": "id", "type": "ACCOUNT", "key": True},
    {"name": "phone", "type": "PHONE", "required": True, "searchable": True, "phoneType": "US_CANADA"},
    {"name": "name", "type": "OTHER"},
]
ROWS = [{"id": f"K{number}", "phone": f"1650555010{number}", "name": f"Person {number}"} for number in range(4)]


class Stage:
    """A tenant with a campaign, a keyed list bound to it, and a client that may do everything."""

    def __init__(self, sandbox: SandboxControl) -> None:
        self.sandbox = sandbox
        self.campaign_id = sandbox.create_campaign("Renewals")
        self.list_id = sandbox.create_list("north.csv", KEYED, bind=[self.campaign_id], records=ROWS)
        self.client = self.as_user("sandbox")
        (binding,) = self.client.get_campaign(self.campaign_id).lists or ()
        self.instance_id = binding.instance_id

    def as_user(self, name: str, secret: str = "sandbox-secret") -> BrightPatternClient:
        return open_client(
            "brightpattern",
            base_url=self.sandbox.url,
            credentials={"client_id": name, "client_secret": secret},
            tokens=MemoryTokens(),
        )

    def stored(self) -> list[dict[str, Any]]:
        return self.sandbox.dump(self.list_id)

    def dial(self) -> None:
        """Let the campaign run until something has been called."""
        self.client.start(self.campaign_id)
        self.sandbox.advance(600)

    def ended(self, job: RemoteJob) -> RemoteJob:
        self.sandbox.advance(3600)
        return self.client.get_job_status(job.job_id)
