"""Where each documented platform method is found: client, page, command, sandbox, test. Makes the README's table.

A page is the name of an address, a command the name of a management command; `tests/test_method_table.py` holds every
cell to what exists, so that the table cannot promise what is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bpadmin.platforms import REGISTRY
from bpadmin.sandbox.routes import METHODS, Method

TEST = "tests/platforms/test_methods.py"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person and a script reach a method; `instead` names the one that the document puts in its place."""

    page: str = ""
    command: str = ""
    instead: str = ""


PLACES: dict[str, Place] = {
    "get_access_token": Place("tenants:test", "tenant_add"),
    "get_campaigns": Place("campaigns:index", "campaign_list"),
    "get_campaign": Place("campaigns:detail", "list_bind"),
    "get_campaign_status": Place("campaigns:start", "campaign_start"),
    "start": Place("campaigns:start", "campaign_start"),
    "stop": Place("campaigns:stop", "campaign_stop"),
    "bind_list": Place("campaigns:bind", "list_bind"),
    "update_list": Place("campaigns:change", "list_rebind"),
    "unbind_list": Place("campaigns:unbind", "list_unbind"),
    "get_all_records": Place("records:browse", "results_export"),
    "get_completed_records": Place("records:browse", "results_export"),
    "get_updated_records": Place("records:browse", "results_export"),
    "query_record": Place("lists:record", "record_get"),
    "get_all_records_deprecated": Place(instead="get_all_records"),
    "get_updated_records_deprecated": Place(instead="get_updated_records"),
    "query_record_deprecated": Place("lists:record", "record_get"),
    "get_lists": Place("lists:index", "list_list"),
    "get_list": Place("lists:detail", "list_delete"),
    "delete_list": Place("lists:delete", "list_delete"),
    "create_list": Place("lists:create", "list_create"),
    "create_list_with_new_format": Place("lists:build", "list_create"),
    "add_many_records": Place("lists:upload", "list_upload"),
    "add_record": Place("lists:record_add", "record_add"),
    "update_many_records": Place("lists:upload", "list_upload"),
    "update_record": Place("lists:record_change", "record_update"),
    "erase_record": Place("lists:record_erase", "record_erase"),
    "delete_many_records": Place("lists:delete_records", "records_delete"),
    "delete_all_records": Place("lists:delete_records", "records_delete"),
    "get_job_status": Place("jobs:detail", "records_delete"),
    "delete_all_dnc_records": Place("dnc:clear", "dnc_clear"),
    "delete_many_dnc_records": Place("dnc:remove", "dnc_delete"),
    "add_many_dnc_records": Place("dnc:add", "dnc_add"),
    "add_dnc_records_deprecated": Place(instead="add_many_dnc_records"),
    "replace_dnc_records_deprecated": Place(instead="delete_many_dnc_records"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `client` and `sandbox` are the names of the functions that do it."""

    method: Method
    client: str
    place: Place

    @property
    def cells(self) -> tuple[str, ...]:
        """Give the line's cells in Markdown."""
        page = f"`{self.place.page}`" if self.place.page else f"deprecated for `{self.place.instead}`"
        command = f"`{self.place.command}`" if self.place.command else "deprecated"
        return (
            f"{self.method.section}: {self.method.title}",
            f"`{self.client}`",
            page,
            command,
            f"`{self.method.handler.__name__}`",
            f"`{self.client}`",
        )


def rows() -> Iterator[Row]:
    """Give a row for every method of the document, in its order; a method without a place is an error."""
    client = REGISTRY["brightpattern"].client
    for method in METHODS:
        name = method.handler.__name__
        if not hasattr(client, name):
            raise LookupError(f"The client has no method {name}")
        yield Row(method, name, PLACES[name])


def markdown() -> str:
    """Give the table in Markdown."""
    head = ("method", "client", "page", "command", "sandbox", f"claim in `{TEST}`")
    lines = [head, tuple("---" for _ in head), *(row.cells for row in rows())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
