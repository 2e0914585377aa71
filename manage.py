#!/usr/bin/env python
"""Run bpadmin's management commands."""

import gc
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
    # What is imported stays: looking through it for garbage again and again is a tenth of the start.
    gc.disable()
    from django.core.management import BaseCommand, ManagementUtility

    class Commands(ManagementUtility):
        """Django's commands, with the apps set apart from what is looked through once they are loaded."""

        def fetch_command(self, subcommand: str) -> BaseCommand:
            """Return a command, with all that it imports."""
            try:
                return super().fetch_command(subcommand)
            finally:
                gc.freeze()
                gc.enable()

    Commands(sys.argv).execute()
