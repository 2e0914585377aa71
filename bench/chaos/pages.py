"""Pages as a browser sees them: their forms with what is filled in, and their words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Fields = dict[str, list[str]]


@dataclass
class Control:
    """A control of a form: an input, a select, a text area or a button."""

    kind: str
    name: str
    value: str = ""
    is_checked: bool = False
    text: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form of a page; `action` is absolute."""

    action: str
    method: str
    ident: str
    controls: list[Control] = field(default_factory=list)

    def fields(self) -> Fields:
        """Return what a browser would send if nothing was touched, without buttons."""
        filled: Fields = {}
        for each in self.controls:
            if each.kind in ("checkbox", "radio") and not each.is_checked:
                continue
            if each.name and each.kind not in ("submit", "button", "file", "reset"):
                filled.setdefault(each.name, []).append(each.value)
        return filled

    def has(self, name: str) -> bool:
        """Return whether there is a control of this name."""
        return any(each.name == name for each in self.controls)

    def buttons(self) -> list[Control]:
        """Return what submits the form."""
        return [each for each in self.controls if each.kind == "submit"]

    def names_of(self, *values: str) -> str:
        """Return the name of the radio buttons that offer one of the values, "" when there are none."""
        return next((each.name for each in self.controls if each.kind == "radio" and each.value in values), "")


@dataclass
class Page:
    """An answer of the web server: the address at which the browser ended, its status, its text and its forms."""

    url: str
    status: int
    text: str
    forms: Sequence[Form] = ()

    def form(self, action: str = "", *, button: str = "", control: str = "") -> Form | None:
        """Find a form by the end of its action, by words on a button of it, by the name of a control in it."""
        for form in self.forms:
            words = " ".join(each.text for each in form.buttons())
            is_it = form.action.partition("?")[0].endswith(action) and button.casefold() in words.casefold()
            if is_it and (not control or form.has(control)):
                return form
        return None

    @property
    def words(self) -> str:
        """Return the text of the page without its tags."""
        without = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>|<[^>]*>", " ", self.text)
        return re.sub(r"\s+", " ", without)


class Reader(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._open: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form or a control of the form that is open."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.url, said.get("action") or self.url)
            self._form = Form(action, said.get("method", "get").lower(), said.get("id", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag in ("input", "select", "textarea", "button"):
            self._control(tag, said)
        elif tag == "option" and self._open is not None and self._open.kind == "select":
            self._open.options.append(said.get("value", ""))
            if "selected" in said or len(self._open.options) == 1:
                self._open.value = said.get("value", "")

    def _control(self, tag: str, said: Mapping[str, str]) -> None:
        kind = {"input": said.get("type", "text"), "button": said.get("type", "submit")}.get(tag, tag)
        # A checked box without a value sends "on".
        value = said.get("value", "on" if kind in ("checkbox", "radio") else "")
        made = Control(kind, said.get("name", ""), value, "checked" in said)
        if "disabled" not in said and self._form is not None:
            self._form.controls.append(made)
        if tag != "input":
            self._open = made

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._form = None
        if tag in ("select", "textarea", "button"):
            self._open = None

    def handle_data(self, data: str) -> None:
        """Take the words on a button, and what stands in a text area."""
        if self._open is not None and self._open.kind != "select":
            self._open.text += data
            if self._open.kind == "textarea":
                self._open.value += data.removeprefix("\n")


def page_read(url: str, status: int, text: str) -> Page:
    """Read a page."""
    reader = Reader(url)
    reader.feed(text)
    return Page(url, status, text, reader.forms)
