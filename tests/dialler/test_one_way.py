"""Nobody writes to a platform but the one way to act and the job engine."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from bpadmin.operations.method_table import ConpeekClient, JtelClient
from bpadmin.platforms.base import Effect
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.brightpattern_legacy.client import BrightPatternV1Client, BrightPatternV2Client
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.http.endpoint import Endpoint

CLIENTS = (BrightPatternClient, BrightPatternV1Client, BrightPatternV2Client, JtelClient, ConpeekClient)
# What sends rows of files and filters is written down as a job, chunk by chunk, before it is sent.
JOBS = {
    "bpadmin/uploads/batch_sender.py",
    "lists/deletions/handler.py",
    "lists/taking_back/handler.py",
    "lists/uploads/replace.py",
    "dnc/files/handler.py",
    "dnc/entries/batch.py",  # called by the job and, inside the way, by hand
}
# Not the platform's clients: the layers below them, and what plays the platform.
NOT_OURS = ("bpadmin/platforms/", "bpadmin/sandbox/", "bpadmin/embedded/")


source_of = cache(inspect.getsource)


def endpoints_of(function: object) -> Iterator[Endpoint]:
    """Find the endpoints that a method names."""
    module = sys.modules[function.__module__]  # type: ignore[attr-defined]
    for node in ast.walk(ast.parse(textwrap.dedent(source_of(function)))):  # type: ignore[arg-type]
        found: object = None
        if isinstance(node, ast.Name):
            found = getattr(module, node.id, None)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = getattr(getattr(module, node.value.id, None), node.attr, None)
        if isinstance(found, Endpoint):
            yield found


def writing_methods() -> set[str]:
    """Find the methods of all clients that change something, themselves or through another one."""
    methods: dict[str, list[object]] = {}
    for client in CLIENTS:
        for name, method in inspect.getmembers(client, inspect.isfunction):
            if not name.startswith("__") and method.__module__ != PlatformClient.__module__:
                methods.setdefault(name, []).append(method)
    writing = {
        name
        for name, those in methods.items()
        if any(endpoint.effect is not Effect.READ for method in those for endpoint in endpoints_of(method))
    }
    while True:
        more = {
            name
            for name, those in methods.items()
            if name not in writing and any(f"self.{each}(" in source_of(m) for m in those for each in writing)  # type: ignore[arg-type]
        }
        if not more:
            return {name for name in writing if not name.startswith("_")}
        writing |= more


WRITING = writing_methods() | {"parcel_post"}
# Threads, servers and matches have methods of these names too: there the client must be called one.
COMMON = {"start", "stop"}
NAMES = re.compile("|".join([*sorted(WRITING - COMMON), r"client\.st"]))


def product_files() -> list[Path]:
    roots = [settings.BASE_DIR / name for name in ("bpadmin", "campaigns", "lists", "dnc")]
    files = [path for root in roots for path in root.rglob("*.py") if "migrations" not in path.parts]
    return [path for path in files if not str(path.relative_to(settings.BASE_DIR)).startswith(NOT_OURS)]


class Bypasses(ast.NodeVisitor):
    """Writing calls of a module that stand outside of what is handed to the way."""

    def __init__(self, tree: ast.Module, has_way: bool) -> None:
        self.inside: list[str] = []
        self.calls: list[tuple[int, str, list[str]]] = []
        self.visit(tree)
        asks = {"ask"} if has_way else set()
        # What is called from nowhere but inside the way is inside as well.
        while True:
            callers: dict[str, list[bool]] = {}
            for _, name, around in self.calls:
                callers.setdefault(name, []).append(any(each in asks for each in around))
            more = {name for name, ways in callers.items() if all(ways) and name not in asks}
            if not more:
                break
            asks |= more
        self.found = [
            (line, name)
            for line, name, around in self.calls
            if name in WRITING and not any(each in asks for each in around)
        ]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # Also a method that is only named: it is handed to somebody who calls it.
        receiver = node.value.id if isinstance(node.value, ast.Name) else ""
        if receiver == "client" or node.attr in WRITING - COMMON:
            self.calls.append((node.lineno, node.attr, list(self.inside)))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and (node.func.id not in WRITING or node.func.id == "parcel_post"):
            self.calls.append((node.lineno, node.func.id, list(self.inside)))
        self.generic_visit(node)


def bypasses(source: str) -> list[tuple[int, str]]:
    """Find the writing calls of a module that are not inside the way."""
    return Bypasses(ast.parse(source), "action_perform" in source).found if NAMES.search(source) else []


def test_the_writing_methods_are_known() -> None:
    expected = {
        "start", "stop", "bind_list", "update_list", "unbind_list", "create_list", "create_list_with_new_format",
        "delete_list", "add_record", "update_record", "erase_record", "add_many_records", "update_many_records",
        "delete_many_records", "delete_all_records", "add_many_dnc_records", "delete_many_dnc_records",
        "delete_all_dnc_records", "create_dnc_list", "update_dnc_properties", "delete_dnc_list", "bind_dnc_list",
        "unbind_dnc_list", "clone_campaign", "delete_campaign", "delete_campaign_by_name", "add_request", "set_recall",
    }  # fmt: skip
    assert expected <= WRITING
    assert not {"get_campaign", "get_lists", "walk_lists", "query_record", "walk_source", "get_job_status"} & WRITING


def test_nothing_writes_to_a_platform_past_the_one_way() -> None:
    found = {str(path.relative_to(settings.BASE_DIR)): bypasses(path.read_text()) for path in product_files()}
    assert {name: calls for name, calls in found.items() if calls and name not in JOBS} == {}
    assert {name for name, calls in found.items() if calls} >= JOBS, "what does not write needs no leave to"


def test_a_new_act_that_bypasses_the_way_would_be_found() -> None:
    past = "def campaign_start(client):\n    client.start('x')\n"
    assert bypasses(past) == [(2, "start")]
    beside = "def go(c):\n    def ask(client):\n        return 1\n    action_perform(ask=ask)\n    c.bind_list('x')\n"
    assert bypasses(beside) == [(5, "bind_list")]
    inside = "def go():\n    def ask(client):\n        return _do(client)\n    action_perform(ask=ask)\n"
    inside += "def _do(client):\n    client.bind_list('x')\n"
    assert bypasses(inside) == []
