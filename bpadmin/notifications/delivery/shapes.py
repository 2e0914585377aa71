"""The bodies of webhooks: Standard Webhooks' own, and the shapes that Slack, Teams and Google Chat take."""

from __future__ import annotations

from typing import Any

import orjson

from bpadmin.notifications.delivery.links import absolute
from bpadmin.notifications.models import Event, Message, MessageKind, WebhookForm

MARKS = {"bad": "🔴", "warn": "🟠", "info": "🔵", "ok": "🟢"}


def body_of(message: Message, form: str, *, tells_names: bool) -> bytes:
    """Return the body of a message in a form."""
    if form == WebhookForm.STANDARD:
        return orjson.dumps(_standard(message, tells_names=tells_names))
    words = "" if _is_named(message) and not tells_names else message.words
    lines = [message.title, words]
    link = absolute(message.path)
    if form == WebhookForm.SLACK:
        title = f"{MARKS[message.tone]} *{_slack(message.title)}*"
        rest = [_slack(words), f"<{link}|Open>" if link else ""]
        return orjson.dumps({"text": "\n".join(each for each in (title, *rest) if each)})
    if form == WebhookForm.GOOGLE_CHAT:
        return orjson.dumps({"text": "\n".join(each for each in (*lines, link) if each)})
    return orjson.dumps({"type": "message", "attachments": [_card(lines, link)]})


def _is_named(message: Message) -> bool:
    """Return whether the words may hold a file's name or a person's: those of jobs are told by names alone."""
    return message.event_kind.startswith("job.")


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _card(lines: list[str], link: str) -> dict[str, Any]:
    """Return an adaptive card, as workflows of Teams take it."""
    blocks = [
        {"type": "TextBlock", "text": text, "wrap": True, **({"weight": "bolder"} if number == 0 else {})}
        for number, text in enumerate(lines)
        if text
    ]
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    if link:
        content["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": link}]
    return {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}


def _standard(message: Message, *, tells_names: bool) -> dict[str, Any]:
    event: Event | None = message.events.select_related("owner").first()
    is_over = message.kind == MessageKind.RECOVERY
    data: dict[str, Any] = {
        "tenant": message.tenant.slug if message.tenant else None,
        "title": message.title,
        "tone": message.tone,
        "url": absolute(message.path) or None,
        "is_over": is_over,
    }
    if event is not None:
        data |= {
            "topic": event.topic,
            "subject": event.subject,
            "began_at": event.began_at.isoformat(),
            "ended_at": event.ended_at.isoformat() if event.ended_at else None,
        }
    if tells_names or not _is_named(message):
        data["words"] = message.words
    if tells_names and event is not None and event.owner is not None:
        data["owner"] = event.owner.get_username()
    kind = f"{message.event_kind}.over" if is_over else message.event_kind
    return {"type": kind, "timestamp": message.made_at.isoformat(), "data": data}
