"""That the last release can run beside the migrations made since: `released.txt` names the migrations it had.

`python .ci/migrations_beside.py --released VERSION` writes that file when VERSION is released.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RELEASED = ROOT / ".ci" / "released.txt"
Field = tuple[str, str, str]


def migrations_run_beside_the_last_release() -> Iterator[str]:
    """No migration since the last release takes away what that release reads, or asks for what it does not write."""
    version, released = _released()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    dated = re.search(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", changelog, re.MULTILINE)
    if dated is None or dated[1] != version:
        yield f".ci/released.txt is about {version}, and the last release of CHANGELOG.md is another: make it anew"
    exempted = changelog.partition(f"\n## {version} (")[0]
    for name, fault in faults_since(released):
        if name not in exempted:
            yield (
                f"{name} {fault}, which release {version} does not stand. Do it one release later, or name it "
                "in CHANGELOG.md"
            )


def faults_since(released: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (migration, what it does) for each that the release with the migrations `released` does not stand."""
    loader = _loader()
    ours = _names(loader)
    plan = [key for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True) if _name(key) in ours]
    new_models: set[tuple[str, str]] = set()
    new_fields: set[Field] = set()
    for key in plan:
        migration = loader.graph.nodes[key]
        if _name(key) not in released:
            state = loader.project_state(key, at_end=False)
            for fault in faults_in(migration.operations, key[0], state, new_models, new_fields):
                yield _name(key), fault


def faults_in(
    operations: Iterable[Any],
    app: str,
    state: Any,
    new_models: set[tuple[str, str]],
    new_fields: set[Field],
) -> Iterator[str]:
    """Yield what of some operations older code does not stand; what is newer than the release may be changed freely.

    `state` is the project's state before them; it, and what is new, are brought forward.
    """
    from django.db import migrations

    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from faults_in(operation.database_operations, app, state.clone(), new_models, new_fields)
            for inner in operation.state_operations:
                inner.state_forwards(app, state)
            continue
        if isinstance(operation, migrations.CreateModel):
            new_models.add((app, operation.name_lower))
        elif (app, _model(operation)) not in new_models:
            yield from _fault(operation, app, state, new_fields)
        operation.state_forwards(app, state)


def _fault(operation: Any, app: str, state: Any, new_fields: set[Field]) -> Iterator[str]:
    from django.db import migrations

    model, name = _model(operation), getattr(operation, "name_lower", "")
    place = f"{model}.{name}"
    if isinstance(operation, migrations.DeleteModel):
        yield f"drops the table of {name}"
    elif isinstance(operation, migrations.RenameModel | migrations.AlterModelTable):
        yield f"renames the table of {model or operation.old_name}"
    elif isinstance(operation, migrations.RenameField):
        yield f"renames {model}.{operation.old_name}"
    elif isinstance(operation, migrations.AddField):
        new_fields.add((app, model, name))
        if _is_demanded(operation.field):
            yield f"adds {place} without db_default and not null"
    elif (app, model, name) in new_fields:
        return
    elif isinstance(operation, migrations.RemoveField):
        yield f"drops {place}"
    elif isinstance(operation, migrations.AlterField):
        before = state.models[app, model].fields[operation.name]
        if before.null and _is_demanded(operation.field):
            yield f"makes {place} not null without db_default"
        if (operation.field.max_length or 0) < (before.max_length or 0) and operation.field.max_length:
            yield f"makes {place} shorter"


def _is_demanded(field: Any) -> bool:
    from django.db.models import NOT_PROVIDED

    return not field.null and not field.many_to_many and field.db_default is NOT_PROVIDED


def _model(operation: Any) -> str:
    return str(getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", ""))


def _released() -> tuple[str, set[str]]:
    version, *names = RELEASED.read_text().split()
    return version, set(names)


def _loader() -> Any:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(None)


def _names(loader: Any) -> set[str]:
    """Name the migrations of this repository."""
    from django.apps import apps

    own = {config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT)}
    return {_name(key) for key in loader.disk_migrations if key[0] in own and ".venv" not in key[0]}


def _name(key: tuple[str, str]) -> str:
    return f"{key[0]}.{key[1]}"


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "--released":
        sys.exit(__doc__)
    RELEASED.write_text("\n".join([sys.argv[2], *sorted(_names(_loader()))]) + "\n")
