"""Forms of tenants and people, and the sign-in form."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.cache import cache
from django.utils.text import slugify

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import PlatformInfo
from bpadmin.tenants.models import OneTimePassword, Role, Tenant
from bpadmin.tenants.people import has_expired
from bpadmin.tenants.services import TenantRefused
from bpadmin.tenants.zones import time_zone_choices

_SILENCE = ("quiet_seconds", "resends_after_quiet")
TRIES, TRIES_SECONDS = 10, 15 * 60
# Who has none of these sends no files, so there is nothing to make faster.
SENDING = frozenset({Capability.RECORDS_ADD, Capability.DNC_WRITE})


def _connection_field(item: ConnectionField, *, is_kept: bool) -> forms.Field:
    """Make the input of a connection field; `is_kept`: it is a secret that is stored and may stay as it is."""
    if item.choices:
        return forms.ChoiceField(label=item.label, choices=item.choices, initial=item.default, help_text=item.help)
    note = "Stored, and shown to nobody. Leave it empty to keep it." if is_kept else item.help
    attributes = {"autocomplete": "new-password" if item.is_secret else "off", "spellcheck": "false"}
    widget = forms.PasswordInput if item.is_secret else forms.TextInput
    is_needed = not is_kept and not item.is_optional
    return forms.CharField(
        label=item.label, required=is_needed, help_text=note, max_length=2000, widget=widget(attrs=attributes)
    )


class TenantForm(forms.Form):
    """A tenant's settings; the connection fields come from its platform, and a stored secret is never shown."""

    name = forms.CharField(max_length=120, help_text="As people here call it, for example Acme Support.")
    slug = forms.SlugField(
        max_length=60,
        required=False,
        label="Short name",
        help_text="Part of every address: /t/short-name/. Left empty, it is made from the name. It stays.",
    )
    base_url = forms.CharField(
        max_length=300,
        label="Address",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    time_zone = forms.ChoiceField(
        choices=time_zone_choices, initial="America/New_York", help_text="Times of this tenant's pages are shown in it."
    )
    lanes = forms.IntegerField(
        min_value=1, max_value=16, initial=4, help_text="Requests sent at the same time by one upload, 1 to 16."
    )
    chunk_size = forms.IntegerField(
        min_value=1, max_value=10_000, initial=1000, label="Records per request", help_text="1 to 10,000."
    )
    quiet_seconds = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=86_400,
        initial=180,
        label="Quiet time",
        help_text="Seconds. A request whose answer was lost is left alone for so long before anything is concluded "
        "from its silence; never less than 90, and twice the slowest answer seen.",
    )
    resends_after_quiet = forms.BooleanField(
        required=False,
        label="Send rows again on silence",
        help_text="Only for lists without a key. Usually rows are a question when their answer was lost and the list "
        "has not grown by the end of the quiet time. With this they are sent again then, in your name: if the platform "
        "needs longer than that once, they are in the list twice and people are called twice.",
    )

    def __init__(self, *args: Any, info: PlatformInfo, tenant: Tenant | None = None, **kwargs: Any) -> None:
        if tenant is not None:
            names = ("name", "base_url", "time_zone", "lanes", "chunk_size", *_SILENCE)
            kwargs["initial"] = {name: getattr(tenant, name) for name in names}
            kwargs["initial"] |= {f"connect_{name}": value for name, value in tenant.credentials.items()}
        super().__init__(*args, **kwargs)
        if tenant is not None:
            del self.fields["slug"]
        for item in info.fields:
            is_kept = item.is_secret and tenant is not None
            self.fields[f"connect_{item.name}"] = _connection_field(item, is_kept=is_kept)
        self.fields["base_url"].help_text = info.address_help
        if not info.capabilities & SENDING:
            for name in ("lanes", "chunk_size", *_SILENCE):
                del self.fields[name]

    @property
    def connection(self) -> list[forms.BoundField]:
        """Fields of the connection, for a part of the page of their own."""
        return [self[name] for name in self.fields if name.startswith("connect_")]

    def values(self) -> dict[str, Any]:
        """Give the cleaned data as the services take it."""
        data = dict(self.cleaned_data)
        credentials = {name[8:]: data.pop(name) for name in list(data) if name.startswith("connect_")}
        data = {"lanes": 4, "chunk_size": 1000, **data}
        if "slug" in data:
            data["slug"] = data["slug"] or slugify(data["name"])[:60]
        return {**data, "credentials": credentials}

    def add_refusal(self, refused: TenantRefused) -> None:
        """Show a service's refusal at the field it is about."""
        for name in (refused.field, f"connect_{refused.field}"):
            if name in self.fields:
                self.add_error(name, str(refused))
                return
        self.add_error(None, str(refused))


class MemberForm(forms.Form):
    """Add somebody who can sign in already."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)


class NewPersonForm(MemberForm):
    """Create a sign-in and add it."""

    full_name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    field_order = ("username", "full_name", "role")


class RoleForm(forms.Form):
    """Give somebody another role."""

    role = forms.ChoiceField(choices=Role.choices)


class SignInForm(AuthenticationForm):
    """Django's sign-in form, slowed down for guessers: ten wrong passwords for a name close it for fifteen minutes."""

    error_messages = {
        "invalid_login": "This username and password do not go together. Mind capital letters.",
        "inactive": "This sign-in has been closed. Ask your administrator.",
    }

    def clean(self) -> dict[str, Any]:
        """Check the password unless there were too many tries, and refuse a one-time password that is too old."""
        key = self._counter()
        if cache.get(key, 0) >= TRIES:
            raise forms.ValidationError("Too many wrong passwords for this name. Wait fifteen minutes, then try again.")
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            cache.add(key, 0, timeout=TRIES_SECONDS)
            cache.set(key, int(cache.get(key, 0)) + 1, timeout=TRIES_SECONDS)
            raise
        one_time = OneTimePassword.objects.filter(user=self.get_user()).first()
        if one_time and has_expired(one_time=one_time):
            raise forms.ValidationError("This one-time password is too old. Ask your administrator for a new one.")
        cache.delete(key)
        return cleaned

    def _counter(self) -> str:
        """Name the counter of wrong passwords: by name and address, so that nobody can be locked out from elsewhere."""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        tried = f"{str(self.cleaned_data.get('username', '')).casefold()}@{address}"
        return f"sign-in:{hashlib.sha256(tried.encode()).hexdigest()}"


class PasswordForm(PasswordChangeForm):
    """Django's password form with its rules in one sentence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].help_text = "At least 10 characters, not a common word, and not like your name."
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""
