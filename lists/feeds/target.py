"""Feeds into calling lists: the job, the recipe, the check and the questions of any upload into one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import orjson

from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.types import Actor
from bpadmin.feeds.reading import file_inspected, records_spooled
from bpadmin.feeds.targets import Aim, Asked, Choice, FeedTarget, TargetRefused
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import DOUBLE_ENCODING_LABELS, DOUBLES_LABELS, ORDER_LABELS, UNDO, NotUnderstood
from bpadmin.jobs.services import StaleForm, job_confirm
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.record_rules.dates import DMY, MDY
from bpadmin.tabular.encoding.guess import ENCODINGS
from bpadmin.tabular.encoding.names import encoding_label
from bpadmin.uploads.arguments import ArgumentRefused
from bpadmin.uploads.checking.questions import questions_of
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_find
from bpadmin.uploads.conversion.recipes import Applied, recipe_apply
from bpadmin.uploads.files import UploadRefused, upload_create
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.models import UploadMode
from lists.feeds.live import live_uploads, numbers_of
from lists.kinds import LIST_UPLOAD
from lists.uploads.modes import job_keys
from lists.uploads.target.place import list_names_known, target_find, target_title, target_url
from lists.uploads.unattended import upload_configure_unattended
from lists.uploads.wizard import rules_before

if TYPE_CHECKING:
    from bpadmin.feeds.models import Feed
    from bpadmin.tenants.models import Tenant

LEAVE_OUT, ASK = "leave_out", "ask"
ANY = ("", "Found out, or a person is asked")


class ListTarget(FeedTarget):
    """Rows into a calling list, or into what the platform has in its place."""

    key = "list"
    label = "Into a calling list, or a campaign where there are no lists"
    needs = Capability.RECORDS_ADD
    then = ("list.enable", "list.bind")
    choices = (
        Choice("mode", "What is done with rows", tuple(UploadMode.choices), default=UploadMode.ADD.value),
        Choice(
            "recipe",
            "Recipe",
            help="A recipe of the list, by name. Left empty: columns as in the last file with the same header.",
        ),
        Choice(
            "blocked",
            "Rows on a Do Not Call list",
            ((LEAVE_OUT, "Leave them out"), (ASK, "Hold the file back and ask")),
            default=LEAVE_OUT,
        ),
        Choice("doubles", "Rows with the same key", (("", "As usual"), *DOUBLES_LABELS.items())),
        Choice("double_encoding", "Texts encoded twice", (ANY, (UNDO, DOUBLE_ENCODING_LABELS[UNDO]))),
        Choice("date_order", "Dates", (ANY, (DMY, ORDER_LABELS[DMY]), (MDY, ORDER_LABELS[MDY]))),
        Choice("encoding", "Encoding", (ANY, *((name, encoding_label(name)) for name in ENCODINGS))),
    )

    def choices_of(self, tenant: Tenant) -> tuple[Choice, ...]:
        """Return the choices, of the modes those that the platform has."""
        ways = REGISTRY[tenant.platform].uploads.ways
        modes = tuple((value, label) for value, label in UploadMode.choices if not ways or value in ways)
        return tuple(replace(each, values=modes) if each.name == "mode" else each for each in self.choices)

    def names(self, tenant: Tenant) -> list[str]:
        """Return the lists' names as far as they are known."""
        return list_names_known(tenant)

    def aim(self, tenant: Tenant, *, name: str, options: Mapping[str, str]) -> Aim:
        """Find the list and its recipe."""
        found = target_find(tenant=tenant, name_or_id=name)
        kept = {each.name: options.get(each.name, "") or each.default for each in self.choices}
        mode, terms = kept["mode"], REGISTRY[tenant.platform].uploads
        if mode not in UploadMode.values or (terms.ways and mode not in terms.ways):
            ways = ", ".join(terms.ways or UploadMode.values)
            raise TargetRefused(f"Rows cannot go in by “{mode}” here. There is {ways}.", "mode")
        for each in self.choices:
            if each.values and kept[each.name] not in dict(each.values):
                raise TargetRefused(f"{each.label}: “{kept[each.name]}” is none of the choices.", each.name)
        if kept["recipe"]:
            try:
                kept["recipe"] = recipe_find(tenant=tenant, list_id=found.id, name=kept["recipe"]).name
            except RecipeRefused as refused:
                raise TargetRefused(str(refused), "recipe") from refused
        return Aim(found.id, target_title(tenant, found.id, found.name), kept)

    def url(self, feed: Feed) -> str:
        """Return the list's page."""
        return target_url(feed.tenant, feed.target_id)

    def words(self, feed: Feed) -> str:
        """Say how rows go into the list."""
        label = UploadMode(feed.option("mode", UploadMode.ADD)).label
        recipe = f", by the recipe “{feed.option('recipe')}”" if feed.option("recipe") else ""
        return f"“{feed.target_name}”: {label[0].lower()}{label[1:]}{recipe}"

    def take(self, feed: Feed, *, file_name: str, stream: BinaryIO, actor: Actor) -> Job:
        """Store the file as any upload."""
        try:
            return upload_create(
                tenant=feed.tenant,
                kind=LIST_UPLOAD,
                list_id=feed.target_id,
                list_name=feed.target_name,
                file_name=file_name,
                stream=stream,
                owner=actor.user,
                owner_name=actor.called,
            )
        except UploadRefused as refused:
            raise TargetRefused(str(refused)) from refused

    def configure(self, feed: Feed, job: Job, *, answers: Mapping[str, str], actor: Actor) -> None:
        """Read the file, take the recipe to it, and keep what the feed says."""
        said = {**feed.options, **answers}
        inspection = file_inspected(job, said.get("encoding", ""), actor)
        try:
            upload_configure_unattended(
                job=job,
                calling_list=target_find(tenant=feed.tenant, name_or_id=feed.target_id),
                inspection=inspection,
                before=self._rules(feed, job, inspection),
                mode=said.get("mode") or UploadMode.ADD.value,
                leave_out_blocked=said.get("blocked", LEAVE_OUT) == LEAVE_OUT,
                doubles=said.get("doubles") or None,
                date_order=said.get("date_order") or None,
                double_encoding=said.get("double_encoding") or None,
                # Whether it came before is asked by a guard, with the file that it equals.
                again=True,
                actor_name=actor.called,
            )
        except (ArgumentRefused, UploadRefused, StaleForm) as refused:
            raise TargetRefused(str(refused)) from refused

    def _rules(self, feed: Feed, job: Job, inspection: Inspection) -> Applied:
        name = feed.option("recipe")
        try:
            if not name:
                return rules_before(job=job, header=inspection.header)
            content = recipe_find(tenant=feed.tenant, list_id=feed.target_id, name=name).content
            return recipe_apply(content, inspection.header)
        except RecipeRefused as refused:
            raise TargetRefused(str(refused)) from refused
        except NotUnderstood as error:
            raise TargetRefused(str(error), guard="header") from error

    def questions(self, feed: Feed, job: Job) -> list[Asked]:
        """Return what the check asks."""
        return [Asked(each.name, each.sentence, "date_order" if each.is_choice else "") for each in questions_of(job)]

    def send(self, feed: Feed, job: Job, *, accepted: Collection[str], actor: Actor) -> Job:
        """Confirm the job, as the page of its check does."""
        if left := [each for each in questions_of(job) if each.is_choice or each.name not in accepted]:
            raise TargetRefused(" ".join(each.sentence for each in left))
        if not job.n_not_sent:
            raise TargetRefused("No row can be sent, so the list was left as it is.")
        job_confirm(job=job, actor=actor.user, actor_name=actor.called)
        lists_forget(tenant=job.tenant, list_id=job.target_id)
        return job

    def keys(self, job: Job) -> Iterator[bytes]:
        """Yield the values of the key fields, of a list without keys whole records."""
        names = [spec.name for spec in job_keys(job)]
        for record in records_spooled(job):
            yield orjson.dumps([record.get(name) for name in names] if names else record)

    def numbers(self, job: Job) -> Iterator[bytes]:
        """Yield the values of the fields with numbers, without what is written differently."""
        return numbers_of(job)

    def live_jobs(self, feed: Feed) -> list[tuple[str, Job]]:
        """Return the other lists on running campaigns with their last uploads."""
        return live_uploads(feed)
