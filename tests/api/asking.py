"""A script that asks the API, and compares each answer with its description."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve
from jsonschema import validate

from bpadmin.api.gate import ENDPOINTS
from bpadmin.api.schemas import PROBLEM
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope, token_make


class Script:
    """Holds a token of a person; `scopes` are all that the person's role allows, unless said."""

    def __init__(self, tenant: Tenant, user: User, *scopes: Scope, may: tuple[Scope, ...] = tuple(Scope)) -> None:
        self.tenant = tenant
        self.token, self.text = token_make(tenant=tenant, user=user, name="nightly", scopes=scopes or may)
        self.client = Client(enforce_csrf_checks=True)

    def ask(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        """Ask below the tenant's part of the API; the answer's object, or the answer itself where it is a file."""
        address = f"/api/v1/t/{self.tenant.slug}/{path}"
        headers = {"Authorization": f"Bearer {self.text}", **more.pop("headers", {})}
        answer = self.client.generic(method, address, headers=headers, **more)
        assert answer.status_code == status, f"{method} {address}: {answer.content.decode()}"
        if not answer.headers["Content-Type"].startswith("application/json"):
            return answer
        is_well = "problem" not in answer.json()
        validate(answer.json(), ENDPOINTS[resolve(address.split("?")[0]).url_name].answer if is_well else PROBLEM)
        return answer.json()

    def send(self, path: str, data: Any = None, *, status: int = 200) -> Any:
        """Send JSON."""
        import json

        return self.ask("POST", path, status=status, data=json.dumps(data or {}), content_type="application/json")

    def upload(self, path: str, text: str, *, status: int = 201) -> Any:
        """Send a file as it is."""
        return self.ask(
            "POST",
            path,
            status=status,
            data=text.encode(),
            content_type="application/octet-stream",
            headers={"X-File-Name": "spring.csv"},
        )
