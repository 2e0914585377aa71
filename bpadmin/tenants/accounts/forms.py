"""Forms of a person: sign-in, password, acceptance of an invitation."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.http import HttpResponse

from bpadmin.tenants.accounts.throttle import TooManyTries, try_begin
from bpadmin.tenants.people.services import OneTimePasswordRefused, one_time_password_spend

PASSWORD_HELP = "At least 10 characters: several words that do not belong together. Not a common one, not your name."  # noqa: S105


class SignInForm(LoginForm):
    """allauth's sign-in form with our names; a one-time password that is too old or was used opens nothing."""

    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    field_order = ("username", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["login"]
        for name in ("username", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""

    def clean(self) -> Any:
        """Check the password, then spend a one-time one."""
        self.cleaned_data["login"] = self.cleaned_data.get("username", "")
        cleaned = super().clean()
        if self.user is not None:
            try:
                one_time_password_spend(user=self.user)
            except OneTimePasswordRefused as refused:
                raise forms.ValidationError(str(refused)) from refused
        return cleaned

    def login(self, request: Any, redirect_url: str | None = None) -> HttpResponse:
        """Go on to the second factor, or in."""
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        return response


class PasswordForm(PasswordChangeForm):
    """Django's password form with its rules in one sentence; wrong present passwords are counted as at sign-in."""

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        """Look at the present password unless there were too many tries."""
        try:
            tried = try_begin(name=self.user.get_username(), address=self.address, kind="password")
        except TooManyTries as refused:
            raise forms.ValidationError(str(refused)) from refused
        found: str = super().clean_old_password()
        tried.right()
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse the present password as the new one: who made or read out a one-time password would keep it."""
        cleaned: dict[str, Any] = super().clean() or {}
        old, new = cleaned.get("old_password"), cleaned.get("new_password1")
        if old and new and old == new:
            self.add_error("new_password1", "This is the present one. Choose another one.")
        return cleaned


class NewSignInForm(forms.Form):
    """Choose a name and a password, to accept an invitation with."""

    username = forms.CharField(
        max_length=150,
        help_text="What you sign in with. Letters, figures and @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    full_name = forms.CharField(max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        max_length=128, help_text=PASSWORD_HELP, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        max_length=128, label="Password again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Look whether the password will do and was typed twice the same."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "This is another password than above.")
        elif cleaned.get("password"):
            first, _, last = cleaned.get("full_name", "").partition(" ")
            user = User(username=cleaned.get("username", ""), first_name=first, last_name=last)
            try:
                validate_password(cleaned["password"], user)
            except forms.ValidationError as refused:
                self.add_error("password", refused)
        return cleaned
