"""Django's view of this package."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.audit"
    label = "audit"

    def ready(self) -> None:
        """Guard the log and seal what is not sealed whenever the tables have changed; keep its keys readable."""
        from bpadmin.audit.signing import signing_keys_reencrypt
        from bpadmin.installation.encryption import stored_secrets

        post_migrate.connect(_guard, sender=self, dispatch_uid="audit_guard")
        stored_secrets.add(signing_keys_reencrypt)


def _guard(using: str = "default", **_: Any) -> None:
    """Make the guard and seal older entries, where the tables are those of this release."""
    from django.db import connections

    from bpadmin.audit.guard import guard_make
    from bpadmin.audit.models import AuditEntry
    from bpadmin.audit.sealing import entries_seal_all

    connection = connections[using]
    if using != "default" or "audit_droppedsegment" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        there = {each.name for each in connection.introspection.get_table_description(cursor, "audit_auditentry")}
    if {field.column for field in AuditEntry._meta.concrete_fields} <= there:
        guard_make()
        entries_seal_all()
