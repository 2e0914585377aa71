"""Who may send more than a form: people who have signed in, and of each of them a few at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Never, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import resolve

from bpadmin.tenants.access import sign_in_first
from bpadmin.tenants.people.token_sign_in import API
from bpadmin.web.server.bodies import FORM_BYTES, SIGN_IN_PATHS

# Of the threads that read long bodies (bpadmin.web.server.application.LONG_BODIES) one person can hold this many.
EACH = 4
STRANGER = "Sign in first: nothing of this size is taken from strangers."
BUSY = "You are sending {count} files already. Wait until one of them has arrived, then send this one again."
NO_FILES = "This page takes no files."
TAKES_FILES = "takes_files"
TAKES_BODIES = "takes_bodies_of"

Refusal = Callable[..., HttpResponseBase | None]
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponseBase])


def takes_files(view: ViewT) -> ViewT:
    """Let a view receive files; every other one refuses them before their first byte. Stands below `tenant_view`."""
    setattr(view, TAKES_FILES, True)
    return view


def takes_bodies_of(most: int, refusal: Refusal) -> Callable[[ViewT], ViewT]:
    """Let a view receive up to `most` bytes from whoever `refusal` has no answer for, signed in or not.

    It is asked with what the view gets, before the first byte of a long body is read; the view asks it for short ones.
    """

    def decorate(view: ViewT) -> ViewT:
        setattr(view, TAKES_BODIES, (most, refusal))
        return view

    return decorate


class NoFiles(FileUploadHandler):
    """Refuse the first file of a form, before anything of it is read."""

    def new_file(self, *args: Any, **kwargs: Any) -> Never:
        """Refuse it; Django answers with 400."""
        raise RequestDataTooBig(NO_FILES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Never:
        """Nothing comes here."""
        raise RequestDataTooBig(NO_FILES)

    def file_complete(self, file_size: int) -> Never:
        """Nothing comes here."""
        raise RequestDataTooBig(NO_FILES)


class BodyGate:
    """Middleware: answer before the first byte of a long body is read, unless its sender may send it.

    No middleware before it reads a body; form tokens are looked for when all of them have passed a request on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._lock = threading.Lock()
        self._sending: Counter[int] = Counter()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on what is short, and what somebody sends who has signed in and does not send too much at a time."""
        length = body_length(request)
        if not length:
            return self.get_response(request)
        if (taken := _bodies_taken(request)) is not None:
            most, refusal = taken
            if length > most:
                return JsonResponse({"problem": f"At most {most:,} bytes are taken here."}, status=413)
            request.upload_handlers = [NoFiles(request)]
            if length <= FORM_BYTES:
                return self.get_response(request)
            return refusal() or self._counted(request)
        if length > FORM_BYTES and not request.user.is_authenticated:
            return self._stranger(request)
        if length > FORM_BYTES and request.path_info.startswith(SIGN_IN_PATHS):
            # Long bodies are read by other threads, where hashing would take no share of its own.
            return _refused(request, NO_FILES, 400)
        if not _takes_files(request):
            if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return _refused(request, NO_FILES, 413)
            request.upload_handlers = [NoFiles(request)]
        return self.get_response(request) if length <= FORM_BYTES else self._counted(request)

    def _counted(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on what is long, as far as its sender has not too much under way."""
        person = request.user.pk or 0
        with self._lock:
            if self._sending[person] >= EACH:
                return _refused(request, BUSY.format(count=EACH), 429)
            self._sending[person] += 1
        try:
            return self.get_response(request)
        finally:
            with self._lock:
                self._sending[person] -= 1
                if not self._sending[person]:
                    del self._sending[person]

    def _stranger(self, request: HttpRequest) -> HttpResponseBase:
        """Lead somebody whose session ended to the sign-in page, and refuse what is sent to that page itself."""
        if request.path_info.startswith(API):
            return _refused(request, "Send a token that works before anything of this size is taken.", 401)
        if request.path == resolve_url(settings.LOGIN_URL):
            return _refused(request, STRANGER, 413)
        return sign_in_first(request) or HttpResponseRedirect("/")  # type: ignore[arg-type]


def _takes_files(request: HttpRequest) -> bool:
    try:
        return bool(getattr(resolve(request.path_info).func, TAKES_FILES, False))
    except Http404:
        return False


def _bodies_taken(request: HttpRequest) -> tuple[int, Callable[[], HttpResponseBase | None]] | None:
    """Return how much a view takes from whom it knows by the address, and who answers others; None where it is none."""
    try:
        found = resolve(request.path_info)
    except Http404:
        return None
    said: tuple[int, Refusal] | None = getattr(found.func, TAKES_BODIES, None)
    return None if said is None else (said[0], partial(said[1], request, *found.args, **found.kwargs))


def body_length(request: HttpRequest) -> int:
    """Return how many bytes a request says it brings."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _refused(request: HttpRequest, words: str, status: int) -> HttpResponse:
    if request.headers.get("Accept") == "application/json" or request.path_info.startswith(API):
        return JsonResponse({"problem": words}, status=status)
    return render(request, "errors/refused.html", {"words": words}, status=status)
