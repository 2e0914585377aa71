"""`manage.py sandbox`: serve the simulated tenant."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from bpadmin.sandbox.http.server import add_arguments, serve


class Command(BaseCommand):
    """Serve a simulated Bright Pattern tenant; its address is the first line printed."""

    help = "Serve a simulated Bright Pattern tenant over HTTP (user sandbox, secret sandbox-secret)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until interrupted."""
        names = ("host", "port", "seed", "threads", "follow_parent", "keep", "newer_dnc")
        serve(**{name: options[name] for name in names})
