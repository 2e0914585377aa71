"""What leaves this server, taken by servers of this machine: e-mail, webhooks, the ping."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bpadmin.dialler.types import Actor
from bpadmin.installation.hold import hold_begin, hold_end
from bpadmin.jobs.models import JobState
from bpadmin.notifications.conditions import Found
from bpadmin.notifications.delivery.ping import ping_send
from bpadmin.notifications.delivery.sending import PAUSES, messages_send
from bpadmin.notifications.digest import digests_plan
from bpadmin.notifications.events import conditions_note, jobs_watch, tenants_watch, watch_of
from bpadmin.notifications.models import Channel, Delivery, Message, MessageState, Webhook
from bpadmin.notifications.rules import rules_set
from bpadmin.notifications.topics import Topic
from bpadmin.notifications.webhooks import WebhookRefused, message_replay, webhook_add, webhook_rotate
from bpadmin.tenants.models import Membership, Tenant
from tests.notifications.receiving import Mailbox, Receiver
from tests.notifications.test_told import ended, idle
from tests.shell import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailed(supervisor: User, tenant: Tenant) -> User:
    """A supervisor who is told of idle campaigns by e-mail."""
    User.objects.filter(pk=supervisor.pk).update(email="sam@example.com")
    rules_set(tenant=tenant, user=supervisor, wanted={Topic.IDLE: (True, True)}, actor=Actor(user=supervisor))
    supervisor.refresh_from_db()
    return supervisor


def verified(body: bytes, headers: dict[str, str], key: str) -> bool:
    """Verify as the specification has it, with none of our code."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    secret = base64.b64decode(key.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(each, f"v1,{expected}") for each in headers["webhook-signature"].split())


def add(tenant: Tenant, receiver: Receiver, **more: Any) -> tuple[Webhook, str]:
    return webhook_add(tenant=tenant, name="Duty", url=receiver.url, actor=Actor(name="test"), **more)


def test_an_email_says_it_in_plain_text_and_html_with_link_and_reason(
    tenant: Tenant, mailed: User, mailbox: Mailbox
) -> None:
    conditions_note(tenant, [idle("A & B")], timezone.now())
    messages_send()
    (mail,) = mailbox.mails
    assert mail["To"] == "sam@example.com"
    assert mail["Subject"] == "[Acme Support] “A & B” dials nobody."
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "“A & B” dials nobody." in plain
    assert "https://dial.example.com/t/acme/" in plain
    assert "by the rule" in plain
    assert "“A &amp; B” dials nobody." in html
    assert Message.objects.get(channel=Channel.EMAIL).state == MessageState.ACCEPTED
    messages_send()
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("change", ["removed", "closed", "limited"])
def test_who_has_left_meanwhile_gets_no_email_that_waited(
    tenant: Tenant, mailed: User, mailbox: Mailbox, change: str
) -> None:
    conditions_note(tenant, [idle("One")], timezone.now())
    members = Membership.objects.filter(user=mailed)
    if change == "removed":
        members.delete()
    elif change == "closed":
        User.objects.filter(pk=mailed.pk).update(is_active=False)
    else:
        members.update(limits={"campaigns": ["elsewhere"], "lists": [], "dnc": []})
    messages_send()
    assert mailbox.mails == []
    message = Message.objects.get(channel=Channel.EMAIL)
    assert message.state == MessageState.GIVEN_UP
    assert "any more" in message.answer


def test_a_mail_server_that_refuses_is_tried_again_and_told_on_pages(
    tenant: Tenant, mailed: User, mailbox: Mailbox, administrator_client: Client, clock: Callable[..., None]
) -> None:
    mailbox.refuses = "451 not now"
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    message = Message.objects.get(channel=Channel.EMAIL)
    assert message.state == MessageState.FAILED
    assert "not now" in message.answer
    page = administrator_client.get(reverse("notifications:bell", args=[tenant.slug])).content.decode()
    assert "E-mail of this tenant does not go out." in page
    mailbox.refuses = ""
    messages_send()
    assert mailbox.mails == []
    clock(seconds=10)
    messages_send()
    assert len(mailbox.mails) == 1
    message.refresh_from_db()
    assert (message.state, message.tries) == (MessageState.ACCEPTED, 2)


def test_quiet_hours_hold_the_delivery_and_what_is_critical_goes_through(
    tenant: Tenant, mailed: User, mailbox: Mailbox, clock: Callable[..., None]
) -> None:
    from zoneinfo import ZoneInfo

    there = timezone.now().astimezone(ZoneInfo(tenant.time_zone))
    begin, end = (there + timedelta(hours=-1)).time(), (there + timedelta(hours=2)).time()
    Delivery.objects.create(tenant=tenant, user=mailed, quiet_from=begin, quiet_until=end)
    rules_set(tenant=tenant, user=mailed, wanted={Topic.CONNECTION: (True, True)}, actor=Actor(user=mailed))
    refused = Found(Topic.CONNECTION, "connection.refused", "", "bad", "The dialler refuses us.", "401", "/t/acme/")
    conditions_note(tenant, [idle("One"), refused], timezone.now())
    messages_send()
    assert [each["Subject"] for each in mailbox.mails] == ["[Acme Support] The dialler refuses us."]
    held = Message.objects.get(channel=Channel.EMAIL, event_kind="campaign.idle")
    assert (held.state, held.wait) == (MessageState.QUEUED, "quiet hours")
    conditions_note(tenant, [idle("One"), idle("Two"), refused], timezone.now())
    clock(hours=2, minutes=1)
    messages_send()
    # What was held comes as one.
    assert len(mailbox.mails) == 2
    assert mailbox.mails[1]["Subject"] == "[Acme Support] 2 messages"


def test_a_digest_sums_up_the_day_before_once(
    tenant: Tenant, mailed: User, mailbox: Mailbox, clock: Callable[..., None]
) -> None:
    job = ended(tenant, mailed, JobState.PARTIAL)
    conditions_note(tenant, [idle("Renewals")], timezone.now())
    messages_send()
    mailbox.mails.clear()
    Delivery.objects.create(tenant=tenant, user=mailed, digest_at=time(0, 0), digest_on=None)
    clock(days=1)
    assert digests_plan() == 1
    assert digests_plan() == 0
    messages_send()
    (mail,) = mailbox.mails
    text = mail.get_body(("plain",)).get_content()
    assert "Jobs that ended: 1 partly done." in text
    assert "- “Renewals” dials nobody." in text
    assert job.pk


def test_a_webhook_is_signed_by_the_specification(tenant: Tenant, receiver: Receiver) -> None:
    _, key = add(tenant, receiver)
    conditions_note(tenant, [idle("Renewals", "c1")], timezone.now())
    messages_send()
    (got,) = receiver.got
    assert got.path == "/hook?token=abc"
    assert verified(got.body, got.headers, key)
    assert not verified(got.body + b" ", got.headers, key)
    told = json.loads(got.body)
    assert told["type"] == "campaign.idle"
    assert (told["data"]["tenant"], told["data"]["subject"]) == ("acme", "c1")


def test_both_keys_sign_for_a_day_after_one_was_renewed(
    tenant: Tenant, receiver: Receiver, clock: Callable[..., None]
) -> None:
    hook, old = add(tenant, receiver)
    new = webhook_rotate(webhook=hook, actor=Actor(name="test"))
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    assert verified(receiver.got[0].body, receiver.got[0].headers, old)
    assert verified(receiver.got[0].body, receiver.got[0].headers, new)
    clock(days=1, minutes=1)
    conditions_note(tenant, [idle("One"), idle("Two")], timezone.now())
    messages_send()
    assert not verified(receiver.got[1].body, receiver.got[1].headers, old)
    assert verified(receiver.got[1].body, receiver.got[1].headers, new)


def test_nothing_names_a_person_or_a_file_unless_asked(tenant: Tenant, receiver: Receiver, supervisor: User) -> None:
    watch_of(tenant)
    add(tenant, receiver)
    webhook_add(tenant=tenant, name="Named", url=receiver.url, actor=Actor(name="test"), tells_names=True)
    ended(tenant, supervisor)
    jobs_watch()
    messages_send()
    bodies = sorted((each.body for each in receiver.got), key=len)
    assert b"sam" not in bodies[0]
    assert b"All is in." not in bodies[0]
    assert json.loads(bodies[1])["data"]["owner"] == "sam"


def test_about_ten_tries_over_three_days_under_one_id_then_it_is_given_up(
    tenant: Tenant, receiver: Receiver, clock: Callable[..., None], administrator: User, administrator_client: Client
) -> None:
    receiver.statuses = [500]
    add(tenant, receiver)
    conditions_note(tenant, [idle("One")], timezone.now())
    for _ in range(40):
        messages_send()
        clock(hours=3)
    message = Message.objects.get(channel=Channel.WEBHOOK)
    assert message.state == MessageState.GIVEN_UP
    assert len(receiver.got) == message.tries == len(PAUSES) + 1 == 10
    assert 3 <= sum(PAUSES) / 86_400 <= 3.5
    assert {each.headers["webhook-id"] for each in receiver.got} == {message.public_id}
    page = administrator_client.get(reverse("notifications:channels", args=[tenant.slug])).content.decode()
    assert "It answered 500." in page
    # Whoever looks after it is told by another channel.
    tenants_watch()
    assert "The webhook “Duty” fails." in list(
        Message.objects.filter(user=administrator, channel=Channel.PAGE).values_list("title", flat=True)
    )
    receiver.statuses = [204]
    message_replay(message=message)
    messages_send()
    message.refresh_from_db()
    assert message.state == MessageState.ACCEPTED
    assert Webhook.objects.get().failures == 0


def test_a_redirect_is_not_followed(tenant: Tenant, receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [302], "/elsewhere"
    add(tenant, receiver)
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    assert [each.path for each in receiver.got] == ["/hook?token=abc"]
    assert "a redirect, which is not followed" in Message.objects.get(channel=Channel.WEBHOOK).answer


def test_a_receiver_that_is_gone_is_asked_no_more(tenant: Tenant, receiver: Receiver) -> None:
    receiver.statuses = [410]
    hook, _ = add(tenant, receiver)
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    conditions_note(tenant, [idle("One"), idle("Two")], timezone.now())
    messages_send()
    assert len(receiver.got) == 1
    hook.refresh_from_db()
    assert hook.is_off


def test_an_address_of_a_private_network_is_refused_when_it_is_given_and_when_it_is_called(
    tenant: Tenant, receiver: Receiver, settings: Any
) -> None:
    add(tenant, receiver)
    settings.ALLOW_PRIVATE_TENANTS = False
    with pytest.raises(WebhookRefused, match="https"):
        webhook_add(tenant=tenant, name="Two", url=receiver.url, actor=Actor(name="test"))
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    assert receiver.got == []
    assert "BPADMIN_ALLOW_PRIVATE_TENANTS" in Message.objects.get(channel=Channel.WEBHOOK).answer


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("slack", lambda body: body["text"].startswith("🔴 *“A &amp; B” dials nobody.*\nNo list.")),
        ("google_chat", lambda body: body["text"].startswith("“A & B” dials nobody.\nNo list.")),
        (
            "teams",
            lambda body: (
                body["attachments"][0]["content"]["type"] == "AdaptiveCard"
                and body["attachments"][0]["content"]["body"][0]["text"] == "“A & B” dials nobody."
            ),
        ),
    ],
)
def test_other_services_get_their_shape_and_no_signature(
    tenant: Tenant, receiver: Receiver, form: str, told: Callable[[Any], bool]
) -> None:
    _, key = add(tenant, receiver, form=form)
    assert key == ""
    conditions_note(tenant, [idle("A & B")], timezone.now())
    messages_send()
    (got,) = receiver.got
    assert told(json.loads(got.body))
    assert "webhook-signature" not in got.headers


def test_nothing_goes_out_while_the_installation_is_held(tenant: Tenant, receiver: Receiver) -> None:
    add(tenant, receiver)
    conditions_note(tenant, [idle("One")], timezone.now())
    hold_begin(reason="restored")
    assert messages_send() == 0
    assert receiver.got == []
    hold_end()
    assert messages_send() == 1


def test_address_and_key_are_stored_encrypted_and_shown_once(
    tenant: Tenant, receiver: Receiver, administrator_client: Client, supervisor_client: Client
) -> None:
    said = {"name": "Duty", "url": receiver.url, "form": "standard", "topics": ["idle"]}
    url = reverse("notifications:webhook_add", args=[tenant.slug])
    assert supervisor_client.post(url, said).status_code == 403
    page = administrator_client.post(url, said).content.decode()
    assert "whsec_" in page
    hook = Webhook.objects.get()
    assert "token=abc" not in hook.url
    assert "whsec_" not in hook.key
    page = administrator_client.get(reverse("notifications:channels", args=[tenant.slug])).content.decode()
    assert "whsec_" not in page
    assert "token=abc" not in page


def test_each_channel_has_a_test(
    tenant: Tenant, receiver: Receiver, mailbox: Mailbox, mailed: User, supervisor_client: Client
) -> None:
    add(tenant, receiver)
    test = reverse("notifications:test", args=[tenant.slug])
    page = supervisor_client.post(test, {"channel": "email"}, follow=True).content.decode()
    assert "The test was taken." in page
    assert len(mailbox.mails) == 1
    supervisor_client.post(test, {"channel": "page"})
    bell = supervisor_client.get(reverse("notifications:bell", args=[tenant.slug])).content.decode()
    assert "A test message of Acme Support" in bell
    code, data = run("notification_test", tenant.slug, "--webhook", "Duty")
    assert (code, data["state"]) == (0, "accepted")
    receiver.statuses = [500]
    code, data = run("notification_test", tenant.slug, "--webhook", "Duty")
    assert (code, data["state"]) == (1, "given_up")


def test_webhooks_by_commands(tenant: Tenant, receiver: Receiver) -> None:
    code, data = run("webhook_add", tenant.slug, "Duty", "--url", receiver.url, "--topic", "idle")
    assert code == 0
    key = str(data["key"])
    code, data = run("webhook_rotate", tenant.slug, "Duty")
    assert data["key"] != key
    code, data = run("webhook_list", tenant.slug)
    assert data["webhooks"][0]["topics"] == ["idle"]
    conditions_note(tenant, [idle("One")], timezone.now())
    messages_send()
    code, data = run("webhook_replay", tenant.slug, Message.objects.get(channel=Channel.WEBHOOK).public_id)
    assert (code, len(receiver.got)) == (0, 2)
    assert run("webhook_remove", tenant.slug, "Duty")[0] == 0
    assert run("webhook_remove", tenant.slug, "Duty")[0] == 1


def test_the_ping_shows_that_the_scheduler_lives(receiver: Receiver, settings: Any) -> None:
    assert ping_send() is None
    settings.PING_URL = receiver.url
    answer = ping_send()
    assert answer is not None
    assert answer.is_ok
    assert len(receiver.got) == 1
