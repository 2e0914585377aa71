"""Many requests put back into dialling: those that a filter finds, or those of a file; each is an act of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.sources import Condition, Source
from bpadmin.records.requests.services import request_recall

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# At once, on a page; more become a job.
MOST_AT_ONCE = 100
BEING_CALLED = "PROCESSING"


def requests_found(
    client: PlatformClient, source_id: str, conditions: Sequence[Condition], *, most: int | None = None
) -> list[str]:
    """Read the ids of the requests that meet conditions, `most` of them at most. Raises PlatformError."""
    pages = client.walk_source(source_id, conditions=conditions)
    found = (each.id for page in pages for each in page.items if each.id)
    return list(dict.fromkeys(islice(found, most)))


def requests_recall(
    *, tenant: Tenant, source: Source, request_ids: Iterable[str], terms: Mapping[str, Any], actor: Actor
) -> Iterator[tuple[str, Act]]:
    """Put requests back into dialling, one after another, on the same terms; gives what came of each, once for doubles.

    One whose answer was lost stays an act of unknown outcome: it is never recalled again on a guess, which would add to
    its priority twice.
    """
    for request_id in dict.fromkeys(each.strip() for each in request_ids if each.strip()):
        title = f"Request {request_id}"
        yield (
            request_id,
            request_recall(tenant=tenant, source=source, request_id=request_id, title=title, terms=terms, actor=actor),
        )
