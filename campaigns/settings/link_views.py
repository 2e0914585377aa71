"""The pages of link groups: campaigns that follow one another."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_read
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from campaigns.settings.forms import GroupForm, LinkForm
from campaigns.settings.link_groups import (
    RESETS,
    campaign_link,
    campaign_unlink,
    link_group_create,
    link_group_delete,
    link_groups_read,
)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=Capability.LINK_GROUPS)
def groups(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the link groups with their campaigns in order, and make one."""
    form = GroupForm(request.POST or None)
    if request.method == "POST" and request.role.covers(Role.SUPERVISOR) and form.is_valid():
        act = link_group_create(tenant=tenant, name=form.cleaned_data["name"].strip(), actor=Actor(request.user))
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("campaigns:link_groups", slug=tenant.slug)
        form.add_error("name", act.sentence)
    snapshot = link_groups_read(tenant)
    return render(request, "campaigns/settings/link_groups.html", {"form": form, "snapshot": snapshot})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.LINK_GROUPS)
def delete(request: TenantRequest, tenant: Tenant, group_id: str) -> HttpResponse:
    """Delete an empty link group."""
    group = next((each for each in link_groups_read(tenant).value or () if each.id == group_id), None)
    if group is None:
        raise Http404("There is no such link group any more.")
    tell(request, link_group_delete(tenant=tenant, group=group, actor=Actor(request.user)))
    return redirect("campaigns:link_groups", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LINK_GROUPS)
def link(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Say what linking resets, and put a campaign into a group or take it out."""
    read, snapshot = campaign_read(tenant, campaign_id), link_groups_read(tenant)
    campaign, known = read.value, snapshot.value or ()
    if read.has_value and campaign is None and not read.error:
        raise Http404("The dialler knows no such campaign.")
    held = next((group for group in known if campaign_id in dict(group.campaigns or ())), None)
    form = LinkForm(request.POST if "group" in request.POST else None, groups=known, campaign_id=campaign_id)
    actor = Actor(request.user)
    if request.method == "POST" and campaign and held and "unlink" in request.POST:
        tell(request, campaign_unlink(tenant=tenant, campaign=campaign, group=held, actor=actor))
        return redirect("campaigns:link", slug=tenant.slug, campaign_id=campaign_id)
    if request.method == "POST" and campaign and form.is_valid():
        group, after = form.by_id[form.cleaned_data["group"]], form.cleaned_data["after"]
        tell(request, campaign_link(tenant=tenant, campaign=campaign, group=group, after_id=after, actor=actor))
        return redirect("campaigns:link", slug=tenant.slug, campaign_id=campaign_id)
    context = {"campaign": campaign, "campaign_id": campaign_id, "form": form, "held": held, "snapshot": snapshot}
    return render(request, "campaigns/settings/link.html", {**context, "resets": RESETS, "part": "link"})
