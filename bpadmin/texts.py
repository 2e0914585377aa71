"""Texts from a platform, a file or a form on their way into a column: without what no database takes, and not too long.

SQLite takes everything; PostgreSQL refuses zero bytes and texts longer than their column, in the middle of whatever is
being stored. The fields here make both the same: what people read is cut, with a mark; an id is never cut, since a
part of an id is another id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

CUT = "…"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

if TYPE_CHECKING:
    Chars = models.CharField[Any, str]
    Texts = models.TextField[Any, str]
    Json = models.JSONField[Any, Any]
else:
    Chars, Texts, Json = models.CharField, models.TextField, models.JSONField


class TextRefused(ValueError):
    """An id is too long to be stored, and must not be cut; the message says whose it is."""


def text_clean(text: str) -> str:
    """Return a text without zero bytes, and with a mark for each half of a character (bytes of another encoding)."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", text)


def text_fit(text: str, length: int) -> str:
    """Return a text that a column of that length takes; one that was too long ends with “…”."""
    text = text_clean(text)
    return text if len(text) <= length else text[: length - len(CUT)] + CUT


def json_clean(value: Any) -> Any:
    """Return plain data without zero bytes in its texts and names; the same object where there are none."""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, dict):
        cleaned = {json_clean(name): json_clean(each) for name, each in value.items()}
        return value if all(each is value.get(name, _UNSTORABLE) for name, each in cleaned.items()) else cleaned
    if isinstance(value, list | tuple):
        items = [each if each.__class__ is int else json_clean(each) for each in value]
        return value if all(one is other for one, other in zip(items, value, strict=True)) else items
    return value


def texts_fit(row: models.Model) -> None:
    """Return a row the texts that it will be stored with, where they must be known before, as for a signature."""
    for field in row._meta.concrete_fields:
        if isinstance(field, ShortText | LongText | PlainData):
            setattr(row, field.attname, field.fitted(getattr(row, field.attname)))


class _Plain:
    """What the fields share: to migrations they are Django's own, and the row shows what is stored."""

    def fitted(self, value: Any) -> Any:
        """Return the value as it is stored; each field says how."""
        return value

    def deconstruct(self) -> Any:
        """Describe the field as Django's own: the column is the same."""
        name, _, arguments, options = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.column}", arguments, options  # type: ignore[attr-defined]

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Fit the value, on the row as well."""
        value = super().pre_save(model_instance, add)  # type: ignore[misc]
        if isinstance(value, str | dict | list):
            value = self.fitted(value)
            setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Fit the value, also of an UPDATE."""
        is_plain = isinstance(value, str | dict | list)
        return super().get_db_prep_save(self.fitted(value) if is_plain else value, connection)  # type: ignore[misc]


class ShortText(_Plain, Chars):
    """A text for people, cut to `max_length`."""

    column = "CharField"

    def fitted(self, value: Any) -> Any:
        """Cut a text."""
        return text_fit(value, int(self.max_length or 0)) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """Take away what no stored text holds, also of what is searched for."""
        prepared = super().get_prep_value(value)
        return text_clean(prepared) if isinstance(prepared, str) else prepared


class ExactText(ShortText):
    """An id, stored as it is or not at all: TextRefused."""

    def fitted(self, value: Any) -> Any:
        """Refuse an id that would have to be cut."""
        if isinstance(value, str) and len(value) > int(self.max_length or 0):
            raise TextRefused(
                f"The {self.verbose_name} “{value[:40]}…” has {len(value):,} signs, more than can be kept."
            )
        return super().fitted(value)


class LongText(_Plain, Texts):
    """A text for people, of any length."""

    column = "TextField"

    def fitted(self, value: Any) -> Any:
        """Clean a text."""
        return text_clean(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        """Take away what no stored text holds, also of what is searched for."""
        prepared = super().get_prep_value(value)
        return text_clean(prepared) if isinstance(prepared, str) else prepared


class PlainData(_Plain, Json):
    """Plain data whose texts come from outside."""

    column = "JSONField"

    def fitted(self, value: Any) -> Any:
        """Clean the texts in it."""
        return json_clean(value)


class ZeroBytesMiddleware:
    """Refuse an address with zero bytes in its query: no form sends one, and no search can be for one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 400, or pass on."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "errors/400.html", status=400)
        return self.get_response(request)


_DIGITS = re.compile(r"(\d+)")
SORT_BYTES = 240


def sort_key(text: str) -> bytes:
    """Return bytes by which a database sorts names as people do: “List 9” before “List 10”, whatever the case.

    Bytes are compared alike by every database, texts by the rules of its locale.
    """
    key = bytearray()
    for part in _DIGITS.split(text.casefold()):
        if part.isdecimal():
            digits = str(int(part)) if len(part) < 200 else part[:200]
            key += b"\x01" + bytes([len(digits)]) + digits.encode()
        elif part:
            key += b"\x02" + part.encode("utf-8", "replace") + b"\x00"
        if len(key) > SORT_BYTES:
            break
    return bytes(key[:SORT_BYTES])
