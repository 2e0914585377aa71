"""The methods of the older APIs, in the order of their documents."""

from __future__ import annotations

from bpadmin.sandbox.older import v1, v2
from bpadmin.sandbox.routes import Method
from bpadmin.sandbox.state.access import Privilege

_CAMPAIGNS = (Privilege.ALL_CAMPAIGNS,)
_LISTS = (Privilege.MANAGE_LISTS,)
_CONTENT = (Privilege.MANAGE_LISTS, Privilege.UPDATE_LISTS)

V2_METHODS: tuple[Method, ...] = (
    Method("Authentication", "Get Access Token", "POST", "oauth/token", v2.get_access_token, api="v2"),
    *(
        Method("Calling List", title, "POST", f"callinglist/{path}", handler, privileges, api="v2")
        for title, path, handler, privileges in (
            ("Add Many Records", "addAll/:list_name", v2.add_many_records, _CONTENT),
            ("Add Record", "add/:list_name", v2.add_record, _CONTENT),
            ("Delete All Records", "deleteAll/:list_name", v2.delete_all_records, _CONTENT),
            ("Get All Records", "getAll/:list_name/:campaign_name", v2.get_all_records, _LISTS),
            ("Get Completed Records", "getCompleted/:list_name/:campaign_name", v2.get_completed_records, _LISTS),
            ("Get Updated Records", "getChanged/:list_name/:campaign_name", v2.get_updated_records, _LISTS),
            ("Query a Record", "get/:list_name/:campaign_name", v2.query_record, _LISTS),
            ("Update Record", "update/:list_name", v2.update_record, _CONTENT),
        )
    ),
    Method("Campaigns", "Get Campaigns", "GET", "campaign/getAll", v2.get_campaigns, _CAMPAIGNS, "v2"),
    *(
        Method("Do Not Call List", title, "POST", f"donotcalllist/{path}/:do_not_call_list_name", handler, _LISTS, "v2")
        for title, path, handler in (
            ("Add Records to DNC", "add", v2.add_dnc_records),
            ("Replace Records in DNC", "replaceAll", v2.replace_dnc_records),
            ("Delete All Records", "deleteAll", v2.delete_all_dnc_records),
            ("Delete Records", "delete", v2.delete_dnc_records),
        )
    ),
)

V1_METHODS: tuple[Method, ...] = tuple(
    Method("Calling List", title, "POST", f"callinglist/{path}", handler, _LISTS, "v1")
    for title, path, handler in (
        ("Get all records", "getAll/:list_name/:campaign_name", v1.get_all_records),
        ("Add a record", "add/:list_name", v1.add_record),
        ("Add a number of records", "addAll/:list_name", v1.add_many_records),
    )
)
