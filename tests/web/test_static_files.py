"""What a browser has to fetch before it can paint, and in what form."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse


@pytest.fixture
def collected(tmp_path: Path, settings: Any) -> Path:
    settings.STATIC_ROOT = tmp_path
    served = {"BACKEND": "bpadmin.web.static_files.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": served}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_the_stylesheet_is_one_file_with_every_part_in_its_layer(collected: Path) -> None:
    joined = next(collected.glob("css/main.*.css")).read_text()
    assert "@import" not in joined
    parts = [path for path in Path(settings.BASE_DIR, "static/css").rglob("*.css") if path.name != "main.css"]
    assert len(parts) > 30
    for part in parts:
        assert part.read_text().strip() in joined, f"{part.name} is in no layer of main.css"
    assert joined.index("@layer reset, tokens") < joined.index("@layer tokens {")
    assert joined.count("{") == joined.count("}")


def test_no_class_of_the_stylesheet_is_dead() -> None:
    root = Path(settings.BASE_DIR)
    styles = "".join(path.read_text() for path in (root / "static/css").rglob("*.css"))
    names = set(
        re.findall(r"\.(-?[a-zA-Z_][\w-]*)(?=[\s,:.{>+~\[)])", re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL))
    )
    folders = ("templates", "static/js", "bpadmin", "campaigns", "lists", "dnc")
    suffixes = {".html", ".js", ".py"}
    uses = "\n".join(
        path.read_text() for folder in folders for path in (root / folder).rglob("*") if path.suffix in suffixes
    )
    words = set(re.findall(r"[\w-]+", uses))
    made = {f"{stem}--" for stem in re.findall(r"(?<![\w-])([\w-]+)--\{", uses)}  # the rest of the name is a value

    def is_used(name: str) -> bool:
        return name in words or any(name.startswith(stem) for stem in made) or name.startswith("htmx-")

    assert [name for name in sorted(names) if not is_used(name)] == []


@pytest.mark.django_db
def test_pages_are_compressed_and_padded_and_files_are_not(client: Client) -> None:
    page = client.get(reverse("sign_in"), headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(page.content)
    metrics = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in metrics


def test_paper_is_no_phone() -> None:
    """A sheet of A4 is narrower than a laptop's window: what is for phones says that it is for screens."""
    styles = Path(settings.BASE_DIR, "static/css/components")
    for path in styles.glob("*.css"):
        for query in re.findall(r"@media ([^{]*width[^{]*) {", path.read_text()):
            assert "screen" in query or "print" in query, f"{path.name}: {query}"
