"""The lists' own words in templates."""

from __future__ import annotations

from django import template

from bpadmin.platforms.types import FieldType
from lists.words import TYPE_WORDS

register = template.Library()


@register.filter
def field_type(value: FieldType) -> str:
    """Say a field's type as a supervisor knows it."""
    return TYPE_WORDS.get(value, str(value))
