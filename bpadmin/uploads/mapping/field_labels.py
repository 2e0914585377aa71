"""How a supervisor knows the types of a list's fields."""

from __future__ import annotations

from collections.abc import Mapping

from bpadmin.platforms.types import FieldType

TYPE_WORDS: Mapping[FieldType, str] = {
    FieldType.PHONE: "Phone number",
    FieldType.OTHER: "Text",
    FieldType.INTEGER: "Whole number",
    FieldType.ACCOUNT: "Account number",
    FieldType.FIRST_NAME: "First name",
    FieldType.LAST_NAME: "Last name",
    FieldType.COMPANY: "Company",
    FieldType.ZIP_CODE: "Postal code",
    FieldType.STATE: "State",
    FieldType.DATETIME: "Date and time",
    FieldType.DATETIME_CALL_AT: "Date and time to call at",
    FieldType.AGENT_LOGIN_ID: "Agent login",
    FieldType.CALLING_NUMBER: "Caller ID to show",
    FieldType.PRIORITY: "Priority",
}
