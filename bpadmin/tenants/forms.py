"""Forms of tenants and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify

from bpadmin.platforms.base import Capability, ConnectionField
from bpadmin.platforms.info import PlatformInfo
from bpadmin.tenants.limits import KINDS
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.people.tokens import DEFAULT_DAYS, LONGEST_DAYS, Scope
from bpadmin.tenants.routes import RouteWanted
from bpadmin.tenants.services import TenantRefused
from bpadmin.tenants.times.days import Day
from bpadmin.tenants.times.zones import time_zone_choices

_SILENCE = ("quiet_seconds", "resends_after_quiet")
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
        min_value=1,
        max_value=16,
        initial=4,
        help_text="Requests sent at the same time by one upload, at most; 1 to 16.",
    )
    chunk_size = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=1000,
        label="Records per request",
        help_text="At most, 1 to 10,000. It begins with 1,000 or fewer.",
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

    two_people = forms.BooleanField(
        required=False,
        label="Two people for what cannot be taken back",
        help_text="Emptying and deleting lists, replacing their contents, and the same of Do Not Call lists: one "
        "person asks, and another supervisor or administrator approves it within a day.",
    )
    catalogue_calls = forms.IntegerField(
        required=False,
        min_value=10,
        max_value=6000,
        initial=120,
        label="Requests a minute",
        help_text="10 to 6,000, for reading campaigns and lists while somebody looks; half as many while nobody does.",
    )
    catalogue_lanes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=16,
        initial=8,
        label="Requests at a time, the first time",
        help_text="1 to 16. A tenant that gets slower by it, or answers “too many requests”, is asked less by itself.",
    )

    proxy = forms.CharField(
        required=False,
        max_length=300,
        label="Outbound proxy",
        help_text="Only where this server is reached by one of its own, such as http://name@proxy.example.com:3128. "
        "Left empty, the machine's settings count.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    proxy_password = forms.CharField(
        required=False,
        max_length=300,
        label="Password of the proxy",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    secret_ends_on = Day(
        required=False,
        label="Secret ends on",
        help_text="Where the platform lets it end on a day: you are warned from 30 days before. Change it "
        "with the secret.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    certificates = forms.CharField(
        required=False,
        label="Certificate authorities",
        help_text="Only where the server's certificate is signed by an authority of your own: its certificates in PEM. "
        "They are trusted for this tenant beside the usual ones.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, info: PlatformInfo, tenant: Tenant | None = None, **kwargs: Any) -> None:
        if tenant is not None:
            names = (
                "name",
                "base_url",
                "time_zone",
                "lanes",
                "chunk_size",
                *_SILENCE,
                "two_people",
                "catalogue_calls",
                "catalogue_lanes",
                "proxy",
                "certificates",
                "secret_ends_on",
            )
            kwargs["initial"] = {name: getattr(tenant, name) for name in names}
            kwargs["initial"] |= {f"connect_{name}": value for name, value in tenant.credentials.items()}
        super().__init__(*args, **kwargs)
        if tenant is not None:
            del self.fields["slug"]
            if tenant.proxy_secret:
                self.fields["proxy_password"].help_text = "Stored, and shown to nobody. Leave it empty to keep it."
        else:
            del self.fields["two_people"]
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
        """Return the cleaned data as the services take it."""
        data = dict(self.cleaned_data)
        credentials = {name[8:]: data.pop(name) for name in list(data) if name.startswith("connect_")}
        route = RouteWanted(**{name: data.pop(name) for name in ("proxy", "proxy_password", "certificates")})
        data = {"lanes": 4, "chunk_size": 1000, **data}
        if "slug" in data:
            data["slug"] = data["slug"] or slugify(data["name"])[:60]
        return {**data, "credentials": credentials, "route": route}

    def add_refusal(self, refused: TenantRefused) -> None:
        """Show a service's refusal at the field it is about."""
        for name in (refused.field, f"connect_{refused.field}"):
            if name in self.fields:
                self.add_error(name, str(refused))
                return
        self.add_error(None, str(refused))


class InvitationForm(forms.Form):
    """Invite somebody."""

    whom = forms.CharField(
        max_length=254,
        label="For whom",
        help_text="Their e-mail address or name. They choose what they sign in with, or use the sign-in they have.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)


class NewPersonForm(forms.Form):
    """Create a sign-in and add it."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    full_name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)


class LimitForm(forms.Form):
    """Name the campaigns and lists that somebody is limited to, one a line; nothing at all: the whole tenant."""

    def __init__(self, *args: Any, limits: Mapping[str, list[str]] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in KINDS.items():
            self.fields[kind] = forms.CharField(
                required=False,
                max_length=50_000,
                label=label[0].upper() + label[1:],
                help_text="Names or ids, one a line.",
                initial="\n".join((limits or {}).get(kind, [])),
                widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
            )

    def wanted(self) -> dict[str, list[str]] | None:
        """Return what was named by kind, None for nothing."""
        found = {kind: self.cleaned_data[kind].split("\n") for kind in KINDS}
        return found if any(text.strip() for texts in found.values() for text in texts) else None


class TokenForm(forms.Form):
    """Make an API token."""

    name = forms.CharField(
        max_length=80, help_text="Which script uses it.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    scopes = forms.MultipleChoiceField(label="For what", widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        label="Ends after",
        help_text=f"Days, 1 to {LONGEST_DAYS}.",
    )

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(scope.value, scope.label) for scope in Scope if role.covers(scope.role)]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """Return somebody another role."""

    role = forms.ChoiceField(choices=Role.choices)
