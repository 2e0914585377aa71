"""Words that templates need of results."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from bpadmin.tenants.models import Tenant
from bpadmin.tenants.templatetags.ui import time_shown

register = template.Library()


@register.filter
def soon(moment: datetime | None, tenant: Tenant) -> SafeString | str:
    """Write a moment to come as briefly as it is clear: the time alone today, with its day this week, else the day."""
    if moment is None:
        return "–"
    zone = ZoneInfo(tenant.time_zone)
    there, now = moment.astimezone(zone), timezone.now().astimezone(zone)
    days = (there.date() - now.date()).days
    words = f"{there:%H:%M}" if days == 0 else f"{there:%a %H:%M}" if 0 < days < 7 else f"{there:%-d %b}"
    return time_shown(moment, words, zone)
