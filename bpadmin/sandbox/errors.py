"""Refusals, in the document's form: an HTTP status and `{"error": name, "error_description": reason}`."""

from __future__ import annotations


class Refusal(Exception):
    """A request that the tenant refuses; `status` is the HTTP status, `name` the error's name in the body."""

    def __init__(self, status: int, name: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.name = name
        self.description = description


def bad_request(description: str) -> Refusal:
    """400: not understood, or a parameter is missing, unknown, doubled or out of bounds."""
    return Refusal(400, "bad_request", description)


def unauthorized(description: str) -> Refusal:
    """401: wrong credentials, a locked user, or a token that is unknown or too old."""
    return Refusal(401, "unauthorized", description)


def forbidden(description: str) -> Refusal:
    """403: signed in, but not allowed."""
    return Refusal(403, "forbidden", description)


def not_found(what: str) -> Refusal:
    """404: there is no such path, campaign, list, record or job."""
    return Refusal(404, "not_found", f"{what} was not found")


def wrong_verb(verb: str) -> Refusal:
    """405: the path exists, but not for this verb."""
    return Refusal(405, "method_not_allowed", f"{verb} is not allowed for this resource")


def conflict(description: str) -> Refusal:
    """409: the tenant's state does not allow it now."""
    return Refusal(409, "conflict", description)


def unprocessable(description: str) -> Refusal:
    """422: understood, but not for a campaign of this type."""
    return Refusal(422, "unprocessable_entity", description)


def wrong_media(description: str) -> Refusal:
    """415: the body's media type is missing or not the expected one."""
    return Refusal(415, "unsupported_media_type", description)
