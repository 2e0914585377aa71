"""Sign-in, password, sessions and the first page."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.audit.verbs import Verb
from bpadmin.tenants.access import LAST_TENANT, MUST_CHANGE_PASSWORD, PersonRequest, person_view, sign_in_first
from bpadmin.tenants.accounts.adapter import sign_in_told
from bpadmin.tenants.accounts.confirmation import confirm_first
from bpadmin.tenants.accounts.factors import passkeys_why_not
from bpadmin.tenants.accounts.first_run import first_person_create, is_first_run
from bpadmin.tenants.accounts.forms import PasswordForm, SignInForm
from bpadmin.tenants.accounts.sessions import ENDED, session_end, sessions_end
from bpadmin.tenants.landing import first_page
from bpadmin.tenants.people.services import password_changed
from bpadmin.tenants.services import tenants_of


class SignIn(LoginView):
    """allauth's sign-in on our page; a one-time password leads to the password page first."""

    form_class = SignInForm
    template_name = "registration/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page when nobody can sign in yet, and why the session before this one ended."""
        wanted = self.get_next_url()
        context: dict[str, Any] = super().get_context_data(
            has_people=User.objects.exists(),
            next=wanted or "",
            ended=self.request.session.get(ENDED, ""),
            may_use_passkeys=settings.LOCAL_SIGN_IN and not passkeys_why_not(self.request),
            sign_on_name=settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            has_passwords=settings.LOCAL_SIGN_IN,
            **kwargs,
        )
        return context


class SignOut(LogoutView):
    """Django's sign-out, written down."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out."""
        if isinstance(request.user, User):
            sign_in_told(Verb.SIGN_OUT, request, user=request.user)
        return super().post(request, *args, **kwargs)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest, code: str) -> HttpResponse:
    """Let whoever started the installation make the first sign-in, and lead on to the first tenant."""
    if not is_first_run(code):
        raise Http404("Somebody can sign in already.")
    form: UserCreationForm[User] = UserCreationForm(request.POST or None)
    for field in form.fields.values():
        field.help_text = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        user = first_person_create(username=said["username"], password=said["password1"])
        if user is None:
            return redirect("sign_in")
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("tenants:create")
    return render(request, "registration/first_run.html", {"form": form})


@person_view
def home(request: PersonRequest) -> HttpResponse:
    """Lead to the tenant that was open last, else to the first one, else to the list of tenants."""
    tenants = list(tenants_of(user=request.user))
    last = request.session.get(LAST_TENANT)
    for tenant in (*(t for t in tenants if t.slug == last), *tenants):
        return redirect(first_page(tenant), slug=tenant.slug)
    return redirect("tenants:index")


# Not behind person_view: it sends people with a one-time password here.
@never_cache
def password(request: PersonRequest) -> HttpResponse:
    """Let a person replace their password, which also ends a one-time password and their other sessions."""
    is_forced = bool(request.session.get(MUST_CHANGE_PASSWORD))
    if not is_forced and (stop := sign_in_first(request)):
        return stop
    form = PasswordForm(request.user, request.POST or None, address=str(request.META.get("REMOTE_ADDR", "")))
    if request.method == "POST" and form.is_valid():
        user = form.save()
        request.session.pop(MUST_CHANGE_PASSWORD, None)
        update_session_auth_hash(request, user)
        password_changed(user=user, keep=request.session.session_key)
        UserSession.objects.create_from_request(request)
        messages.success(request, "Your password has been changed.")
        return redirect("home")
    return render(request, "registration/password.html", {"form": form, "is_forced": is_forced})


@require_POST
@person_view
def session_close(request: PersonRequest, pk: int) -> HttpResponse:
    """End another session of the person."""
    if session_end(user=request.user, pk=pk):
        messages.success(request, "That session has been ended.")
    return redirect("mfa_index")


@require_POST
@person_view
def sessions_close(request: PersonRequest) -> HttpResponse:
    """End all other sessions of the person."""
    if stop := confirm_first(request):
        return stop
    ended = sessions_end(user=request.user, keep=request.session.session_key)
    messages.success(request, f"Signed out everywhere else: {ended} session{'' if ended == 1 else 's'} ended.")
    return redirect("mfa_index")
