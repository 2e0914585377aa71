"""The 3 methods for contacts, in the documents' order; all contacts come as a stream, since there is no paging.

What they raise besides what is named, see campaigns.py. Source: the page "Dialler Contact Functions" of the vendor's
"Dialler REST API".
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from functools import partial

from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.http.calling import address
from bpadmin.platforms.http.judging import broken
from bpadmin.platforms.http.lenient import Misshapen, text_in
from bpadmin.platforms.http.streaming import StreamedItems
from bpadmin.platforms.jtel import decode, endpoints
from bpadmin.platforms.jtel.caller import Caller, given
from bpadmin.platforms.types import Record


class ContactMethods(Caller):
    """What can be asked of contacts."""

    def get_contacts(self, campaign_id: str = "") -> Generator[Record, None, None]:
        """Read all contacts of the client, or of a campaign, as they arrive; stopping drops the connection.

        GET dialler/contacts?diallerCampaignsID=. Older releases have no parameter and give all contacts, so those of
        other campaigns are passed over. Broken for an answer that ends before its `count` is reached. NotFound
        (CAMPAIGN_NOT_FOUND). Part "Retrieve all Dialler Contacts".
        """
        endpoint = endpoints.GET_CONTACTS
        beginning, parts = self._transport.request(
            endpoint.method,
            address(endpoint, self._clients_id, query={"diallerCampaignsID": campaign_id} if campaign_id else None),
            decode=partial(decode.opened, endpoint=endpoint),
            effect=endpoint.effect,
            auth=self._auth,
            is_stream=True,
            name=endpoint.name,
        )
        items = StreamedItems(parts, "records")
        came = 0
        with closing(parts):
            try:
                for members in items:
                    came += 1
                    contact = decode.contact(members)
                    if not campaign_id or is_of_campaign(contact, campaign_id):
                        yield contact
                decode.done(items.envelope)
                decode.check_count(items.envelope, came)
            except Misshapen as failure:
                raise broken(beginning, endpoint, Reason.UNEXPECTED_SHAPE, str(failure)) from failure
            except ValueError as failure:
                raise broken(beginning, endpoint, Reason.NOT_JSON, str(failure)) from failure

    def get_contact(self, contact_id: str) -> Record:
        """Read a contact. NotFound (RECORD_NOT_FOUND).

        GET dialler/contacts/{DiallerContactsID}. Part "Retrieve a specific Dialler Contact by ID".
        """
        return self._ask(endpoints.GET_CONTACT, contact_id, shape=decode.one_contact)

    def find_contacts(self, user_data: str) -> tuple[Record, ...]:
        """Read the contacts whose UserData is `user_data`; none is no error.

        GET dialler/contacts/contact?userData=. Part "Retrieve Dialler Contacts by User Data".
        """
        query = {"userData": given(user_data, "The UserData to look for")}
        try:
            return self._ask(endpoints.FIND_CONTACTS, shape=decode.contacts, query=query)
        except NotFound:
            return ()


def is_of_campaign(contact: Record, campaign_id: str) -> bool:
    """Return whether a contact is one of a campaign's; one that does not say is taken for what was asked for."""
    return text_in(contact.entry, "DiallerCampaignsID") in ("", campaign_id)
