"""What a screen may ask of any platform: capabilities, connection fields, tokens, a connection test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol

from bpadmin.platforms.types import Token


class Capability(StrEnum):
    """One thing a platform can do; pages offer what the tenant's platform has."""

    CAMPAIGNS_READ = "campaigns_read"
    CAMPAIGN_START_STOP = "campaign_start_stop"
    RESULTS_READ = "results_read"
    LISTS_READ = "lists_read"
    LIST_CREATE = "list_create"
    LIST_DELETE = "list_delete"
    LIST_BIND = "list_bind"
    RECORDS_ADD = "records_add"
    RECORDS_UPDATE = "records_update"
    # By a filter; emptying a whole list is the next one.
    RECORDS_DELETE = "records_delete"
    RECORDS_DELETE_ALL = "records_delete_all"
    RECORDS_ERASE = "records_erase"
    RECORDS_READ = "records_read"
    DNC_WRITE = "dnc_write"
    DNC_READ = "dnc_read"
    DNC_LISTS_MANAGE = "dnc_lists_manage"
    DNC_BIND = "dnc_bind"
    # Records from a source, whatever a platform calls them: results, contacts, requests.
    SOURCES_READ = "sources_read"
    # A source is told by a person, since the platform cannot list them, or not all of them.
    SOURCES_NAMED = "sources_named"
    CAMPAIGN_STATE = "campaign_state"
    CAMPAIGN_FIELDS = "campaign_fields"
    CAMPAIGN_SEARCH = "campaign_search"
    CAMPAIGN_CLONE = "campaign_clone"
    CAMPAIGN_DELETE = "campaign_delete"
    RESULT_CODES = "result_codes"
    REQUEST_ADD = "request_add"
    REQUEST_RECALL = "request_recall"
    REQUEST_SUMMARY = "request_summary"
    # Single contacts go by their id or user data, many by a file of user data.
    CONTACTS_DELETE = "contacts_delete"
    # Contacts of all campaigns are looked up by their id or user data.
    CONTACTS_FIND = "contacts_find"
    # Dispositions, teams, caller IDs, how it dials.
    CAMPAIGN_SETTINGS = "campaign_settings"
    LINK_GROUPS = "link_groups"
    # Records of a list that no campaign has, and the list's own properties.
    LISTS_FETCH = "lists_fetch"
    # Sending a record anew may begin its dialling anew.
    RECORDS_RESET = "records_reset"
    # What came of calls is sent to an address of ours by the platform itself.
    RESULTS_SENT = "results_sent"


class Effect(Enum):
    """What happens when a request is carried out twice; the retry predicate rests on it."""

    READ = "changes nothing"
    REPEATABLE = "changes something, and twice is the same as once"
    ONCE = "must not be repeated on a guess"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came, before anybody has judged it. `received` is when, in UTC.

    A success that was asked for as a stream has its body in `parts`, which can be read once.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: datetime | None = None
    parts: Generator[bytes, None, None] | None = None

    def header(self, name: str) -> str:
        """Return a header's value whatever its capitals, "" where it is absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


class TokenStore(Protocol):
    """Where access tokens are kept between requests, and in production between processes.

    `ttl` is seconds until the token should be renewed: `get` must not give it out any longer than that.
    `lock` is held while a token is fetched, so that one process fetches and the others find it.
    """

    def get(self, key: str) -> Token | None:
        """Return the token kept under `key`, None when there is none or its time is over."""
        ...

    def put(self, key: str, token: Token, ttl: float) -> None:
        """Keep a token for `ttl` seconds."""
        ...

    def drop(self, key: str) -> None:
        """Forget a token."""
        ...

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Return a context in which nobody else fetches this token."""
        ...


class MemoryTokens:
    """A TokenStore in this process's memory: for a shell, a command or a test."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._tokens: dict[str, tuple[Token, float]] = {}
        self._locks: dict[str, _KeyLock] = {}

    def get(self, key: str) -> Token | None:
        """Return the token kept under `key` while its time lasts."""
        with self._guard:
            token, until = self._tokens.get(key, (None, 0.0))
            return token if token is not None and self._clock() < until else None

    def put(self, key: str, token: Token, ttl: float) -> None:
        """Keep a token for `ttl` seconds."""
        with self._guard:
            self._tokens[key] = (token, self._clock() + ttl)

    def drop(self, key: str) -> None:
        """Forget a token."""
        with self._guard:
            self._tokens.pop(key, None)

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Return the one lock of this key."""
        with self._guard:
            return self._locks.setdefault(key, _KeyLock())


class _KeyLock(AbstractContextManager[None]):
    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """One field of a form that a platform asks for; a secret one is kept encrypted and never shown again.

    `choices` are pairs of value and label, and then `default` is one of the values. An optional one may be empty, but
    for one that is needed where the field that `needed_where` names has the value beside it.
    """

    name: str
    label: str
    is_secret: bool = False
    is_optional: bool = False
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    needed_where: tuple[str, str] | None = None

    def is_needed(self, values: Mapping[str, str]) -> bool:
        """Return whether the field has to be filled in beside these values of the others."""
        if self.needed_where is not None:
            name, value = self.needed_where
            return values.get(name) == value
        return not self.is_optional


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a connection test found, in words for a supervisor.

    `headline` is one sentence, `details` what to know or do besides; `missing_privileges` the platform's own names.
    """

    ok: bool
    headline: str
    details: tuple[str, ...] = ()
    missing_privileges: tuple[str, ...] = ()
