"""The lists' own words in templates."""

from __future__ import annotations

from django import template

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldType
from bpadmin.uploads.mapping.field_labels import TYPE_WORDS
from lists.uploads.target.place import target_url

register = template.Library()


@register.filter
def field_type(value: FieldType) -> str:
    """Say a field's type as a supervisor knows it."""
    return TYPE_WORDS.get(value, str(value))


@register.simple_tag
def target_page(job: Job) -> str:
    """Return the address of the page of what a job's rows go into."""
    return target_url(job.tenant, job.target_id)
