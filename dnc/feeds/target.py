"""Feeds into Do Not Call lists: registries' files and change lists, by the services of the wizard for such files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO

from django.urls import reverse

from bpadmin.dialler.types import Actor
from bpadmin.feeds.reading import file_inspected, records_spooled
from bpadmin.feeds.targets import Aim, Asked, Choice, FeedTarget, TargetRefused
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import DOUBLE_ENCODING_LABELS, UNDO, NotUnderstood
from bpadmin.jobs.services import StaleForm
from bpadmin.platforms.base import Capability
from bpadmin.uploads.checking.questions import questions_of
from bpadmin.uploads.conversion.recipe_store import RecipeRefused, recipe_find
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.inspection import Inspection
from dnc.files.columns import UNDECIDED
from dnc.files.confirm import NO_REASON, dnc_file_confirm, lacks_reason, removal_question
from dnc.files.options import keys_options
from dnc.files.recipes import KeyChoices, dnc_recipe_apply, recipe_place
from dnc.files.replace import difference_of
from dnc.files.services import (
    dnc_columns,
    dnc_upload_configure,
    dnc_upload_create,
    dnc_upload_inspect,
    job_list,
)
from dnc.files.wizard import KINDS
from dnc.keys.normalisation import KEY
from dnc.kinds import DNC_REPLACE
from dnc.lists.sync import DncRefused, dnc_list_change, dnc_list_find
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.feeds.models import Feed, FeedRun
    from bpadmin.tenants.models import Tenant

REMOVALS, REPLACEMENT = "removals", "replacement"


class DncTarget(FeedTarget):
    """Numbers or codes into a Do Not Call list."""

    key = "dnc"
    label = "Into a Do Not Call list"
    icon = "dnc"
    needs = Capability.DNC_WRITE
    choices = (
        Choice(
            "mode",
            "What is done with rows",
            (
                ("add", "Add them; a change list adds and removes by its own column"),
                ("replace", "Replace the list: add what is new, then remove what is gone"),
                ("delete", "Remove them"),
            ),
            default="add",
        ),
        Choice(
            "removals",
            "What takes entries out",
            (("ask", "Hold the file back and ask"), ("go", "Is meant: a registry's change list does so each time")),
            default="ask",
        ),
        Choice("recipe", "Recipe", help="Name of a recipe of the list; empty: columns as of the last such file."),
        Choice("comment", "Comment or reason", help="Kept with the entries and in the evidence; needed to remove."),
        Choice(
            "double_encoding",
            "Comments encoded twice",
            (("", "A person is asked"), (UNDO, DOUBLE_ENCODING_LABELS[UNDO])),
        ),
        Choice("home", "Country", help="Of numbers without a country's code, such as GB."),
    )

    def names(self, tenant: Tenant) -> list[str]:
        """Return the lists' names."""
        return list(DncList.objects.filter(tenant=tenant).values_list("name", flat=True))

    def aim(self, tenant: Tenant, *, name: str, options: Mapping[str, str]) -> Aim:
        """Find the list and its recipe."""
        found = dnc_list_find(tenant=tenant, name_or_id=name)
        kept = {each.name: options.get(each.name, "").strip() or each.default for each in self.choices}
        for each in self.choices:
            if each.values and kept[each.name] not in dict(each.values):
                raise TargetRefused(f"{each.label}: “{kept[each.name]}” is none of the choices.", each.name)
        if (kept["removals"] == "go" or kept["mode"] == "delete") and not kept["comment"]:
            raise TargetRefused("Give the reason why numbers are taken out: it is kept in the evidence.", "comment")
        if kept["recipe"]:
            try:
                place = f"dnc:{found.remote_id}"[:400]
                kept["recipe"] = recipe_find(tenant=tenant, list_id=place, name=kept["recipe"]).name
            except RecipeRefused as refused:
                raise TargetRefused(str(refused), "recipe") from refused
        return Aim(found.remote_id, found.name, kept)

    def url(self, feed: Feed) -> str:
        """Return the list's page."""
        found = DncList.objects.filter(tenant=feed.tenant, remote_id=feed.target_id).first()
        return reverse("dnc:detail", args=[feed.tenant.slug, found.pk]) if found else ""

    def words(self, feed: Feed) -> str:
        """Say what is done to the list."""
        label = dict(self.choices[0].values)[feed.option("mode", "add")]
        return f"“{feed.target_name}”: {label[0].lower()}{label[1:]}"

    def take(self, feed: Feed, *, file_name: str, stream: BinaryIO, actor: Actor) -> Job:
        """Store the file as the wizard does."""
        dnc_list = DncList.objects.filter(tenant=feed.tenant, remote_id=feed.target_id).first()
        if dnc_list is None:
            raise TargetRefused(f"The Do Not Call list “{feed.target_name}” is not there any more.")
        try:
            return dnc_upload_create(
                dnc_list=dnc_list,
                kind=KINDS[feed.option("mode", "add")],
                file_name=file_name,
                stream=stream,
                actor=Actor(actor.user, actor.called),
                comment=feed.option("comment"),
            )
        except UploadRefused as refused:
            raise TargetRefused(str(refused)) from refused

    def configure(self, feed: Feed, job: Job, *, answers: Mapping[str, str], actor: Actor) -> None:
        """Read the file, take the recipe to it or what is certain of its columns."""
        inspection = file_inspected(job, answers.get("encoding", ""), actor, inspect=dnc_upload_inspect)
        if inspection.tables:
            names = ", ".join(f"“{name}”" for name in inspection.tables)
            raise TargetRefused(f"Several sheets of the workbook hold tables: {names}. Send one sheet in a file.")
        choices = self._choices(feed, job, inspection)
        reason = answers.get("comment", "").strip() or feed.option("comment")
        try:
            dnc_upload_configure(
                job=job,
                dialect=inspection.dialect,
                mapping=choices.mapping,
                said={
                    "take": choices.take,
                    "home": choices.home,
                    "comment": reason,
                    "double_encoding": feed.option("double_encoding"),
                },
                again=True,
                actor_name=actor.called,
            )
        except (UploadRefused, StaleForm) as refused:
            raise TargetRefused(str(refused)) from refused

    def _choices(self, feed: Feed, job: Job, inspection: Inspection) -> KeyChoices:
        home = feed.option("home").upper()
        if name := feed.option("recipe"):
            try:
                content = recipe_find(tenant=feed.tenant, list_id=recipe_place(job), name=name).content
                return dnc_recipe_apply(content, inspection.header)
            except RecipeRefused as refused:
                raise TargetRefused(str(refused)) from refused
            except NotUnderstood as error:
                raise TargetRefused(str(error), guard="header") from error
        columns = dnc_columns(job=job, inspection=inspection, home=home)
        if columns.doubts:
            words = " ".join(doubt.words for doubt in columns.doubts)
            raise TargetRefused(f"{words} Keep a recipe for such files, and name it in the feed.")
        mapping = {str(at): each.field for at, each in enumerate(columns.suggestions) if each.field}
        mapping = {at: name for at, name in mapping.items() if name != UNDECIDED}
        return KeyChoices(mapping, keys_options(job).take, home)

    def questions(self, feed: Feed, job: Job) -> list[Asked]:
        """Ask about comments and about what is taken out, as the wizard does, unless the feed says that it is meant."""
        return [Asked(each.name, each.sentence) for each in questions_of(job)] + self._removals(feed, job)

    def _removals(self, feed: Feed, job: Job) -> list[Asked]:
        if job.kind == DNC_REPLACE:
            difference = difference_of(job)
            # Without a reason nothing is taken out, whoever says yes.
            choice = "comment" if lacks_reason(job) else ""
            asked = [Asked(REPLACEMENT, words, choice) for words in (difference.questions if difference else ())]
            return asked or ([Asked(REPLACEMENT, NO_REASON, choice)] if choice else [])
        question = removal_question(job)
        if not question or feed.option("removals") == "go":
            return []
        # Without a reason nothing is taken out, whoever says yes.
        return [Asked(REMOVALS, question, "" if keys_options(job).comment else "comment")]

    def send(self, feed: Feed, job: Job, *, accepted: Collection[str], actor: Actor) -> Job:
        """Give the last word that the wizard asks for."""
        if left := [each for each in self.questions(feed, job) if each.name not in accepted]:
            raise TargetRefused(" ".join(each.sentence for each in left))
        try:
            return dnc_file_confirm(
                job=job,
                actor=Actor(actor.user, actor.called),
                is_sure=True,
                accepted=accepted,
                typed_name=job.target_name,
            )
        except (DncRefused, StaleForm) as refused:
            raise TargetRefused(str(refused)) from refused

    def keys(self, job: Job) -> Iterator[bytes]:
        """Yield the keys."""
        for record in records_spooled(job):
            yield str(record.get(KEY, "")).encode()

    def done(self, run: FeedRun, job: Job, actor: Actor) -> None:
        """Note of which day a registry's data are now."""
        dnc_list = job_list(job)
        if dnc_list.is_registry and (dnc_list.data_as_of is None or dnc_list.data_as_of < run.day):
            dnc_list_change(dnc_list=dnc_list, actor=Actor(actor.user, actor.called), data_as_of=run.day)
