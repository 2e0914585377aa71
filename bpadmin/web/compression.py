"""What keeps pages small: templates without their indentation, and compression of pages.

Files that people fetch are not compressed, since their length tells whether they arrived whole.
"""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template import Origin
from django.template.loaders.filesystem import Loader

# What stands in these is shown with its line breaks and spaces.
_AS_IT_IS = re.compile(r"(</?(?:pre|textarea)\b)")
_INDENTATION = re.compile(r"(?<![ \t])[ \t]*\n\s*")


def without_indentation(source: str) -> str:
    """Return the source of an HTML template with each line break and the spaces around it as one line break.

    A browser shows both the same. Only what the template itself says is changed, never a value that stands in it.
    """
    parts, is_kept = [], False
    for part in _AS_IT_IS.split(source):
        if _AS_IT_IS.fullmatch(part):
            is_kept = not part.startswith("</")
        parts.append(part if is_kept else _INDENTATION.sub("\n", part))
    return "".join(parts)


class TemplateLoader(Loader):
    """Load templates from the folders of the settings, HTML without its indentation: it was a third of a long table."""

    def get_contents(self, origin: Origin) -> str:
        """Return the source of a template; TemplateDoesNotExist where there is none."""
        source = super().get_contents(origin)
        return without_indentation(source) if str(origin.template_name).endswith(".html") else source


class PageCompression(GZipMiddleware):
    """Compress HTML by Django's middleware, which pads its answers; form tokens are masked anew in each page."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page; leave anything else as it is."""
        is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response
