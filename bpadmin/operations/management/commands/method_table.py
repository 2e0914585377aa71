"""manage.py method_table: print the tables of docs/methods.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from bpadmin.operations.method_table import BESIDES, DOCUMENTED, markdown


class Command(BaseCommand):
    """Print where each documented platform method is found, as docs/methods.md shows it."""

    help = "Print where each documented platform method is found, as docs/methods.md shows it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the tables: the 46 methods that the platforms' documents began with, then those besides."""
        self.stdout.write(f"{markdown(DOCUMENTED)}\n\n{markdown(BESIDES)}")
