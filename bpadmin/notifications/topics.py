"""What people can be told about, in the words of the rules, and what they are told where nobody chose."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from bpadmin.tenants.models import Role


class Topic(models.TextChoices):
    """What a rule is about."""

    MY_JOBS = "my_jobs", "My jobs: ended, stopped, or asking"
    JOBS_WAITING = "jobs_waiting", "Any job that needs a person"
    MY_PLANS = "my_plans", "My plans: not done, failed or held"
    PLANS = "plans", "Any plan that was not done, failed or is held"
    RUNS_DRY = "runs_dry", "A campaign runs dry within an hour"
    IDLE = "idle", "A campaign runs and has nothing to dial"
    REGISTRY = "registry", "Registry data are too old"
    UNPROTECTED = "unprotected", "A campaign runs without a Do Not Call list"
    CONNECTION = "connection", "The dialler refuses us, or results cannot be read"
    OTHER = "other", "Whatever else needs a person"
    CHANNEL = "channel", "E-mail or a webhook fails"
    INSTALLATION = "installation", "Our own workers, disk, broker and clocks"


# Of the operator alone; no tenant's rules have it.
OF_TENANTS = tuple(topic for topic in Topic if topic != Topic.INSTALLATION)
# What is told to its owner, and under which rule to others where it needs a person.
OF_ALL = {Topic.MY_JOBS: Topic.JOBS_WAITING, Topic.MY_PLANS: Topic.PLANS}
CRITICAL = frozenset({Topic.CONNECTION, Topic.REGISTRY, Topic.UNPROTECTED, Topic.INSTALLATION})
"""Topics whose worst messages go out at night as well."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What somebody of a role or more is told where neither they nor their team chose."""

    role: Role
    page: bool
    email: bool


USUAL: dict[Topic, Usual] = {
    Topic.MY_JOBS: Usual(Role.VIEWER, page=True, email=False),
    Topic.JOBS_WAITING: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.MY_PLANS: Usual(Role.VIEWER, page=True, email=True),
    Topic.PLANS: Usual(Role.ADMINISTRATOR, page=True, email=True),
    Topic.RUNS_DRY: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.IDLE: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.REGISTRY: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.UNPROTECTED: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.CONNECTION: Usual(Role.ADMINISTRATOR, page=True, email=True),
    Topic.OTHER: Usual(Role.SUPERVISOR, page=True, email=False),
    Topic.CHANNEL: Usual(Role.ADMINISTRATOR, page=True, email=True),
}
