"""Sessions: when they end by themselves, which ones a person has, and how they are ended from elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from bpadmin.tenants.access import MUST_CHANGE_PASSWORD
from bpadmin.tenants.models import BreakGlass, OneTimePassword

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# When a session began and when its person last did something in it (whole seconds since the epoch).
BEGAN_AT, SEEN_AT = "began_at", "seen_at"
# When the session of a break-glass account is over, whatever is done in it.
ENDS_AT = "ends_at"
# Why the session before this one ended, for the sign-in page.
ENDED = "session_ended"
# That somebody was there is written down at most this often (seconds): each write is of the whole session.
SEEN_EVERY = 300
IDLE_WORDS = "You were signed out because nothing was done for {hours} hours."
OLD_WORDS = "You were signed out: after {days} days everybody signs in again."


class SessionEnds:
    """Middleware: end sessions in which nobody did anything for a while, and those that began too long ago.

    What a page asks for by itself is nobody doing something: a browser left open overnight is signed out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End the session or keep it, then answer."""
        if SESSION_KEY in request.session:
            now = int(time.time())
            if words := _ended(request.session, now):
                logout(request)
                request.session[ENDED] = words
            elif _is_by_person(request) and now - int(request.session.get(SEEN_AT, 0)) >= SEEN_EVERY:
                _seen(request, now)
        return self.get_response(request)


def _ended(session: Any, now: int) -> str:
    """Say why a session is over, "" for one that is not; sessions of before this was kept begin when they are seen."""
    if now - int(session.get(BEGAN_AT, now)) > settings.SESSION_COOKIE_AGE:
        return OLD_WORDS.format(days=settings.SESSION_COOKIE_AGE // 86_400)
    if now > int(session.get(ENDS_AT, now)):
        return "You were signed out: this break-glass account is over."
    if now - int(session.get(SEEN_AT, now)) > settings.SESSION_IDLE_SECONDS:
        return IDLE_WORDS.format(hours=settings.SESSION_IDLE_SECONDS // 3600)
    return ""


def _is_by_person(request: HttpRequest) -> bool:
    is_polled = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    return not is_polled or request.method not in ("GET", "HEAD")


def _seen(request: HttpRequest, now: int) -> None:
    request.session[SEEN_AT] = now
    request.session.setdefault(BEGAN_AT, now)
    if not request.user.is_authenticated:
        return
    key = request.session.session_key
    if not UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now()):
        UserSession.objects.create_from_request(request)


def session_begun(sender: Any, request: Any, user: User, **_: Any) -> None:
    """Stamp a session that begins: Django's `user_logged_in`."""
    now = int(time.time())
    request.session[BEGAN_AT], request.session[SEEN_AT] = now, now
    if (until := BreakGlass.objects.filter(user=user).values_list("ends_at", flat=True).first()) is not None:
        request.session[ENDS_AT] = int(until.timestamp())
    records = get_authentication_records(request, user)
    if not records:
        record_authentication(request, user, method="sign-in")
    is_by_passkey = any(record.get("passwordless") for record in records)
    if not is_by_passkey and OneTimePassword.objects.filter(user=user).exists():
        request.session[MUST_CHANGE_PASSWORD] = True


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One session of a person, for its page."""

    pk: int
    address: str
    browser: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def sessions_of(*, user: User, this_key: str | None) -> list[OwnSession]:
    """Return a person's sessions, the one of `this_key` first, then the last used."""
    found = [
        OwnSession(
            pk=each.pk,
            address=each.ip,
            browser=browser_told(each.user_agent),
            began_at=each.created_at,
            seen_at=each.last_seen_at,
            is_this=each.session_key == this_key,
        )
        for each in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda each: (not each.is_this, -each.seen_at.timestamp()))


def session_end(*, user: User, pk: int) -> bool:
    """End one session of a person; False where it is over already."""
    found = UserSession.objects.filter(user=user, pk=pk).first()
    if found is None:
        return False
    found.end()
    return True


def sessions_end(*, user: User, keep: str | None = None) -> int:
    """End all sessions of a person but the one with the key `keep`; give how many.

    Looks into every session there is, so that none is missed that began before sessions were listed.
    """
    keys = [key for key in _keys_of(user) if key != keep]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user).exclude(session_key=keep or "").delete()
    return len(keys)


def _keys_of(user: User) -> Iterator[str]:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for session in Session.objects.filter(expire_date__gte=timezone.now()).iterator(chunk_size=500):
        if store.decode(session.session_data).get(SESSION_KEY) == str(user.pk):
            yield session.session_key


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def browser_told(agent: str) -> str:
    """Name browser and system as people call them; what is unknown is shown as it is, cut."""
    browser = next((name for part, name in BROWSERS if part in agent), "")
    system = next((name for part, name in SYSTEMS if part in agent), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    return agent[:60] or "unknown"
