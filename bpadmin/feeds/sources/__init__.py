"""Where files of feeds come from: one module a kind, found by its key."""

from __future__ import annotations

from functools import cache

from django.utils.module_loading import import_string

from bpadmin.feeds.sources.base import Source

_PATHS = {
    "sftp": "bpadmin.feeds.sources.sftp.SftpSource",
    "https": "bpadmin.feeds.sources.https.HttpsSource",
    "s3": "bpadmin.feeds.sources.s3.BucketSource",
    "imap": "bpadmin.feeds.sources.imap.MailboxSource",
    "folder": "bpadmin.feeds.sources.folder.FolderSource",
}


def source_keys() -> tuple[str, ...]:
    """Return the keys of all kinds."""
    return tuple(_PATHS)


def sources() -> list[Source]:
    """Return all kinds, in the order in which they are offered."""
    return [_source(path) for path in _PATHS.values()]


def source_of(key: str) -> Source | None:
    """Return a kind, None where there is none of that key."""
    return _source(_PATHS[key]) if key in _PATHS else None


@cache
def _source(path: str) -> Source:
    source: Source = import_string(path)()
    return source
