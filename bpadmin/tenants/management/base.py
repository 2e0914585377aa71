"""What all commands share: plain words, exit codes, and one JSON object as the last line for scripts."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bpadmin import env
from bpadmin.installation.disk import disk_full_words, is_disk_full
from bpadmin.installation.tallies import tallies_flush
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import TenantRefused
from bpadmin.typed_names import is_typed

OK, FAILED, SOME_REJECTED = 0, 1, 3


class CommandRefused(Exception):
    """A command cannot go on; the message says what happened and what to do. `data` joins the JSON line."""

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.data = data


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gives: `data` for the JSON line, and the exit code (0 done, 3 some rows rejected, 1 failed)."""

    data: dict[str, Any] = field(default_factory=dict)
    exit_code: int = OK


def path_to_write(said: str | None, *, option: str) -> Path | None:
    """Return the file that an option names, after a look whether it can be written: before anything is sent."""
    if not said:
        return None
    path = Path(said)
    place = path if path.exists() else path.parent
    if path.is_dir() or not path.parent.is_dir() or not os.access(place, os.W_OK):
        raise CommandRefused(f"{option} {said}: no file can be written there. Nothing was sent.")
    return path


@contextmanager
def _quiet_requests() -> Iterator[None]:
    """Keep a line for each request off the terminal: they are for a worker's log; a person looks at the progress."""
    logger = logging.getLogger("bpadmin.platforms")
    before = logger.level
    if not env.text("BPADMIN_LOG_LEVEL"):
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


class PlainCommand(BaseCommand):
    """Base of every command: implement `run(options) -> Result`, tell people things with `self.say`.

    With --json, stdout carries one line: the JSON object; what people read goes to stderr. An exception listed in
    `refusals` becomes its message and exit code 1.
    """

    refusals: ClassVar[tuple[type[Exception], ...]] = (CommandRefused, PlatformError, TenantRefused, StorageAway)
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]
    is_json = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --json; a subclass adds its own and calls this."""
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line of stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command and end with its exit code."""
        self.is_json = bool(options.get("json"))
        try:
            with _quiet_requests():
                _migrate_embedded()
                try:
                    result = self.run(options)
                finally:
                    tallies_flush()
        except self.refusals as refused:
            self.stderr.write(str(refused), self.style.ERROR)
            data = refused.data if isinstance(refused, CommandRefused) else {}
            result = Result({**data, "error": str(refused)}, FAILED)
        except Exception as error:
            if not is_disk_full(error):
                raise
            words = f"{disk_full_words()} Make room and try again."
            self.stderr.write(words, self.style.ERROR)
            result = Result({"error": words}, FAILED)
        if self.is_json:
            self.stdout.write(json.dumps(result.data, default=str, ensure_ascii=False))
        if result.exit_code:
            sys.exit(result.exit_code)

    def run(self, options: dict[str, Any]) -> Result:
        """Do the work."""
        raise TypeError(f"{type(self).__name__} must implement run()")

    def say(self, text: str = "") -> None:
        """Tell a person something: on stdout, or on stderr when stdout is for a script."""
        (self.stderr if self.is_json else self.stdout).write(text, self._plain)

    @staticmethod
    def _plain(text: str) -> str:
        return text


class TenantCommand(PlainCommand):
    """Base of the commands on one tenant: implement `run_for(tenant, options) -> Result`.

    `needs` is what the tenant's platform must offer for the command to make sense.
    """

    needs: ClassVar[Capability | None] = None

    def add_arguments(self, parser: CommandParser) -> None:
        """Add TENANT in front of everything else."""
        parser.add_argument("tenant", metavar="TENANT", help="short name of the tenant, as in /t/NAME/")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Find the tenant, then do the work."""
        tenant = tenant_find(options["tenant"])
        if self.needs is not None and self.needs not in capabilities_known(tenant):
            info = REGISTRY.get(tenant.platform)
            raise CommandRefused(
                f"{info.label if info else tenant.platform} does not offer this through its API, or not in the version "
                f"that {tenant.name} has."
            )
        return self.run_for(tenant, options)

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Do the work for a tenant."""
        raise TypeError(f"{type(self).__name__} must implement run_for()")


def tenant_find(slug: str) -> Tenant:
    """Find a tenant by its short name. Raises CommandRefused with the names there are."""
    try:
        return Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True))
        hint = f"There are: {known}." if known else "There is none yet: add one with manage.py tenant_add."
        raise CommandRefused(f"There is no tenant “{slug}”. {hint}") from None


def confirm_typed(command: PlainCommand, warning: str, *, name: str, is_sure: bool) -> None:
    """Ask for the name of what is about to go; --yes answers for scripts. CommandRefused when it is not typed."""
    command.stderr.write(warning)
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandRefused("Nothing was done: there is no terminal to ask on. Give --yes if you are sure.")
    command.stderr.write(f"Type its name to go on: {name}")
    if not is_typed(input("> "), name):
        raise CommandRefused("Nothing was done: that is not its name.")


def confirm_yes(command: PlainCommand, warning: str, *, is_sure: bool) -> None:
    """Ask for a plain yes; --yes answers for scripts. CommandRefused when it is not said."""
    command.stderr.write(warning)
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandRefused("Nothing was done: there is no terminal to ask on. Give --yes if you are sure.")
    command.stderr.write("Type yes to go on")
    if not is_typed(input("> "), "yes"):
        raise CommandRefused("Nothing was done.")


def secret_read(path: str, parser_hint: str = "--client-secret-file") -> str:
    """Read a secret from a file, or from standard input when the path is "-". Raises CommandRefused."""
    try:
        if path == "-":
            text = sys.stdin.read()
        else:
            with open(path, encoding="utf-8") as handle:  # noqa: PTH123 - takes /dev/fd/3 and the like as well
                text = handle.read()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandRefused(f"The secret cannot be read from {path} ({parser_hint}): {exc}") from exc
    if not text.strip():
        raise CommandRefused(f"{'Standard input' if path == '-' else path} holds no secret ({parser_hint}).")
    return text.strip()


def _migrate_embedded() -> None:
    """Bring the embedded database up to date, so that a command may be the first thing that runs on a machine."""
    if not settings.IS_EMBEDDED:
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
