"""Deliveries: queued when a file is made, claimed by one process each, never repeated on a guess."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_reason
from bpadmin.reports.delivery.types import DeliveryFailed, Parcel
from bpadmin.reports.destinations import parcel_send
from bpadmin.reports.files import edition_open, manifest_bytes, manifest_name
from bpadmin.reports.models import (
    OPEN_DELIVERIES,
    Delivery,
    DeliveryState,
    Destination,
    Edition,
    EditionState,
    Way,
)
from bpadmin.reports.services import ReportRefused, report_log, role_check
from bpadmin.storage.troubles import StorageAway
from bpadmin.web.downloads import FileGone

log = logging.getLogger(__name__)

# Seconds until the next try, after the first, second, … one.
PAUSES = (60, 300, 1800, 7200, 21_600)
# A process that died with a delivery leaves it to another one after that.
CLAIM = timedelta(minutes=20)
AT_ONCE = 50
SECONDS = 60.0


def deliveries_queue(
    *, edition: Edition, asked_by: str, destinations: Sequence[Destination] | None = None
) -> list[Delivery]:
    """Have a file delivered to the places of its report, or to some of them."""
    now = timezone.now()
    wanted = edition.report.destinations.all() if destinations is None else destinations
    return Delivery.objects.bulk_create(
        Delivery(
            tenant_id=edition.tenant_id,
            edition=edition,
            destination=each,
            destination_name=each.name,
            way=each.way,
            asked_by_name=asked_by,
            due_at=now,
            made_at=now,
        )
        for each in wanted
    )


def edition_send(
    *, edition: Edition, actor: Actor, destinations: Sequence[Destination] | None = None
) -> list[Delivery]:
    """Send a file again, or one that is not complete all the same, by the wish of a person. Raises ReportRefused."""
    role_check(edition.tenant, actor)
    if edition.state != EditionState.READY:
        raise ReportRefused(f"There is no file to send. {edition.sentence}")
    try:
        with edition_open(edition):
            pass
    except (FileGone, StorageAway, OSError) as gone:
        raise ReportRefused(str(gone)) from gone
    wanted = list(edition.report.destinations.all() if destinations is None else destinations)
    busy = set(edition.deliveries.filter(state__in=OPEN_DELIVERIES).values_list("destination_id", flat=True))
    wanted = [each for each in wanted if each.pk not in busy]
    if not wanted:
        why = "It is on its way already." if busy else "The report has no destination. Give it one first."
        raise ReportRefused(why)
    with transaction.atomic():
        made = deliveries_queue(edition=edition, asked_by=actor.called, destinations=wanted)
        names = ", ".join(each.name for each in wanted)
        report_log(Verb.REPORT_SEND, edition.report, actor, f"{edition.file_name} to {names}")
    return made


def deliveries_send(*, now: datetime | None = None) -> int:
    """Send all that is due; returns how many were taken. While the installation is held nothing goes out."""
    now = now or timezone.now()
    due = Delivery.objects.filter(state__in=OPEN_DELIVERIES, due_at__lte=now)
    if not due.exists() or hold_reason():
        return 0
    until, sent = time.monotonic() + SECONDS, 0
    for delivery in _with_all(due.order_by("due_at", "pk")[:AT_ONCE]):
        if time.monotonic() >= until:
            break
        sent += delivery_send(delivery, now=now)
    return sent


def _with_all(found: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return found.select_related("edition__report__tenant", "edition__tenant", "destination", "tenant")


def delivery_send(delivery: Delivery, *, now: datetime | None = None) -> bool:
    """Send one delivery, if nobody else does; returns whether it arrived."""
    now = now or timezone.now()
    was_sending = delivery.state == DeliveryState.SENDING
    mine = Delivery.objects.filter(pk=delivery.pk, state=delivery.state, due_at=delivery.due_at, tries=delivery.tries)
    if not mine.update(state=DeliveryState.SENDING, due_at=now + CLAIM, tries=F("tries") + 1):
        return False
    delivery.tries += 1
    if was_sending and delivery.way == Way.MAIL:
        # Elsewhere another try overwrites what the first one left.
        _end(delivery, DeliveryState.FAILED, "bpadmin stopped while it was sent, so it may have arrived.", now)
        return False
    try:
        words = _send(delivery)
    except DeliveryFailed as failed:
        if failed.may_retry and delivery.tries <= len(PAUSES):
            pause = timedelta(seconds=PAUSES[delivery.tries - 1])
            words = f"{failed} It is tried again."
            changes = {"state": DeliveryState.QUEUED, "sentence": words, "due_at": now + pause}
            Delivery.objects.filter(pk=delivery.pk).update(**changes)
        else:
            _end(delivery, DeliveryState.FAILED, str(failed), now)
        return False
    except Exception:
        log.exception("delivery %s failed", delivery.pk)
        words = "It was stopped by an error of ours while it was sent; the log of the worker has the details."
        _end(delivery, DeliveryState.FAILED, words, now)
        return False
    _end(delivery, DeliveryState.SENT, words, now)
    return True


def _send(delivery: Delivery) -> str:
    edition, destination = delivery.edition, delivery.destination
    if destination is None:
        raise DeliveryFailed("The destination was removed.")
    try:
        with edition_open(edition) as file:
            parcel = Parcel(
                title=f"[{edition.tenant.name}] {edition.report.name}",
                words=_words(edition),
                name=edition.file_name,
                file=file,
                size=edition.size or 0,
                manifest_name=manifest_name(edition),
                manifest=manifest_bytes(edition),
            )
            return parcel_send(destination, parcel)
    except FileGone as gone:
        raise DeliveryFailed(str(gone)) from gone
    except StorageAway as away:
        raise DeliveryFailed(str(away), may_retry=True) from away


def _words(edition: Edition) -> str:
    manifest = edition.manifest
    span = f"From {manifest['from']} until {manifest['until']}." if manifest.get("from") else "Whatever their time."
    return f"{edition.file_name}\n\n{manifest['report']}: {manifest['of']}\n{span}\n{edition.sentence}\n"


def _end(delivery: Delivery, state: DeliveryState, sentence: str, now: datetime) -> None:
    delivery.state, delivery.sentence = state, sentence
    changes = {"state": state, "sentence": sentence, "due_at": None, "ended_at": now}
    Delivery.objects.filter(pk=delivery.pk).update(**changes)


def deliveries_drive(edition: Edition) -> list[Delivery]:
    """Send what of an edition is due here and now, as commands do, and return its deliveries."""
    if not hold_reason():
        due = edition.deliveries.filter(Q(state=DeliveryState.QUEUED, due_at__lte=timezone.now()))
        for delivery in _with_all(due):
            with suppress(Delivery.DoesNotExist):
                delivery_send(delivery)
    return list(edition.deliveries.all())
