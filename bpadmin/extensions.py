"""The one way in which an app offers something to apps beside and below it, which must not import it.

An extension point stands in the module that uses it, and is filled in the `ready` of the app that offers something:

    bpadmin.dialler.extensions.known_fields, dnc_notes     what the screens tell one another, and do for one another
    bpadmin.dialler.extensions.before_loss                 who looks at a list before records of it go
    bpadmin.results.home.extensions.need_finders           what needs a person, on the home page
    bpadmin.plans.extensions.plan_told                     who tells people of what plans did
    bpadmin.plans.extensions.transfer_parts                what else is in the file of plans and rules
    bpadmin.records.exports.order.order_keepers            who keeps an export so that it comes again
    bpadmin.jobs.files.cleanup.tidiers                     who else keeps files beside jobs for some days
    bpadmin.jobs.pages.extras.job_extras                   what else the page of a job shows
    bpadmin.jobs.files.orphans.orphan_collectors           what else a killed process may have left
    bpadmin.records.list_link.list_links                   the calling list that a source of records is
    bpadmin.installation.encryption.stored_secrets         secrets of other apps
    bpadmin.tenants.glances.tenant_glances                 what the page of all tenants shows of each
    bpadmin.uploads.checking.scrubbers.block_checks        rows of an upload that must not be called

Kinds of jobs, of acts and of plans are found by name, so they have registries: `bpadmin.jobs.handlers.register`,
`bpadmin.dialler.registry.actions_register`, `bpadmin.plans.kinds.plan_kinds_register` and, for what feeds go into,
`bpadmin.feeds.targets.feed_targets_register`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


_points: list[ExtensionPoint[Any]] = []


class ExtensionPoint(Generic[T]):
    """The extensions of one kind, in the order of their apps; adding the same one twice adds it once."""

    def __init__(self) -> None:
        self._extensions: list[T | str] = []
        _points.append(self)

    def add(self, extension: T | str) -> None:
        """Add an extension, or name it as "app.module.name"; called when its app is ready.

        What is named is imported when somebody asks for the extensions, so that a command which asks for none starts
        without it.
        """
        if extension not in self._extensions:
            self._extensions.append(extension)

    def __iter__(self) -> Iterator[T]:
        return iter(self.loaded())

    def loaded(self) -> list[T]:
        """Return the extensions, those that were named imported."""
        for at, extension in enumerate(self._extensions):
            if isinstance(extension, str):
                module, _, name = extension.rpartition(".")
                self._extensions[at] = cast(T, getattr(import_module(module), name))
        return cast(list[T], self._extensions)


def extensions_load() -> None:
    """Import every extension that was named, so that processes forked from here share them."""
    for point in _points:
        point.loaded()
