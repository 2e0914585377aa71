"""The question whether these records are to go: kept for an hour, and answered once. It leaves no job behind.

It stands in the shared cache. One that is lost there is asked again; nothing was sent for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache

from bpadmin.approvals.services import MANY
from lists.deletions.options import RecordFilter
from lists.deletions.preview import Preview

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: the filter as it would be sent, its sentence, and what it would take."""

    list_id: str
    list_name: str
    criteria: RecordFilter
    sentence: str
    preview: Preview

    @property
    def takes_all(self) -> bool:
        """Return whether nothing would be left of the list."""
        return self.criteria.is_all or self.preview.takes_all

    @property
    def takes_many(self) -> bool:
        """Return whether it is of the weight for which two people are asked: all of the list, many, or nobody knows."""
        most = self.preview.most
        return self.takes_all or most is None or most > MANY

    @property
    def wants_name(self) -> bool:
        """Return whether the list's name is typed first."""
        return self.takes_all or (self.preview.wants_name and not self.preview.takes_nothing)


CALLS_OF_ALL = (
    "In progressive, predictive and automatic campaigns every call of this list that is being dialled, is in a script "
    "or is connected to an agent is cut off, and its result is lost. In preview campaigns only calls that no agent has "
    "taken yet are dropped."
)
CALLS_OF_SOME = (
    "What becomes of a call of one of these records that is under way, the API does not say: take it that it is cut "
    "off and its result lost."
)


def calls_words(question: Question) -> str:
    """Say what happens to live calls."""
    return CALLS_OF_ALL if question.takes_all else CALLS_OF_SOME


class QuestionGone(Exception):
    """The question was answered already, or is too old; the message says what to do."""


def question_keep(*, tenant: Tenant, question: Question, token: str = "") -> str:
    """Keep a question (in place of that with this token) and give its token."""
    token = token or secrets.token_urlsafe(12)
    data = {
        "list_id": question.list_id,
        "list_name": question.list_name,
        "filter": question.criteria.as_json(),
        "sentence": question.sentence,
        "preview": question.preview.as_json(),
    }
    cache.set(_key(tenant, token), data, KEPT_SECONDS)
    return token


def question_get(*, tenant: Tenant, list_id: str, token: str) -> Question:
    """Return a question about this list that was kept. Raises QuestionGone.

    Whoever may open the list may answer what was asked about it, and nothing that was asked about another one.
    """
    data = cache.get(_key(tenant, token))
    if data is None or data["list_id"] != list_id:
        raise QuestionGone(
            "This question is not kept any more: it was answered already, is older than an hour, or the cache was "
            "restarted. Nothing was deleted for it just now. Say again which records."
        )
    return Question(
        list_id=data["list_id"],
        list_name=data["list_name"],
        criteria=RecordFilter.from_json(data["filter"]),
        sentence=data["sentence"],
        preview=Preview.from_json(data["preview"]),
    )


def question_take(*, tenant: Tenant, list_id: str, token: str) -> Question:
    """Return a question to whom it is answered by, once. Raises QuestionGone."""
    question = question_get(tenant=tenant, list_id=list_id, token=token)
    if not cache.delete(_key(tenant, token)):
        raise QuestionGone("This question was answered already. Look at the jobs before you ask again.")
    return question


def _key(tenant: Tenant, token: str) -> str:
    return f"deletion-question:{tenant.pk}:{token}"
