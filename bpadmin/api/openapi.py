"""The description of the API, made from what stands beside its views."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from bpadmin import VERSION
from bpadmin.api.gate import ENDPOINTS, Endpoint
from bpadmin.api.routes import ROUTES
from bpadmin.api.schemas import PROBLEM
from bpadmin.tenants.people.tokens import Scope

ABOUT = (
    "For scripts. Send `Authorization: Bearer bpa_…`; tokens are made on the page API tokens of a tenant or by "
    "`manage.py token_make`. A token acts as its person, for what its scopes name, and never more than that person may "
    "do now. Every answer that is not as wished holds `problem`, a sentence."
)
PROBLEMS = {
    "400": "Not understood",
    "401": "No token that works",
    "403": "The token, or its person, may not",
    "404": "There is no such thing",
    "409": "Refused as things are",
    "422": "Refused as it was sent",
    "429": "Too many requests",
    "502": "The platform did not do it, or nobody knows",
}
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@require_safe
def description(request: HttpRequest) -> JsonResponse:
    """Describe the API in OpenAPI."""
    return JsonResponse(openapi(), json_dumps_params={"indent": 1})


def openapi() -> dict[str, Any]:
    """Return the whole description, OpenAPI 3.1."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        said, text = ENDPOINTS[str(route.name)], str(route.pattern).removeprefix("t/<slug:slug>/")
        address = "/api/v1/t/{tenant}/" + _PART.sub(lambda part: "{" + part[2].rstrip("_") + "}", text)
        parts = [("slug", "tenant"), *((part[0], part[1].rstrip("_")) for part in _PART.findall(text))]
        paths[address] = {said.method.lower(): _operation(said, parts)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "bpadmin", "version": VERSION, "description": ABOUT},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _scopes()}},
            "schemas": {"Problem": PROBLEM},
        },
        "security": [{"token": []}],
    }


def _operation(said: Endpoint, parts: list[tuple[str, str]]) -> dict[str, Any]:
    where = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "int" else "string"},
        }
        for kind, name in parts
    ]
    asked = [
        {"name": name, "in": "query", "required": bool(schema.get("required")), "schema": _plain(schema)}
        for name, schema in said.query.items()
    ]
    told: dict[str, Any] = {
        "operationId": said.name,
        "summary": said.summary,
        "description": f"Scope: {said.scope.value} ({said.scope.role.label}).",
        "parameters": [*where, *asked],
        "responses": {"2XX": _answer(said)}
        | {
            status: {
                "description": words,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for status, words in PROBLEMS.items()
        },
    }
    if said.body is not None:
        told["requestBody"] = {"content": {"application/json": {"schema": said.body}}}
    if said.takes_file:
        told["parameters"].append({"name": "X-File-Name", "in": "header", "schema": {"type": "string"}})
        told["requestBody"] = {
            "required": True,
            "content": {
                "application/octet-stream": {},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                },
            },
        }
    return told


def _answer(said: Endpoint) -> dict[str, Any]:
    if said.gives_csv:
        return {"description": "The rows", "content": {"text/csv": {}}}
    return {"description": "Done", "content": {"application/json": {"schema": said.answer}}}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "required"}


def _scopes() -> str:
    return "; ".join(f"{scope.value}: {scope.label}" for scope in Scope)
