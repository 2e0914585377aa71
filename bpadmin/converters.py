"""What a part of an address may be; importing this makes `<platform_id:…>` known."""

from __future__ import annotations

from django.urls import register_converter


class PlatformId:
    """An id given by a platform: one path segment, without control characters, and never "." or ".."."""

    regex = r"[^/.\x00-\x1f][^/\x00-\x1f]{0,399}"

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Give it as it is; Django quotes it."""
        return value


register_converter(PlatformId, "platform_id")
