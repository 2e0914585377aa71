"""How templates speak of jobs."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bpadmin.jobs.models import Job
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.target_words import in_words_of, target_noun
from bpadmin.tenants.templatetags.ui import state_badge

register = template.Library()


@register.filter
def as_view(job: Job) -> JobView:
    """Return the face of a job."""
    return job_view(job)


@register.simple_tag
def job_badge(view: JobView) -> SafeString:
    """Show what a job does, or what came of it, in colour and words."""
    if headline := view.headline:
        return format_html('<span class="badge badge--{}">{}</span>', headline.tone, headline.badge)
    return state_badge(view.shown_state)


@register.filter
def in_words_for(text: object, job: object) -> str:
    """Say a sentence of ours with the job's platform's word for a list; without a job as it is."""
    return in_words_of(str(text), target_noun(job)) if isinstance(job, Job) else str(text)
