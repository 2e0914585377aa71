"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Return who sends uploads and deletes records, who knows of lists, and how acts on lists are read again."""
        from bpadmin.jobs.kinds import kinds_register
        from lists.kinds import LIST_DELETE, LIST_RECYCLE, LIST_TAKE_BACK, LIST_UPLOAD

        kinds_register(LIST_UPLOAD, LIST_DELETE, LIST_TAKE_BACK, LIST_RECYCLE)

        from bpadmin.jobs.files.orphans import orphan_collectors
        from bpadmin.plans.kinds import plan_kinds_register

        orphan_collectors.add("lists.recycling.parts.ORPHANS")
        from bpadmin.plans.extensions import transfer_parts

        transfer_parts.add("lists.transfer.RECIPES")
        transfer_parts.add("lists.transfer.RECYCLING_RULES")
        plan_kinds_register({"list.recycle": "lists.recycling.plan.Recycle"})

        from bpadmin.feeds.targets import feed_targets_register

        feed_targets_register({"list": "lists.feeds.target.ListTarget"})

        from bpadmin.dialler.extensions import known_fields
        from bpadmin.records.list_link import list_links
        from bpadmin.uploads.checking.scrubbers import block_checks

        list_links.add("lists.records.list_link.list_behind")
        block_checks.add("lists.uploads.target.waiting.waiting_scrubber")
        known_fields.add("lists.formats.services.stored_formats")

        from bpadmin.jobs.files.cleanup import tidiers
        from bpadmin.jobs.pages.extras import job_extras

        tidiers.add("lists.old_values.services.old_values_tidy")
        job_extras.add("lists.old_values.presenter.kept_extra")

        from bpadmin.approvals.kinds import approval_kinds_register

        approval_kinds_register(
            {
                "list.delete": "lists.manage.approvals.ListDeletion",
                "list.clear": "lists.manage.approvals.ListClearing",
                "list.replace": "lists.manage.approvals.ListReplacement",
                "list.take_back": "lists.manage.approvals.ListTakingBack",
                "list.feed": "lists.manage.approvals.ListFileRelease",
            }
        )

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.LIST_CREATE,), "lists.manage.create.CreationAction")
        actions_register((Verb.LIST_DELETE,), "lists.manage.delete.DeletionAction")
        actions_register((Verb.LIST_PROPERTIES,), "lists.manage.properties.PropertiesAction")
        records = (Verb.RECORD_ADD, Verb.RECORD_UPDATE, Verb.RECORD_ERASE)
        actions_register(records, "lists.records.actions.RecordAction")
