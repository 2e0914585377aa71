"""Django's view of this package."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DncConfig(AppConfig):
    """Settings of the app."""

    name = "dnc"

    def ready(self) -> None:
        """Tell the job engine who sends keys into lists and out of them, and campaigns who knows how fresh they are."""
        from bpadmin.jobs.kinds import kinds_register
        from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE

        kinds_register(DNC_ADD, DNC_DELETE, DNC_REPLACE)

        from bpadmin.dialler.extensions import dnc_notes, dnc_told
        from bpadmin.jobs.files.orphans import orphan_collectors
        from bpadmin.uploads.checking.scrubbers import block_checks

        orphan_collectors.add("dnc.entries.ledger.ORPHANS")
        dnc_notes.add("dnc.lists.freshness.freshness_notes")
        dnc_told.add("dnc.lists.sync.dnc_lists_told")
        block_checks.add("dnc.scrubbing.ledger_scrubber")

        from bpadmin.feeds.targets import feed_targets_register

        feed_targets_register({"dnc": "dnc.feeds.target.DncTarget"})

        from bpadmin.results.home.extensions import need_finders

        need_finders.add("dnc.lists.needs.dnc_needs")

        post_migrate.connect(_guard, sender=self, dispatch_uid="dnc_guard")

        from bpadmin.tenants.limits import DNC, finders_add, namers_add
        from dnc.limits import list_named, list_numbered

        finders_add({"list_pk": list_numbered})
        namers_add({DNC: list_named})

        from bpadmin.approvals.kinds import approval_kinds_register

        approval_kinds_register(
            {
                "dnc.clear": "dnc.lists.approvals.DncClearing",
                "dnc.drop": "dnc.lists.approvals.DncDeletion",
                "dnc.replace": "dnc.lists.approvals.DncReplacement",
                "dnc.entries": "dnc.lists.approvals.DncEntriesRemoval",
                "dnc.remove": "dnc.lists.approvals.DncRemoval",
                "dnc.feed": "dnc.lists.approvals.DncFileRelease",
            }
        )

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.DNC_ADD,), "dnc.entries.undo.AdditionAction")
        actions_register((Verb.DNC_DELETE,), "dnc.entries.action.KeysAction")
        actions_register((Verb.DNC_CLEAR,), "dnc.entries.clear.ClearAction")
        actions_register((Verb.DNC_LIST_CREATE,), "dnc.lists.properties.CreationAction")
        actions_register((Verb.DNC_LIST_UPDATE,), "dnc.lists.properties.PropertiesAction")
        actions_register((Verb.DNC_LIST_DELETE,), "dnc.lists.delete.DropAction")
        actions_register((Verb.DNC_BIND, Verb.DNC_UNBIND), "dnc.lists.bindings.GuardAction")


def _guard(using: str = "default", **_: Any) -> None:
    """Make the guard over the evidence, where the tables are those of this release."""
    from django.db import connections

    from dnc.evidence.guard import CHANGES, CLOSED, evidence_guard_make
    from dnc.models import DncChange

    connection = connections[using]
    if using != "default" or CLOSED not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        there = {each.name for each in connection.introspection.get_table_description(cursor, CHANGES)}
    if {field.column for field in DncChange._meta.concrete_fields} <= there:
        evidence_guard_make()
