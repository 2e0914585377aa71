"""The frame's words and marks: badges, numbers, ages, icons, form fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from bpadmin.counts import percent_words
from bpadmin.tenants.limits import CAMPAIGNS, LISTS, OPEN

register = template.Library()

# Value as stored -> (colour, words). Campaign states come in capitals and job states in lower case, so that a running
# campaign (people are being called) does not look like a running job (something will end).
STATES: Mapping[str, tuple[str, str]] = {
    "RUNNING": ("running", "Running"),
    "STOPPED": ("stopped", "Stopped"),
    "UNKNOWN": ("warn", "Unknown"),
    "draft": ("neutral", "Draft"),
    "preparing": ("busy", "Checking"),
    "ready": ("warn", "Ready to send"),
    "queued": ("busy", "Queued"),
    "running": ("busy", "Running"),
    "paused": ("warn", "Paused"),
    "succeeded": ("ok", "Succeeded"),
    "partial": ("warn", "Partly done"),
    "failed": ("bad", "Failed"),
    "errored": ("bad", "Stopped by an error of ours"),
    "cancelled": ("neutral", "Cancelled"),
    "in_flight": ("busy", "In flight"),
    "uncertain": ("warn", "Uncertain"),
    "ask": ("warn", "Needs a decision"),
    "asked": ("warn", "Asked, outcome unknown"),
    "done": ("ok", "Done"),
    "refused": ("bad", "Refused"),
    "unknown": ("warn", "Outcome unknown"),
    "processing": ("busy", "Processing"),
    "complete": ("ok", "Complete"),
    "active": ("ok", "On"),
    "shadow": ("busy", "Trial"),
    "held": ("warn", "Held"),
    "ended": ("neutral", "Ended"),
    "pending": ("busy", "Due"),
    "at_work": ("busy", "At work"),
    "waiting": ("busy", "Waiting"),
    "nothing": ("warn", "Did nothing"),
    "missed": ("warn", "Missed"),
    "would": ("neutral", "Would have acted"),
    "replaced": ("neutral", "Not made up"),
    "feed_asked": ("busy", "Asked for"),
    "feed_found": ("busy", "Found"),
    "feed_fetching": ("busy", "Being fetched"),
    "feed_checking": ("busy", "Being checked"),
    "feed_held": ("warn", "Held back"),
    "feed_released": ("busy", "Released"),
    "feed_sent": ("ok", "Sent"),
    "feed_refused": ("neutral", "Refused"),
    "feed_failed": ("bad", "Failed"),
    "feed_missing": ("bad", "Not there"),
    "feed_would": ("neutral", "Dry run"),
    "True": ("ok", "Enabled"),
    "False": ("stopped", "Disabled"),
    "None": ("neutral", "Not told"),
}


@register.simple_tag
def state_badge(value: object, words: str = "") -> SafeString:
    """Show a state (campaign, job, chunk, outcome, or a bool for enabled) in colour and words."""
    colour, usual_words = STATES.get(str(value), ("neutral", str(getattr(value, "label", value))))
    return format_html('<span class="badge badge--{}">{}</span>', colour, words or usual_words)


@register.simple_tag
def icon(name: str, css_class: str = "icon") -> SafeString:
    """Draw the symbol of static/icons.svg with this name; words beside it carry the meaning, so readers skip it.

    KeyError where there is no such symbol.
    """
    if name not in _symbols():
        raise KeyError(f"static/icons.svg has no symbol {name!r}")
    # Thirty drawings in each page were a tenth of its bytes; a browser fetches the file once.
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css_class, static("icons.svg"), name
    )


@cache
def _symbols() -> frozenset[str]:
    """Return the names of the symbols there are."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static/icons.svg").read_text("utf-8")))


@register.filter
def opens(request: Any, name: str) -> bool:
    """Return whether the person of a request may open an address at all: somebody who is limited may open some only."""
    return getattr(request, "limit", None) is None or name in OPEN


@register.filter
def opens_campaign(request: Any, campaign_id: str) -> bool:
    """Return whether the person of a request may open this campaign's pages."""
    limit = getattr(request, "limit", None)
    return limit is None or limit.holds(CAMPAIGNS, str(campaign_id))


@register.filter
def opens_list(request: Any, list_id: str) -> bool:
    """Return whether the person of a request may open this calling list's pages."""
    limit = getattr(request, "limit", None)
    return limit is None or limit.holds(LISTS, str(list_id))


@register.filter
def number(value: float | str | None) -> str:
    """Write a count with thousands apart; an unknown one is a dash."""
    if value is None or value == "":
        return "–"
    return f"{value:,.0f}" if isinstance(value, float) else f"{int(value):,}"


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    """Write a share in percent; one that is not known is a dash."""
    return percent_words(value, places)


@register.filter
def duration(seconds: float | None) -> str:
    """Write seconds as a person would say them: 42 s, 3 min 20 s, 2 h 5 min, 3 days."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """Say how long ago something was; the exact time is in the tooltip and for machines."""
    if moment is None:
        return mark_safe("–")
    seconds = (timezone.now() - moment).total_seconds()
    return time_shown(
        moment, "just now" if seconds < 5 else f"{duration(seconds)} ago", timezone.get_current_timezone()
    )


@register.filter
def local(moment: datetime | None, place: Any = None) -> SafeString:
    """Write a moment in the time zone of a tenant (or of the page when none is given)."""
    if moment is None:
        return mark_safe("–")
    zone = ZoneInfo(place.time_zone) if place is not None else timezone.get_current_timezone()
    return time_shown(moment, f"{moment.astimezone(zone):%-d %b %Y, %H:%M}", zone)


def time_shown(moment: datetime, words: str, zone: tzinfo) -> SafeString:
    """Write a moment in words; the exact time, there and in UTC, is in the tooltip and for machines."""
    there, utc = moment.astimezone(zone), moment.astimezone(UTC)
    exact = f"{there:%Y-%m-%d %H:%M:%S %Z}"
    if there.utcoffset():
        exact = f"{exact} · {utc:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), exact, words)


@register.inclusion_tag("components/_field.html")
def field(bound: BoundField, label: str = "") -> dict[str, Any]:
    """Show one form field with its label, help and errors, tied together for screen readers."""
    notes = [name for name, is_shown in (("help", bound.help_text), ("error", bound.errors)) if is_shown]
    attributes: dict[str, str | bool] = {}
    if notes:
        attributes["aria-describedby"] = " ".join(f"{bound.id_for_label}_{name}" for name in notes)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "bound": bound,
        "label": label or bound.label,
        "control": bound.as_widget(attrs=attributes),
        "is_check": isinstance(bound.field.widget, CheckboxInput),
    }


@register.inclusion_tag("components/_paging.html", takes_context=True)
def paging(
    context: template.Context, page: Page[Any], what: str = "", anchor: str = "", name: str = "page"
) -> dict[str, Any]:
    """Link the neighbours of a Django page, keeping the query string; `what` names the things counted.

    `anchor` is the id of the table, where it is not what the page begins with; `name` is what the query calls its page.
    """
    place = f"#{anchor}" if anchor else ""

    def address(page_number: int) -> str:
        query = context["request"].GET.copy()
        query[name] = str(page_number)
        return f"?{query.urlencode()}{place}"

    total = page.paginator.count
    summary = f"{page.start_index():,}–{page.end_index():,} of {total:,} {what}".strip() if total else ""
    return {
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
        "summary": summary,
    }


# What turns the reading direction of all that follows, or is not seen at all. Marks that a single letter of Arabic or
# Hebrew needs (LRM, RLM, joiners) are left as they are.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")


@register.filter
def foreign(text: Any) -> SafeString:
    """Write a name from elsewhere by itself: it turns nothing around it, and its control characters are seen."""
    return format_html("<bdi>{}</bdi>", controls_shown(str(text)))


def controls_shown(text: str) -> SafeString:
    """Return a text whose control characters stand as their numbers."""
    if not _CONTROLS.search(text):
        return conditional_escape(text)
    return mark_safe(  # noqa: S308 - both halves are escaped
        _CONTROLS.sub(
            lambda found: f'<span class="control">U+{ord(found[0]):04X}</span>', str(conditional_escape(text))
        )
    )


def _control(found: re.Match[str]) -> str:
    return f'<span class="control">U+{ord(found[0]):04X}</span>'
