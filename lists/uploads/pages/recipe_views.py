"""The recipes of a list, on its page: exported, imported, renamed, deleted; and what was said last kept as one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from bpadmin.dialler.catalogue import list_read
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.conversion.recipe_store import (
    RecipeRefused,
    mapping_content,
    mapping_forget,
    recipe_delete,
    recipe_import,
    recipe_rename,
    recipe_save,
)
from bpadmin.uploads.conversion.recipes import MOST_BYTES, recipe_written
from bpadmin.uploads.models import Recipe, SavedMapping
from bpadmin.web.server.gate import takes_files


@require_safe
@tenant_view(needs=Capability.LISTS_READ)
def export(request: TenantRequest, tenant: Tenant, recipe_id: int) -> HttpResponse:
    """Return a recipe as JSON."""
    recipe = get_object_or_404(Recipe, tenant=tenant, pk=recipe_id)
    text = recipe_written(name=recipe.name, list_name=_name(tenant, recipe.list_id), content=recipe.content)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{slugify(recipe.name) or "recipe"}.json"'
    return response


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
@takes_files
def recipe_take(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Take a recipe in from a file."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise RecipeRefused("Choose the file of a recipe first.")
        recipe = recipe_import(
            tenant=tenant,
            list_id=list_id,
            text=file.read(MOST_BYTES + 1),
            list_name=_name(tenant, list_id),
            actor_name=request.user.get_username(),
        )
        messages.success(request, f"The recipe “{recipe.name}” is taken in.")
    except RecipeRefused as refused:
        messages.error(request, f"The recipe was not taken in. {refused}")
    return _list(tenant, list_id)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def rename(request: TenantRequest, tenant: Tenant, recipe_id: int) -> HttpResponse:
    """Return a recipe another name."""
    recipe = get_object_or_404(Recipe, tenant=tenant, pk=recipe_id)
    try:
        recipe_rename(
            recipe=recipe,
            name=request.POST.get("name", ""),
            list_name=_name(tenant, recipe.list_id),
            actor_name=request.user.get_username(),
        )
        messages.success(request, f"The recipe is named “{recipe.name}” now.")
    except RecipeRefused as refused:
        messages.error(request, str(refused))
    return _list(tenant, recipe.list_id)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def delete(request: TenantRequest, tenant: Tenant, recipe_id: int) -> HttpResponse:
    """Forget a recipe."""
    recipe = get_object_or_404(Recipe, tenant=tenant, pk=recipe_id)
    recipe_delete(recipe=recipe, list_name=_name(tenant, recipe.list_id), actor_name=request.user.get_username())
    messages.success(request, f"The recipe “{recipe.name}” is deleted. Jobs that used it keep what was done.")
    return _list(tenant, recipe.list_id)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def kept(request: TenantRequest, tenant: Tenant, kept_id: int) -> HttpResponse:
    """Keep what was said last of a file's columns as a recipe, or forget it."""
    found = get_object_or_404(SavedMapping, tenant=tenant, pk=kept_id)
    who = {"list_name": _name(tenant, found.list_id), "actor_name": request.user.get_username()}
    try:
        if request.POST.get("act") == "forget":
            mapping_forget(kept=found, **who)
            messages.success(request, "Forgotten: the columns of the next such file are suggested anew.")
        else:
            name, content = request.POST.get("name", ""), mapping_content(found)
            recipe = recipe_save(
                tenant=tenant, list_id=found.list_id, name=name, content=content, replaces=False, **who
            )
            messages.success(request, f"The recipe “{recipe.name}” is kept.")
    except RecipeRefused as refused:
        messages.error(request, str(refused))
    return _list(tenant, found.list_id)


def _name(tenant: Tenant, list_id: str) -> str:
    found = list_read(tenant, list_id).value
    return found.name if found else list_id


def _list(tenant: Tenant, list_id: str) -> HttpResponse:
    return redirect("lists:detail", slug=tenant.slug, list_id=list_id)
