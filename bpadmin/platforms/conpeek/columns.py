"""The members of requests that the documents name, grouped. Times are UTC."""

from __future__ import annotations

from bpadmin.platforms.sources import ColumnKind, SourceColumn

_TEXT, _NUMBER, _TIME, _PHONE = ColumnKind.TEXT, ColumnKind.NUMBER, ColumnKind.TIME, ColumnKind.PHONE
_CODE = ColumnKind.CODE

STATES = (("OPEN", "Open"), ("PROCESSING", "Being processed"), ("CLOSED", "Closed"))
STAGES = (("NEW", "New"), ("RECALL", "Recall"), ("RETRY", "Retry"), ("CLOSED", "Closed"))
_WORDS = {"state": STATES, "application_state": STAGES}

_GROUPS: dict[str, tuple[tuple[str, str, ColumnKind], ...]] = {
    "Request": (
        ("id", "Request ID", _TEXT),
        ("name", "Name", _TEXT),
        ("state", "State", _CODE),
        ("application_state", "Stage", _CODE),
        ("close_reason", "Close reason", _CODE),
        ("priority", "Priority", _NUMBER),
        ("created_date", "Created", _TIME),
        ("closed_date", "Closed", _TIME),
    ),
    "Contact": (
        ("contact_number", "Contact number", _PHONE),
        ("current_contact_number", "Current number", _PHONE),
        ("current_contact_name", "Current name", _TEXT),
        ("contact_identifier", "Contact identifier", _TEXT),
        ("contact_info", "Contact details", _TEXT),
        ("case_id", "Case ID", _TEXT),
        ("case_group", "Case group", _TEXT),
        ("case_state", "Case state", _CODE),
    ),
    "Dialling": (
        ("dialing_method", "Dialling method", _CODE),
        ("consultant_try", "Consultant attempts", _NUMBER),
        ("contact_try", "Contact attempts", _NUMBER),
        ("user_reservation_try", "Reservation attempts", _NUMBER),
        ("call_state", "Call state", _CODE),
        ("call_state_reason", "Why the call ended", _CODE),
        ("trigger_code", "Trigger code", _CODE),
    ),
    "When to call": (
        ("process_not_before", "Not before", _TIME),
        ("process_date", "Dates", _CODE),
        ("process_from_date", "From date", _TIME),
        ("process_to_date", "Until date", _TIME),
        ("process_days", "Days", _CODE),
        ("process_time", "Times of day", _CODE),
        ("process_from_time", "From time of day (seconds)", _NUMBER),
        ("process_to_time", "Until time of day (seconds)", _NUMBER),
        ("process_hours", "Hours", _TEXT),
    ),
    "People": (
        ("tenant_user_id", "User ID", _NUMBER),
        ("assigned_tenant_user_id", "Assigned user ID", _NUMBER),
        ("assigned_tenant_user_name", "Assigned user", _TEXT),
    ),
    "Campaign": (
        ("voice_campaign_id", "Voice campaign ID", _TEXT),
        ("voice_campaign_name", "Voice campaign", _TEXT),
        ("project_id", "Project ID", _TEXT),
        ("project_name", "Project", _TEXT),
    ),
}
_USUAL = frozenset(
    {
        *("id", "name", "state", "application_state", "close_reason", "priority", "created_date"),
        *("contact_number", "contact_try"),
    }
)

# Moments; what else is a time is a day, wherever somebody is called.
_MOMENTS = frozenset({"created_date", "closed_date", "process_not_before"})
COLUMNS = tuple(
    SourceColumn(name, label, group, kind, name in _USUAL, _WORDS.get(name, ()), "UTC" if name in _MOMENTS else "")
    for group, columns in _GROUPS.items()
    for name, label, kind in columns
)
