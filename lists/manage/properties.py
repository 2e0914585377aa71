"""The properties of a list: its name, and when its records are too old to be dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.campaign_details import EXPIRY_DAYS, ListExpiry

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import CallingList
    from bpadmin.tenants.models import Tenant

NAME_LENGTH = 255
EXPIRY = (("", "Leave it as it is"), ("never", "Never"), ("INSERTION", "So many days after they were put in"))
BY_DATE = ("DATE_FIELD", "So many days after a date in the record")


class PropertiesForm(forms.Form):
    """A list's name and expiry. The platform does not tell the expiry, so that it is left as it is unless chosen."""

    name = forms.CharField(label="Name", max_length=NAME_LENGTH)
    expiry = forms.ChoiceField(label="Records are too old to be dialled", required=False)
    days = forms.IntegerField(
        label="Days", required=False, min_value=EXPIRY_DAYS[0], max_value=EXPIRY_DAYS[1], initial=90
    )
    date_field = forms.ChoiceField(label="Date in the field", required=False)

    def __init__(self, data: Any = None, *, name: str, date_fields: list[str]) -> None:
        super().__init__(data, initial={"name": name})
        choices = [*EXPIRY, BY_DATE] if date_fields else list(EXPIRY)
        self.fields["expiry"].choices = choices  # type: ignore[attr-defined]
        self.fields["date_field"].choices = [(each, each) for each in date_fields]  # type: ignore[attr-defined]
        if not date_fields:
            del self.fields["date_field"]

    def clean(self) -> dict[str, Any]:
        """Ask for the days where they count."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("expiry") in ("INSERTION", BY_DATE[0]) and cleaned.get("days") is None:
            self.add_error("days", "Say after how many days, from 0 to 365.")
        if cleaned.get("expiry") == BY_DATE[0] and not cleaned.get("date_field"):
            self.add_error("date_field", "Choose the field.")
        return cleaned

    def expiry_wanted(self) -> ListExpiry | None:
        """Return the expiry that was chosen, None to leave it."""
        chosen = self.cleaned_data.get("expiry")
        if not chosen:
            return None
        if chosen == "never":
            return ListExpiry(False)
        field = self.cleaned_data.get("date_field", "") if chosen == BY_DATE[0] else ""
        return ListExpiry(True, self.cleaned_data["days"], field)


def list_properties_change(
    *, tenant: Tenant, calling_list: CallingList, name: str = "", expiry: ListExpiry | None = None, actor: Actor
) -> Act:
    """Rename a list, or say when its records expire; twice is the same as once."""
    renamed = name if name != calling_list.name else ""
    words = []
    if renamed:
        words.append(f"it is called “{renamed}”")
    if expiry is not None:
        since = f"the date in “{expiry.date_field}”" if expiry.date_field else "they were put in"
        words.append(f"records expire {expiry.days} days after {since}" if expiry.expires else "records never expire")

    def ask(client: PlatformClient) -> Act:
        if not words:
            return Act(Outcome.DONE, f"Nothing of “{calling_list.name}” was to be changed.")
        client.update_list_properties(calling_list.id, name=renamed, expiry=expiry)
        return Act(Outcome.DONE, f"“{calling_list.name}” is changed: {' and '.join(words)}.")

    return action_perform(
        verb=Verb.LIST_PROPERTIES,
        tenant=tenant,
        actor=actor,
        target=Target("list", calling_list.id, calling_list.name),
        asked=f"change the properties of the list “{calling_list.name}”",
        ask=ask,
        what=f"“{calling_list.name}” was not changed",
        wanted={"name": renamed if expiry is None else ""},
        details={
            "before": {"name": calling_list.name},
            "after": {"name": renamed or calling_list.name},
            "expiry": [expiry.expires, expiry.days, expiry.date_field] if expiry else None,
        },
    )


class PropertiesAction(ActionKind):
    """A change of a list: its name can be read, its expiry cannot."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Compare the name, where nothing else was changed."""
        wanted = action.want("name")
        if not wanted:
            return None
        now = client.get_list(action.target_id).name
        if now == wanted:
            return Act(Outcome.DONE, f"The list is called “{wanted}”. The answer was lost, so it was read again.")
        words = f"The list is called “{now}”"
        return Act(Outcome.REFUSED, f"{words}; the answer was lost.", so_far=f"{words} so far; the answer was lost.")

    def after(self, action: Action, act: Act) -> None:
        """Let pages read the list again."""
        lists_forget(tenant=action.tenant, list_id=action.target_id)
