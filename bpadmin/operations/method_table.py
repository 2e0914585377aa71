"""Where each documented platform method is found: client, page, command, sandbox, test. Makes docs/methods.md.

A page is the name of an address, a command the name of a management command; `tests/docs/test_method_table.py` holds
every cell to what exists, so that the tables cannot promise what is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.brightpattern_legacy.client import BrightPatternV1Client, BrightPatternV2Client
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.conpeek.client import ConpeekClient
from bpadmin.platforms.jtel.client import JtelClient
from bpadmin.sandbox.conpeek import routes as conpeek_routes
from bpadmin.sandbox.jtel import routes as jtel_routes
from bpadmin.sandbox.older import routes as older_routes
from bpadmin.sandbox.routes import LATEST_METHODS, METHODS, NEWER_METHODS, Method


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person and a script reach a method; `instead` names the one that is used in its place."""

    page: str = ""
    command: str = ""
    instead: str = ""


BROWSE = Place("records:browse", "records_export")

V3_PLACES: dict[str, Place] = {
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
NEWER_PLACES: dict[str, Place] = {
    "get_dnc_records": Place("dnc:read_back", "dnc_list"),
    "get_dnc_lists": Place("dnc:index", "dnc_list"),
    "get_dnc_list": Place("dnc:properties", "dnc_change"),
    "create_dnc_list": Place("dnc:create", "dnc_create"),
    "update_dnc_properties": Place("dnc:properties", "dnc_change"),
    "delete_dnc_list": Place("dnc:drop", "dnc_drop"),
    "bind_dnc_list": Place("dnc:bind", "dnc_bind"),
    "unbind_dnc_list": Place("dnc:unbind", "dnc_unbind"),
}
LATEST_PLACES: dict[str, Place] = {
    "delete_campaign": Place("campaigns:delete", "campaign_delete"),
    "update_disposition": Place("campaigns:disposition", "campaign_dispositions"),
    "delete_dispositions": Place("campaigns:disposition", "campaign_dispositions"),
    "add_disposition": Place("campaigns:dispositions", "campaign_dispositions"),
    "add_dispositions": Place("campaigns:dispositions_file", "campaign_dispositions"),
    "unassign_caller_ids": Place("campaigns:people", "campaign_people"),
    "assign_caller_ids": Place("campaigns:people", "campaign_people"),
    "unassign_teams": Place("campaigns:people", "campaign_people"),
    "assign_teams": Place("campaigns:people", "campaign_people"),
    "update_caller_id_settings": Place("campaigns:settings", "campaign_settings"),
    "update_general_settings": Place("campaigns:settings", "campaign_settings"),
    "duplicate_campaign": Place("campaigns:clone", "campaign_clone"),
    "fetch_all_records": BROWSE,
    "fetch_record": Place("lists:record", "record_get"),
    "update_list_properties": Place("lists:properties", "list_change"),
    "unlink_campaign": Place("campaigns:link", "link_groups"),
    "link_campaign": Place("campaigns:link", "link_groups"),
    "get_link_groups": Place("campaigns:link_groups", "link_groups"),
    "get_link_group": Place("campaigns:link_groups", "link_groups"),
    "create_link_group": Place("campaigns:link_groups", "link_groups"),
    "delete_link_group": Place("campaigns:link_group_delete", "link_groups"),
}
V1_PLACES: dict[str, Place] = {"get_all_records": BROWSE}
V2_PLACES: dict[str, Place] = {
    "get_access_token": Place("tenants:test", "tenant_add"),
    "add_many_records": Place("lists:upload", "list_upload"),
    "add_record": Place("lists:record_add", "record_add"),
    "delete_all_records": Place("lists:delete_records", "records_delete"),
    "get_all_records": BROWSE,
    "get_completed_records": BROWSE,
    "get_updated_records": BROWSE,
    "query_record": Place("lists:record", "record_get"),
    "update_record": Place("lists:record_change", "record_update"),
    "get_campaigns": Place("campaigns:index", "campaign_list"),
    "add_dnc_records": Place("dnc:add", "dnc_add"),
    "replace_dnc_records": Place(instead="delete_dnc_records"),
    "delete_all_dnc_records": Place("dnc:clear", "dnc_clear"),
    "delete_dnc_records": Place("dnc:remove", "dnc_delete"),
}
JTEL_PLACES: dict[str, Place] = {
    "get_campaigns": Place("campaigns:index", "campaign_list"),
    "get_campaign": Place("campaigns:detail", "campaign_show"),
    "find_campaigns": Place("campaigns:delete_by_name", "campaign_list"),
    "get_result_codes": Place("campaigns:detail", "campaign_show"),
    "clone_campaign": Place("campaigns:clone", "campaign_clone"),
    "delete_campaign": Place("campaigns:delete", "campaign_delete"),
    "delete_campaign_by_name": Place("campaigns:delete_by_name", "campaign_delete"),
    "get_contacts": BROWSE,
    "get_contact": Place("records:record", "records_export"),
    "find_contacts": Place("finding:contacts", "find"),
}
NEWER_JTEL_PLACES: dict[str, Place] = {
    "import_contact": Place("lists:upload", "list_upload"),
    "delete_contact": Place("records:contact_delete", "contact_delete"),
    "delete_contact_by_user_data": Place("records:contacts_delete", "contacts_delete"),
}
CONPEEK_PLACES: dict[str, Place] = {"read_requests": BROWSE}
NEWER_CONPEEK_PLACES: dict[str, Place] = {
    "add_request": Place("records:request_add", "request_add"),
    "set_recall": Place("records:request_recall", "request_recall"),
    "read_summary": BROWSE,
}


@dataclass(frozen=True, slots=True)
class Api:
    """One document: its methods as the sandbox serves them, who calls them, and where the claims about them are."""

    label: str
    methods: tuple[Method, ...]
    client: type[PlatformClient]
    places: dict[str, Place]
    claims: str

    def rows(self) -> Iterator[Row]:
        """Return a row for every method of the document, in its order; a method without a place is an error."""
        for method in self.methods:
            name = method.handler.__name__
            if not hasattr(self.client, name):
                raise LookupError(f"{self.client.__name__} has no method {name}")
            yield Row(self, method, name, self.places[name])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `client` and `sandbox` are the names of the functions that do it."""

    api: Api
    method: Method
    client: str
    place: Place

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the line's cells in Markdown."""
        instead = f"not used: `{self.place.instead}` does it"
        return (
            f"{self.method.section}: {self.method.title}",
            f"`{self.client}`",
            f"`{self.place.page}`" if self.place.page else instead,
            f"`{self.place.command}`" if self.place.command else instead,
            f"`{self.method.handler.__name__}`",
            f"`{self.client}`",
        )


_TESTS = "tests/platforms/{}.py"
DOCUMENTED = (
    Api("Bright Pattern v3.0", METHODS, BrightPatternClient, V3_PLACES, _TESTS.format("brightpattern/test_methods")),
    Api(
        "Bright Pattern, the first API",
        tuple(each for each in older_routes.V1_METHODS if each.handler.__name__ in V1_PLACES),
        BrightPatternV1Client,
        V1_PLACES,
        _TESTS.format("others/test_legacy_v1"),
    ),
    Api("jtel", jtel_routes.METHODS, JtelClient, JTEL_PLACES, _TESTS.format("others/test_jtel_methods")),
    Api("Conpeek", conpeek_routes.METHODS, ConpeekClient, CONPEEK_PLACES, _TESTS.format("others/test_conpeek_methods")),
)
BESIDES = (
    Api(
        "Bright Pattern v3.2, where a tenant has it",
        NEWER_METHODS,
        BrightPatternClient,
        NEWER_PLACES,
        _TESTS.format("brightpattern/test_newer"),
    ),
    Api(
        "Bright Pattern v3.2 beyond Do Not Call lists, where a tenant has it",
        LATEST_METHODS,
        BrightPatternClient,
        LATEST_PLACES,
        _TESTS.format("brightpattern/test_latest"),
    ),
    Api(
        "Bright Pattern v2",
        older_routes.V2_METHODS,
        BrightPatternV2Client,
        V2_PLACES,
        _TESTS.format("others/test_legacy_methods"),
    ),
    Api(
        "jtel, in its later pages",
        jtel_routes.NEWER_METHODS,
        JtelClient,
        NEWER_JTEL_PLACES,
        _TESTS.format("others/test_jtel_methods"),
    ),
    Api(
        "Conpeek, where a server has it",
        conpeek_routes.NEWER_METHODS,
        ConpeekClient,
        NEWER_CONPEEK_PLACES,
        _TESTS.format("others/test_conpeek_methods"),
    ),
)


def markdown(apis: tuple[Api, ...] = DOCUMENTED) -> str:
    """Return the tables of some documents in Markdown, one below the other."""
    return "\n\n".join(_table(api) for api in apis)


def _table(api: Api) -> str:
    head = ("method", "client", "page", "command", "sandbox", f"claim in `{api.claims}`")
    lines = [head, tuple("---" for _ in head), *(row.cells for row in api.rows())]
    return f"### {api.label}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
