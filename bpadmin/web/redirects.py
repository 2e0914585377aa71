"""Where to go: after an act back to the page it was asked from, and from an address of before to that of now."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back_url(request: HttpRequest, default: str) -> str:
    """Return the address in `next` (of the form, else of the query string) if it is one of ours, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # What is no path, `redirect` would take for the name of a view.
    is_path = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_path else default


def moved(request: HttpRequest, slug: str, name: str | None, gone: Http404) -> HttpResponseRedirect:
    """Lead on from a word of ours that stood where ids stand, before it had an address of its own.

    Call it where no such id was found: `name` is the page of the word, None for no word; then `gone` is raised.
    """
    if name is None:
        raise gone
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{reverse(name, args=[slug])}{'?' if query else ''}{query}")
