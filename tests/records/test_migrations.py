"""What people chose while only lists had columns is there after the move."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bpadmin.records.models import ColumnChoice, ColumnScope

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_chosen_columns_move_with_the_people_who_chose_them(tenant):
    user = User.objects.create_user("viola")
    # Of all apps: what stands on these migrations goes back with them.
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    before = MigrationExecutor(connection)
    before.migrate([("lists", "0003_ids_that_are_names"), ("records", "0001_initial")])
    try:
        old = before.loader.project_state([("lists", "0003_ids_that_are_names")]).apps.get_model(
            "lists", "ColumnChoice"
        )
        old.objects.create(user_id=user.pk, tenant_id=tenant.pk, list_id="L", columns=["field:id", "result:agent"])
    finally:
        MigrationExecutor(connection).migrate(latest)
    moved = ColumnChoice.objects.get()
    assert (moved.user, moved.scope, moved.scope_id) == (user, ColumnScope.LIST, "L")
    assert moved.columns == ["field:id", "result:agent"]
