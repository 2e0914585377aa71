"""Keys typed or in a file, one a line."""

from __future__ import annotations

from typing import Any

from django import forms

from bpadmin.records.many.rows import MOST, keys_read

MOST_BYTES = 5_000_000


class KeysForm(forms.Form):
    """Base of forms that take keys, typed in `keys_field` or in a file; `found` holds them, each once."""

    keys_field = ""
    found: list[str]

    file = forms.FileField(
        required=False,
        label="Or a file",
        help_text=f"A text in UTF-8, one a line, up to {MOST:,}. More than a page does at once become a job.",
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )

    def clean(self) -> dict[str, Any]:
        """Read both together."""
        cleaned: dict[str, Any] = super().clean() or {}
        lines = str(cleaned.get(self.keys_field) or "").splitlines()
        if (file := cleaned.get("file")) is not None:
            data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                self.add_error("file", f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it.")
                data = b""
            try:
                lines += data.decode("utf-8-sig").splitlines()
            except UnicodeDecodeError:
                self.add_error("file", "The file is no text in UTF-8.")
        self.found = keys_read(lines)
        if not self.errors and not self.found:
            self.add_error(self.keys_field, "Give at least one, here or in a file.")
        if len(self.found) > MOST:
            self.add_error(self.keys_field, f"These are {len(self.found):,} lines; a job takes {MOST:,}.")
        return cleaned
