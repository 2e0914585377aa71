"""Every component in both themes on one page, for whoever changes how pages look; only while debugging."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bpadmin.tenants.access import PersonRequest, person_view

ICONS = settings.BASE_DIR / "templates" / "components" / "icons"
STATES = ("draft", "preparing", "ready", "queued", "running", "paused", "succeeded", "partial", "failed", "cancelled")


class SampleForm(forms.Form):
    """Fields of every kind, one of them in error."""

    name = forms.CharField(max_length=80, help_text="Help stands below its field.")
    wrong = forms.CharField(label="A field in error")
    choice = forms.ChoiceField(choices=[("one", "The first"), ("two", "The second")])
    many_lines = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    time = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}), required=False)
    tick = forms.BooleanField(required=False, label="A field to tick")


@require_safe
@person_view
def design(request: PersonRequest) -> HttpResponse:
    """Show the components; 404 where nobody debugs."""
    if not settings.DEBUG:
        raise Http404
    samples = []
    for theme in ("light", "dark"):
        # Two forms, so that ids on the page stay apart.
        form = SampleForm({"name": "Autumn", "choice": "two", "tick": "on"}, auto_id=f"id_{theme}_%s")
        samples.append((theme, form))
    context = {
        "samples": samples,
        "states": STATES,
        "icons": sorted(each.stem for each in ICONS.glob("*.html")),
        "tones": ("info", "ok", "warn", "bad"),
    }
    return render(request, "operations/design.html", context)
