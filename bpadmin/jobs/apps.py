"""Django's view of this package."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Say what a job is about, for roles that are limited to some lists."""
        from bpadmin.jobs.limits import job_target, jobs_owned
        from bpadmin.tenants.limits import finders_add, owned_add

        finders_add({"job_id": job_target})
        owned_add({"job": jobs_owned})
