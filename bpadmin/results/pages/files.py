"""Tables of results as files."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone


def csv_response(text: str, name: str) -> HttpResponse:
    """Return a CSV file to keep, named with the day."""
    # The mark lets spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d}.csv"'
    return response
