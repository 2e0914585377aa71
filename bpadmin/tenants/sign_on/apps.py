"""Django's view of the accounts of single sign-on."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.apps import SocialAccountConfig


class SocialAccounts(SocialAccountConfig):
    """allauth's app, which loads its providers when somebody asks for one.

    It would at the start, and with them an HTTP client: a fifth of what a command takes to start.
    """

    def ready(self) -> None:
        """Register the checks, and have the providers loaded when one is asked for by name."""
        from allauth.socialaccount import checks  # noqa: F401 - registers them
        from allauth.socialaccount.providers import registry

        known = registry.get_class

        def get_class(id_: str) -> Any:
            registry.load()
            return known(id_)

        registry.get_class = get_class
