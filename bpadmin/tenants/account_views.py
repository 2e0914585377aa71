"""Sign-in, password and the first page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import redirect, render

from bpadmin.tenants.access import LAST_TENANT, MUST_CHANGE_PASSWORD, PersonRequest, person_view
from bpadmin.tenants.forms import PasswordForm, SignInForm
from bpadmin.tenants.landing import first_page
from bpadmin.tenants.models import OneTimePassword
from bpadmin.tenants.services import tenants_of


class SignIn(LoginView):
    """Django's sign-in with our form; a one-time password leads to the password page first."""

    authentication_form = SignInForm
    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in and remember in the session when the password must be replaced."""
        response = super().form_valid(form)
        if OneTimePassword.objects.filter(user=form.get_user()).exists():
            self.request.session[MUST_CHANGE_PASSWORD] = True
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page when nobody can sign in yet."""
        return super().get_context_data(has_people=User.objects.exists(), **kwargs)


@person_view
def home(request: PersonRequest) -> HttpResponse:
    """Lead to the tenant that was open last, else to the first one, else to the list of tenants."""
    tenants = list(tenants_of(user=request.user))
    last = request.session.get(LAST_TENANT)
    for tenant in (*(t for t in tenants if t.slug == last), *tenants):
        return redirect(first_page(tenant), slug=tenant.slug)
    return redirect("tenants:index")


# Not behind person_view: it sends people with a one-time password here.
@login_required
def password(request: PersonRequest) -> HttpResponse:
    """Let a person replace their password, which also ends a one-time password."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        OneTimePassword.objects.filter(user=user).delete()
        request.session.pop(MUST_CHANGE_PASSWORD, None)
        update_session_auth_hash(request, user)
        messages.success(request, "Your password has been changed.")
        return redirect("home")
    context = {"form": form, "is_forced": bool(request.session.get(MUST_CHANGE_PASSWORD))}
    return render(request, "registration/password.html", context)
