"""The list into which files are uploaded by the command, and what is said of its fields."""

from __future__ import annotations

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA", "required": True},
    {"name": "name", "type": "FIRST_NAME"},
    {"name": "city", "type": "OTHER"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "zip", "type": "ZIP_CODE"},
    {"name": "note", "type": "OTHER"},
]
SAID = ["--key", "id", "--field", "id:OTHER", "--field", "phone:PHONE:US_CANADA", "--field", "name:FIRST_NAME"]
SAID += ["--field", "city:OTHER", "--field", "zip:ZIP_CODE", "--field", "note:OTHER"]
