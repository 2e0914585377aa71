"""Contacts as records from a source: all of the client's, or those of a campaign, each in one answer."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice

from bpadmin.platforms.errors import Invalid, NotFound, Reason
from bpadmin.platforms.jtel.campaigns import CampaignMethods
from bpadmin.platforms.jtel.columns import CONTACT_COLUMNS
from bpadmin.platforms.jtel.contacts import ContactMethods, is_of_campaign
from bpadmin.platforms.jtel.refusals import JUDGE
from bpadmin.platforms.names import id_of, names_of
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.sources import Condition, FilterKind, Source, SourceColumn, SourceFilter
from bpadmin.platforms.types import Campaign, Page, Record

ALL = "all"
USER_DATA, ID = "UserData", "ID"

FILTERS = (
    SourceFilter(USER_DATA, "User data", help="Exactly as it is stored."),
    SourceFilter(ID, "Contact ID", FilterKind.NUMBER),
)


class SourceMethods(CampaignMethods, ContactMethods, SourceReader):
    """The contacts of the client, and of each campaign, as sources."""

    has_attempts = False

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Read the sources: all contacts and each campaign's, or those of one campaign.

        Raises what `get_campaigns` and `get_campaign` raise.
        """
        if group_id:
            return (_source(self.get_campaign(group_id)),)
        return (Source(ALL, "All contacts", is_whole=True), *map(_source, self.get_campaigns()))

    def source_of_campaign(self, campaign_id: str) -> str:
        """Name the source that is the campaign's contacts."""
        return source_id_of(campaign_id)

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return what the platform can look contacts up by."""
        return FILTERS

    def source_columns(self, source_id: str) -> tuple[SourceColumn, ...]:
        """Return the members of contacts that the documents name."""
        return CONTACT_COLUMNS

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read contacts page by page out of one answer, which is dropped where the walk is left.

        `cursor` is the number of contacts to skip. Raises what `get_contacts`, `get_contact` and `find_contacts` do.
        """
        campaign_id = campaign_of(source_id)
        wanted = {condition.name: str(condition.value).strip() for condition in conditions}
        unknown = wanted.keys() - {USER_DATA, ID}
        if unknown:
            raise Invalid(f"Contacts cannot be filtered by {', '.join(sorted(unknown))}.", reason=Reason.BAD_REQUEST)
        return _pages(self._matching(campaign_id, wanted), limit, _skipped(cursor))

    def source_record(
        self,
        source_id: str,
        record_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 50,
        cursor: str = "",
    ) -> Record:
        """Read one contact by the platform's ID, or, where contacts have none, from the page where it was seen."""
        if not record_id.isdecimal():
            return super().source_record(source_id, record_id, conditions=conditions, limit=limit, cursor=cursor)
        contact = self.get_contact(record_id)
        if not _is_within(contact, campaign_of(source_id)):
            sentence = JUDGE.sentences[Reason.RECORD_NOT_FOUND]
            raise NotFound(sentence, reason=Reason.RECORD_NOT_FOUND)
        return contact

    def _matching(self, campaign_id: str, wanted: dict[str, str]) -> Generator[Record, None, None]:
        if wanted.get(ID):
            found = self._with_id(wanted[ID], wanted.get(USER_DATA, ""))
        elif wanted.get(USER_DATA):
            found = self.find_contacts(wanted[USER_DATA])
        else:
            return self.get_contacts(campaign_id)
        return (contact for contact in found if _is_within(contact, campaign_id))

    def _with_id(self, contact_id: str, user_data: str) -> tuple[Record, ...]:
        try:
            contact = self.get_contact(contact_id)
        except NotFound:
            return ()
        return (contact,) if user_data in ("", str(contact.entry.get(USER_DATA) or "")) else ()


def source_id_of(campaign_id: str) -> str:
    """Name the source that is this campaign's contacts."""
    return id_of("campaign", campaign_id)


def campaign_of(source_id: str) -> str:
    """Return the campaign that a source is of, "" for all contacts. Raises Invalid for an id that names none."""
    if source_id == ALL:
        return ""
    match names_of(source_id):
        case ("campaign", campaign_id) if campaign_id:
            return campaign_id
    raise Invalid("This address names no contacts. Go back to the records.", reason=Reason.BAD_REQUEST)


def _source(campaign: Campaign) -> Source:
    return Source(source_id_of(campaign.id), campaign.name, campaign.id, campaign.name, is_whole=True)


def _is_within(contact: Record, campaign_id: str) -> bool:
    return not campaign_id or is_of_campaign(contact, campaign_id)


def _skipped(cursor: str) -> int:
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 12):
        raise Invalid("This address names no page of contacts. Go back to the records.", reason=Reason.BAD_REQUEST)
    return int(cursor or 0)


def _pages(contacts: Generator[Record, None, None], limit: int, skip: int) -> Iterator[Page[Record]]:
    """Cut contacts into pages; a full one comes with a cursor where at least one contact follows."""
    with closing(contacts):
        ahead = list(islice(contacts, skip, skip + 1))
        while True:
            items = (*ahead, *islice(contacts, limit - len(ahead)))
            skip += len(items)
            ahead = list(islice(contacts, 1)) if len(items) == limit else []
            yield Page(items, str(skip) if ahead else "")
            if not ahead:
                return
