"""Contacts put into a campaign and taken out: one a call. A campaign is what other platforms have lists for.

Source: the parts "Import a Dialler Contact" and "Delete a Dialler Contact" of the vendor's "Dialler REST API". What
each method raises besides is said at the head of `campaigns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from bpadmin.platforms.errors import Conflict, PlatformError, Reason
from bpadmin.platforms.jtel import decode, endpoints
from bpadmin.platforms.jtel.caller import given
from bpadmin.platforms.jtel.campaigns import CampaignMethods
from bpadmin.platforms.jtel.contacts import ContactMethods, is_of_campaign
from bpadmin.platforms.jtel.record_rules import USER_DATA, is_like
from bpadmin.platforms.types import BatchResult, CallingList, Campaign, Record

CAMPAIGN, RESET = "DiallerCampaignsID", "ResetContact"


class UploadMethods(CampaignMethods, ContactMethods):
    """What can be done to the contacts of a campaign."""

    def walk_lists(self, *, limit: int = 100) -> Iterator[CallingList]:
        """Return every campaign as what files go into. By `get_campaigns`."""
        yield from map(_as_list, self.get_campaigns())

    def get_list(self, list_id: str) -> CallingList:
        """Return one campaign as what files go into; NotFound (CAMPAIGN_NOT_FOUND). By `get_campaign`."""
        return _as_list(self.get_campaign(list_id))

    def import_contact(self, campaign_id: str, contact: Mapping[str, Any], *, overwrite: bool = False) -> Record:
        """Add a contact to a campaign, and give it as it is kept, as far as the platform tells of it.

        POST dialler/contacts/import?overwriteDuplicates=. With `overwrite` the contact of the same UserData is
        overwritten, if there is one; without, another one is made whatever there is. NotFound (CAMPAIGN_NOT_FOUND);
        Conflict (DUPLICATE_KEY), of which the documents say no more than that it exists. Never repeated on a guess.
        Part "Import a Dialler Contact".
        """
        query = {"overwriteDuplicates": "true" if overwrite else "false"}
        body = {**contact, CAMPAIGN: int(campaign_id) if campaign_id.isdecimal() else campaign_id}
        return self._ask(endpoints.IMPORT_CONTACT, shape=decode.imported, query=query, body=body)

    def add_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Add a contact to a campaign. By `import_contact`, without overwriting."""
        self.import_contact(list_id, record)

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add contacts, each by a call of its own, whatever is there already. By `import_contact`."""
        return self._import_all(list_id, body, overwrite=False, reset=False)

    def upsert_many_records(
        self, list_id: str, body: bytes | Sequence[Mapping[str, Any]], *, reset: bool = False
    ) -> BatchResult:
        """Add contacts, or overwrite those of the same UserData, each by a call of its own. By `import_contact`.

        `reset` sends ResetContact, which the vendor documents for its CSV import from release 3.19 on.
        """
        return self._import_all(list_id, body, overwrite=True, reset=reset)

    def count_added(
        self, list_id: str, records: Sequence[Mapping[str, Any]], *, since: datetime | None = None
    ) -> tuple[int, ...]:
        """Count the contacts of the campaign that are like these: by user data, else among all, by name and numbers.

        By `find_contacts` and, where a record has no UserData, one reading of the campaign's contacts.
        """
        counts = [0] * len(records)
        nameless = [at for at, record in enumerate(records) if not record.get(USER_DATA)]
        for at, record in enumerate(records):
            if record.get(USER_DATA):
                found = self.find_contacts(str(record[USER_DATA]))
                counts[at] = sum(is_of_campaign(one, list_id) and is_like(record, one.entry) for one in found)
        if nameless:
            for one in self.get_contacts(list_id):
                for at in nameless:
                    counts[at] += is_like(records[at], one.entry)
        return tuple(counts)

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact with all that belongs to it. NotFound (RECORD_NOT_FOUND).

        DELETE dialler/contacts/contact/{DiallerContactsID}. Never repeated on a guess. Part "Delete a Dialler Contact
        by ID".
        """
        self._ask(endpoints.DELETE_CONTACT, given(contact_id, "The contact's ID"), shape=decode.done)

    def delete_contact_by_user_data(self, user_data: str) -> None:
        """Delete a contact by its UserData; of several that share it any one. NotFound (RECORD_NOT_FOUND).

        DELETE dialler/contacts/contact?userData=. Never repeated on a guess. Part "Delete a Dialler Contact by User
        Data".
        """
        query = {"userData": given(user_data, "The contact's UserData")}
        self._ask(endpoints.DELETE_CONTACT_BY_USER_DATA, shape=decode.done, query=query)

    def _import_all(
        self, list_id: str, body: bytes | Sequence[Mapping[str, Any]], *, overwrite: bool, reset: bool
    ) -> BatchResult:
        records: Sequence[Mapping[str, Any]] = orjson.loads(body) if isinstance(body, bytes) else body
        more = {RESET: True} if reset else {}
        refused: dict[str, list[Mapping[str, Any]]] = {}
        count = 0
        try:
            for record in records:
                try:
                    self.import_contact(list_id, {**record, **more}, overwrite=overwrite)
                    count += 1
                except Conflict as error:
                    if error.reason is not Reason.DUPLICATE_KEY:
                        raise
                    refused.setdefault("duplicateKey", []).append(record)
        except PlatformError as error:
            error.maybe_applied = error.maybe_applied or count > 0
            raise
        return BatchResult(count, refused)


def _as_list(campaign: Campaign) -> CallingList:
    return CallingList(id=campaign.id, name=campaign.name, campaigns=())
