"""An upload by a script: taken in, told apart by a recipe, checked."""

from __future__ import annotations

from contextlib import suppress

from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove, job_cancel
from bpadmin.platforms.types import CallingList
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.tabular.readers import READ_SECONDS
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.arguments import ALL, ArgumentRefused, encoding_check
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_named, recipes_of
from bpadmin.uploads.conversion.recipes import recipe_apply
from bpadmin.uploads.files import UploadRefused, reading_keep
from bpadmin.uploads.first_look import is_unread
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.models import UploadMode
from bpadmin.uploads.request_files import Received
from bpadmin.uploads.wizard import file_read, prepare_small
from lists.uploads.target.place import target_title
from lists.uploads.unattended import upload_configure_unattended
from lists.uploads.wizard import UploadTarget, file_take, rules_before


def upload_take(
    *,
    tenant: Tenant,
    calling_list: CallingList,
    received: Received,
    actor: Actor,
    recipe: str,
    mode: str,
    again: bool,
    leave_out_blocked: bool,
    part: str = "",
) -> Job:
    """Take a file in and begin its check; a small one is checked at once. What is refused leaves no job behind.

    Raises UploadRefused, ArgumentRefused, RecipeRefused, NotUnderstood.
    """
    if mode not in UploadMode.values:
        raise UploadRefused(f"There is no mode “{mode}”: {', '.join(UploadMode.values)}.")
    content = _recipe(tenant, calling_list, recipe) if recipe else None
    if actor.user is None:
        raise UploadRefused("An upload belongs to a person.")
    target = UploadTarget(
        tenant=tenant, list_id=calling_list.id, list_name=target_title(tenant, calling_list.id, calling_list.name)
    )
    job = file_take(target=target, received=received, owner=actor.user, seconds=READ_SECONDS)
    try:
        if is_unread(job):
            raise UploadRefused("Reading this file takes too long for one request. Upload it on the page of its list.")
        inspection = _part_read(job, part)
        encoding_check(inspection)
        header = inspection.header
        upload_configure_unattended(
            job=job,
            calling_list=calling_list,
            inspection=inspection,
            before=rules_before(job=job, header=header) if content is None else recipe_apply(content, header),
            mode=mode,
            again=again,
            leave_out_blocked=leave_out_blocked or None,
            check=True,
            actor_name=actor.called,
        )
    except Exception:
        with suppress(IllegalMove):
            job_cancel(job=job, actor=actor.user, actor_name=actor.called)
        raise
    prepare_small(job)
    job.refresh_from_db()
    return job


def _part_read(job: Job, said: str) -> Inspection:
    """Look at a file, at the part of it that was named. Raises UploadRefused, and ArgumentRefused where one has to be.

    Whoever reads one of several on a guess ends with "every row is in", and the others are lost.
    """
    found = file_read(job=job)
    kind = "member" if found.members else "sheet"
    names = [each.value for each in (found.members or found.sheets)]
    there = ", ".join(f"“{name}”" for name in names) or "no parts"
    said = ALL_MEMBERS if said == ALL and kind == "member" else said
    if said and said not in names:
        raise ArgumentRefused(f"part: there is no “{said}” in the file; it has {there}.")
    if said:
        found = file_read(job=job, choices={kind: said, "part_said": True})
        reading_keep(job=job, inspection=found)
        job.refresh_from_db()
    elif found.part is not None:
        raise ArgumentRefused(f"{found.part.sentence} Say which with part (all: the files of an archive as one).")
    return found


def _recipe(tenant: Tenant, calling_list: CallingList, name: str) -> dict[str, object]:
    found = recipe_named(tenant=tenant, list_id=calling_list.id, name=name)
    if found is None:
        known = ", ".join(f"“{each.name}”" for each in recipes_of(tenant=tenant, list_id=calling_list.id)) or "none"
        raise RecipeRefused(f"{calling_list.name} has no recipe “{name}”; it has {known}.")
    return dict(found.content)
