"""The 13 methods of the dialler's REST API as a table: where each is, what repeating it does, what it may refuse.

The first path variable of each is the ClientsID. 400, 401, 500 and a 404 without a body apply to all.
"""

from __future__ import annotations

from typing import ClassVar

from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import Reason
from bpadmin.platforms.http.endpoint import Endpoint as AnyEndpoint

ROOT = "/rest/v1.0/"


class Endpoint(AnyEndpoint):
    """One method of jtel's."""

    __slots__ = ()
    root: ClassVar[str] = ROOT


READ, ONCE = Effect.READ, Effect.ONCE

_CAMPAIGN = {404: (Reason.CAMPAIGN_NOT_FOUND,)}
_CONTACT = {404: (Reason.RECORD_NOT_FOUND,)}

GET_CAMPAIGNS = Endpoint("get_campaigns", "GET", "{}/dialler/campaigns", READ, "read the campaigns")
GET_CAMPAIGN = Endpoint("get_campaign", "GET", "{}/dialler/campaigns/{}", READ, "read the campaign", refusals=_CAMPAIGN)
FIND_CAMPAIGNS = Endpoint(
    "find_campaigns", "GET", "{}/dialler/campaigns/campaign", READ, "look for campaigns", refusals=_CAMPAIGN
)
GET_RESULT_CODES = Endpoint(
    "get_result_codes",
    "GET",
    "{}/dialler/campaigns/campaign/{}/resultCodes",
    READ,
    "read the campaign's result codes",
    refusals=_CAMPAIGN,
)
# A second clone would meet the name that the first one took.
CLONE_CAMPAIGN = Endpoint(
    "clone_campaign",
    "POST",
    "{}/dialler/campaigns/clone",
    ONCE,
    "clone the campaign",
    refusals=_CAMPAIGN | {409: (Reason.DUPLICATE_NAME,)},
)
# A second deletion would find nothing and say so, hiding that the first one worked; by name it might meet another one.
DELETE_CAMPAIGN = Endpoint(
    "delete_campaign",
    "DELETE",
    "{}/dialler/campaigns/campaign/{}",
    ONCE,
    "delete the campaign",
    refusals=_CAMPAIGN,
)
DELETE_CAMPAIGN_BY_NAME = Endpoint(
    "delete_campaign_by_name",
    "DELETE",
    "{}/dialler/campaigns/campaign",
    ONCE,
    "delete the campaign",
    refusals=_CAMPAIGN,
)
GET_CONTACTS = Endpoint("get_contacts", "GET", "{}/dialler/contacts", READ, "read the contacts", refusals=_CAMPAIGN)
GET_CONTACT = Endpoint("get_contact", "GET", "{}/dialler/contacts/{}", READ, "read the contact", refusals=_CONTACT)
FIND_CONTACTS = Endpoint(
    "find_contacts", "GET", "{}/dialler/contacts/contact", READ, "look for contacts", refusals=_CONTACT
)
# Without overwriting a second import makes a second contact; with it, two at once may both find nothing to overwrite.
IMPORT_CONTACT = Endpoint(
    "import_contact",
    "POST",
    "{}/dialler/contacts/import",
    ONCE,
    "add the contact",
    refusals=_CAMPAIGN | {409: (Reason.DUPLICATE_KEY,)},
)
# A second deletion would say that there is none, hiding that the first one worked; by user data it might meet another.
DELETE_CONTACT = Endpoint(
    "delete_contact", "DELETE", "{}/dialler/contacts/contact/{}", ONCE, "delete the contact", refusals=_CONTACT
)
DELETE_CONTACT_BY_USER_DATA = Endpoint(
    "delete_contact_by_user_data",
    "DELETE",
    "{}/dialler/contacts/contact",
    ONCE,
    "delete the contact",
    refusals=_CONTACT,
)

ENDPOINTS = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))
