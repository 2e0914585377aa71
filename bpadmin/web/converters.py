"""What a part of an address may be; importing this makes `<platform_id:…>` and `<number:…>` known."""

from __future__ import annotations

from django.urls import register_converter

from bpadmin.platforms.names import SEGMENT


class PlatformId:
    """An id given by a platform: one path segment, without control characters, and never "." or ".."."""

    regex = SEGMENT

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is; Django quotes it."""
        return value


class Number:
    """A whole number that every column of the database holds; a longer one is an address that does not exist."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Read it."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Write it."""
        return str(value)


register_converter(PlatformId, "platform_id")
register_converter(Number, "number")
