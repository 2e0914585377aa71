"""Invitations, as whoever holds a link sees them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bpadmin.audit.verbs import Verb
from bpadmin.tenants.access import PersonRequest, sign_in_first
from bpadmin.tenants.accounts.adapter import sign_in_told
from bpadmin.tenants.accounts.forms import NewSignInForm
from bpadmin.tenants.accounts.throttle import TooManyTries, try_begin
from bpadmin.tenants.people.invitations import invitation_accept, invitation_accept_new, invitation_find
from bpadmin.tenants.people.services import PeopleRefused


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: PersonRequest, token: str) -> HttpResponse:
    """Show what an invitation is to, and let whoever holds the link accept it: as who they are, or as somebody new."""
    try:
        found = invitation_find(token)
    except PeopleRefused as refused:
        return render(request, "tenants/accounts/invitation_gone.html", {"words": str(refused)}, status=404)
    if request.user.is_authenticated:
        return _accept(request, token, {"invitation": found})
    form = NewSignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            # Whoever holds a link must not find out by it which names exist.
            try_begin(name=token, address=str(request.META.get("REMOTE_ADDR", "")), kind="invitation")
            membership = invitation_accept_new(
                token=token, username=data["username"], full_name=data["full_name"], password=data["password"]
            )
        except (PeopleRefused, TooManyTries) as refused:
            form.add_error("username", str(refused))
        else:
            login(request, membership.user)
            sign_in_told(Verb.SIGN_IN, request, user=membership.user)
            return redirect("results:home", slug=membership.tenant.slug)
    sign_in = f"/sign-in/?{urlencode({'next': request.path})}"
    context = {"invitation": found, "form": form, "sign_in_url": sign_in}
    return render(request, "tenants/accounts/invitation_new.html", context, status=422 if form.errors else 200)


def _accept(request: PersonRequest, token: str, context: dict[str, object]) -> HttpResponse:
    """Ask somebody who has signed in, and make them a member."""
    if stop := sign_in_first(request):
        return stop
    if request.method != "POST":
        return render(request, "tenants/accounts/invitation.html", context)
    try:
        membership = invitation_accept(token=token, user=request.user)
    except PeopleRefused as refused:
        messages.error(request, str(refused))
        return redirect("home")
    messages.success(request, f"You are now {membership.get_role_display()} in {membership.tenant.name}.")
    return redirect("results:home", slug=membership.tenant.slug)
