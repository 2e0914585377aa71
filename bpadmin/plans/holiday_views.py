"""The pages of holiday calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.plans.forms import CalendarForm
from bpadmin.plans.holidays import (
    LARGEST_FILE,
    HolidaysRefused,
    calendar_days,
    calendar_remove,
    calendar_save,
    days_written,
)
from bpadmin.plans.models import HolidayCalendar
from bpadmin.plans.services import calendar_changed
from bpadmin.plans.views import NEEDS
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.server.gate import takes_files

AHEAD = timedelta(days=366)
SHOWN = 12


@require_safe
@tenant_view(needs=NEEDS)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the calendars, each with its next days."""
    today = datetime.now(ZoneInfo(tenant.time_zone)).date()
    calendars = HolidayCalendar.objects.filter(tenant=tenant).prefetch_related("plans")
    shown = [(each, sorted(calendar_days(each, today, today + AHEAD).items())[:SHOWN]) for each in calendars]
    return render(request, "plans/holidays.html", {"calendars": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
@takes_files
def edit(request: TenantRequest, tenant: Tenant, pk: int = 0) -> HttpResponse:
    """Make a calendar, or change one."""
    calendar = get_object_or_404(HolidayCalendar, tenant=tenant, pk=pk) if pk else None
    initial = {"name": calendar.name, "days": days_written(calendar)} if calendar else {}
    form = CalendarForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said, file = form.cleaned_data, form.cleaned_data["file"]
        ics = file.read(LARGEST_FILE + 1) if file else (b"" if said["without_file"] else None)
        try:
            saved = calendar_save(
                tenant=tenant,
                name=said["name"],
                days=said["days"],
                ics=ics,
                ics_name=file.name[:300] if file else "",
                actor=Actor(request.user),
                calendar=calendar,
            )
        except HolidaysRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            calendar_changed(calendar=saved)
            messages.success(request, f"“{saved.name}” is kept.")
            return redirect("plans:holidays", slug=tenant.slug)
    return render(request, "plans/holidays_edit.html", {"form": form, "calendar": calendar})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def remove(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Remove a calendar on which no plan rests."""
    calendar = get_object_or_404(HolidayCalendar, tenant=tenant, pk=pk)
    try:
        calendar_remove(calendar=calendar, actor=Actor(request.user))
        messages.success(request, f"“{calendar.name}” is removed.")
    except HolidaysRefused as refused:
        messages.error(request, str(refused))
    return redirect("plans:holidays", slug=tenant.slug)
