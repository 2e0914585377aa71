"""What plans tell: one event for each that was not done as planned, or is held."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bpadmin.notifications.messages import messages_plan
from bpadmin.notifications.models import Event
from bpadmin.notifications.topics import Topic
from bpadmin.plans.models import Plan, PlanState

log = logging.getLogger(__name__)

ALIKE = timedelta(minutes=1)


def plan_note(plan: Plan, sentence: str, *, needs_a_look: bool) -> None:
    """Tell the owner of a plan and the administrators that it was not done as planned, failed or is held.

    What was done is nobody's message. A trouble of ours here must not keep the plan from going on.
    """
    if not needs_a_look:
        return
    try:
        _note(plan, sentence)
    except Exception:
        log.exception("that plan %s needs a look could not be told", plan.pk)


def _note(plan: Plan, sentence: str) -> None:
    now = timezone.now()
    is_held = Plan.objects.filter(pk=plan.pk, state=PlanState.HELD, held_reason=sentence).exists()
    # A run that found its owner gone ends with the words with which the plan was held.
    alike = Event.objects.filter(kind="plan.held", subject=str(plan.pk), words=sentence, began_at__gte=now - ALIKE)
    if is_held and alike.exists():
        return
    title = f"The plan “{plan.name}” is held." if is_held else f"The plan “{plan.name}” did not do what was planned."
    mark = hashlib.sha256(f"plan\0{plan.pk}\0{now.isoformat()}\0{sentence}".encode()).hexdigest()
    with transaction.atomic():
        event = Event.objects.create(
            tenant_id=plan.tenant_id,
            topic=Topic.MY_PLANS,
            kind="plan.held" if is_held else "plan.told",
            subject=str(plan.pk),
            mark=mark,
            tone="bad" if is_held else "warn",
            title=title,
            words=sentence,
            path=reverse("plans:detail", args=[plan.tenant.slug, plan.pk]),
            owner_id=plan.owner_id,
            needs_person=True,
            began_at=now,
            ended_at=now,
        )
        messages_plan(plan.tenant, [event], [], now)
