"""The pages of feeds: where files come from, what came of each, and what is held back until somebody decides."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.models import CatalogueCampaign
from bpadmin.dialler.types import Actor
from bpadmin.feeds.forms import DecideForm, FeedForm, ReasonForm
from bpadmin.feeds.models import Feed, FeedRun, FeedRunState
from bpadmin.feeds.runs import decisions
from bpadmin.feeds.runs.approvals import approvals_of
from bpadmin.feeds.schedule import cost_of, feed_moments, tenant_cost, when_words
from bpadmin.feeds.services import (
    FeedAsked,
    FeedRefused,
    FeedWish,
    feed_add,
    feed_change,
    feed_hold,
    feed_release,
    feed_remove,
    feeds_of,
    runs_of,
)
from bpadmin.feeds.sources import source_of, sources
from bpadmin.feeds.sources.base import Source
from bpadmin.feeds.targets import FeedTarget, target_of, targets
from bpadmin.feeds.tasks import run_ask_ring
from bpadmin.plans.models import HolidayCalendar
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Role, Tenant

NEEDS = Capability.RECORDS_ADD
MOST_RUNS = 50
MOST_NAMES = 500
AHEAD = 5


@require_safe
@tenant_view(needs=NEEDS)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the feeds, and what waits for somebody."""
    runs = runs_of(tenant=tenant).filter(is_dry=False)
    waiting = runs.filter(state__in=[FeedRunState.HELD, FeedRunState.MISSING])[:MOST_RUNS]
    newest: dict[int, FeedRun] = {}
    feeds = list(feeds_of(tenant=tenant))
    for feed in feeds:
        if last := runs.filter(feed=feed).first():
            newest[feed.pk] = last
    shown = [(feed, source_of(feed.source), when_words(feed), newest.get(feed.pk)) for feed in feeds]
    # Below what changes by itself: polls need not reckon it.
    cost = tenant_cost(tenant=tenant, now=timezone.now()) if feeds and not request.htmx else None
    return render(request, "feeds/index.html", {"feeds": shown, "waiting": waiting, "cost": cost})


@require_safe
@tenant_view(needs=NEEDS)
def detail(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Show one feed: where its files come from and when, and what came of them."""
    feed = _feed(tenant, pk)
    source, target, zone, now = source_of(feed.source), target_of(feed.target), ZoneInfo(feed.time_zone), timezone.now()
    ahead = islice(feed_moments(feed, after=now), AHEAD) if feed.is_on else ()
    context = {
        "feed": feed,
        "source": source,
        "where": source.words(feed.address) if source else feed.source,
        "target": target,
        "target_url": target.url(feed) if target else "",
        "words": target.words(feed) if target else feed.target_name,
        "when": when_words(feed),
        "ahead": [(moment.at.astimezone(zone).strftime("%a %-d %b %Y, %H:%M %Z"), moment.note) for moment in ahead],
        "runs": runs_of(tenant=tenant).filter(feed=feed)[:MOST_RUNS],
        "reason_form": ReasonForm(),
        "cost": cost_of(feed, now=now),
    }
    return render(request, "feeds/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, needs=NEEDS)
def new(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Choose where files come from and what they go into, then say the rest."""
    offered = [each for each in targets() if each.needs in capabilities_known(tenant)]
    source = source_of(request.GET.get("source", ""))
    target = next((each for each in offered if each.key == request.GET.get("target")), None)
    if source is None or target is None:
        return render(request, "feeds/kinds.html", {"sources": sources(), "targets": offered})
    today = datetime.now(ZoneInfo(tenant.time_zone)).date()
    initial = {"first_day": today, "time_zone": tenant.time_zone, "target_name": request.GET.get("list", "")[:400]}
    return _form_page(request, tenant, source, target, initial=initial)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, needs=NEEDS)
def edit(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Change a feed."""
    feed = _feed(tenant, pk)
    source, target = source_of(feed.source), target_of(feed.target)
    if source is None or target is None:
        messages.error(request, "This feed's kind is not offered any more. Remove it.")
        return redirect("feeds:detail", slug=tenant.slug, pk=pk)
    return _form_page(request, tenant, source, target, feed=feed)


def _form_page(
    request: TenantRequest,
    tenant: Tenant,
    source: Source,
    target: FeedTarget,
    *,
    feed: Feed | None = None,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    said = request.POST if request.method == "POST" else None
    calendars = HolidayCalendar.objects.filter(tenant=tenant)
    form = FeedForm(
        said, source=source, target=target, tenant=tenant, calendars=calendars, feed=feed, initial=initial or {}
    )
    if said is not None and form.is_valid() and (saved := _saved(request, tenant, form, feed)):
        messages.success(request, f"“{saved.name}” takes files {when_words(saved)}.")
        return redirect("feeds:detail", slug=tenant.slug, pk=saved.pk)
    campaigns = CatalogueCampaign.objects.filter(tenant=tenant).order_by("name_key").values_list("name", flat=True)
    context: dict[str, Any] = {"form": form, "feed": feed, "source": source, "target": target}
    context["list_names"] = target.names(tenant)[:MOST_NAMES]
    return render(request, "feeds/edit.html", {**context, "campaign_names": campaigns[:MOST_NAMES]})


def _saved(request: TenantRequest, tenant: Tenant, form: FeedForm, feed: Feed | None) -> Feed | None:
    actor = Actor(request.user)
    wish: FeedWish = form.wish()
    try:
        return (
            feed_change(feed=feed, wish=wish, actor=actor) if feed else feed_add(tenant=tenant, wish=wish, actor=actor)
        )
    except FeedRefused as refused:
        form.refuse(str(refused), refused.field)
    except (LookupRefused, PlatformError) as refused:
        form.refuse(str(refused), "target_name")
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def ask(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Have the newest file taken now, or looked at without sending anything."""
    feed = _feed(tenant, pk)
    if request.method != "POST":
        target = target_of(feed.target)
        return render(request, "feeds/ask.html", {"feed": feed, "words": target.words(feed) if target else ""})
    try:
        made = run_ask_ring(feed=feed, actor=Actor(request.user), is_dry="dry" in request.POST)
    except FeedRefused as refused:
        messages.error(request, str(refused))
        return redirect("feeds:detail", slug=tenant.slug, pk=pk)
    return redirect("feeds:run", slug=tenant.slug, pk=made.pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def hold(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Keep a feed from looking for files."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _done(request, tenant, pk, lambda feed: feed_hold(feed=feed, reason=reason, actor=Actor(request.user)))


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def release(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Let a feed look for files again."""
    return _done(request, tenant, pk, lambda feed: feed_release(feed=feed, actor=Actor(request.user)))


def _done(request: TenantRequest, tenant: Tenant, pk: int, service: Any) -> HttpResponse:
    try:
        feed = service(_feed(tenant, pk))
        messages.success(request, f"“{feed.name}” is {feed.get_state_display().lower()}.")
    except FeedRefused as refused:
        messages.error(request, str(refused))
    return redirect("feeds:detail", slug=tenant.slug, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, needs=NEEDS)
def remove(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Remove a feed."""
    feed = _feed(tenant, pk)
    if request.method != "POST":
        return render(request, "feeds/remove.html", {"feed": feed})
    feed_remove(feed=feed, actor=Actor(request.user))
    messages.success(request, f"“{feed.name}” is removed.")
    return redirect("feeds:index", slug=tenant.slug)


@require_safe
@tenant_view(needs=NEEDS)
def run(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Show one file of a feed: what stood out, the old beside the new, and what came of it."""
    found = _run(tenant, pk)
    form = DecideForm(target=target_of(found.feed.target), choices=decisions.choices_of(found))
    return _run_page(request, found, form)


def _run_page(request: TenantRequest, found: FeedRun, form: DecideForm) -> HttpResponse:
    context = {
        "run": found,
        "feed": found.feed,
        "findings": decisions.findings_of(found),
        "form": form,
        "reason_form": ReasonForm(),
        "asked": approvals_of(found.tenant, [found]).get(found.pk) if found.is_held else None,
        "is_decidable": found.state in (FeedRunState.HELD, FeedRunState.MISSING),
    }
    return render(request, "feeds/run.html", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def run_release(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Have a file sent that was held back."""
    found = _run(tenant, pk)
    form = DecideForm(request.POST, target=target_of(found.feed.target), choices=decisions.choices_of(found))
    answers = form.answers() if form.is_valid() else {}
    try:
        done = decisions.run_release(run=found, actor=Actor(request.user), answers=answers)
        level = messages.WARNING if done.is_held else messages.SUCCESS
        words = done.sentence if done.is_held else f"{done.file_name} is released."
        messages.add_message(request, level, words)
    except FeedAsked as asked:
        messages.warning(request, str(asked))
    except FeedRefused as refused:
        messages.error(request, str(refused))
    return redirect("feeds:run", slug=tenant.slug, pk=pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def run_refuse(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Say that a file is not to be sent, or not awaited any more."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        decisions.run_refuse(run=_run(tenant, pk), actor=Actor(request.user), reason=reason)
        messages.success(request, "It is refused; what was sent before stays as it is.")
    except FeedRefused as refused:
        messages.error(request, str(refused))
    return redirect("feeds:run", slug=tenant.slug, pk=pk)


def _feed(tenant: Tenant, pk: int) -> Feed:
    return get_object_or_404(feeds_of(tenant=tenant), pk=pk)


def _run(tenant: Tenant, pk: int) -> FeedRun:
    return get_object_or_404(runs_of(tenant=tenant), pk=pk)
