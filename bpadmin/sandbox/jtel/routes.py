"""The methods of the dialler, in the order of the vendor's pages: campaigns, then contacts."""

from __future__ import annotations

from bpadmin.sandbox.jtel import handlers, intake
from bpadmin.sandbox.routes import Method

METHODS: tuple[Method, ...] = (
    *(
        Method("Dialler Campaigns", title, verb, f"dialler/campaigns{path}", handler, api="jtel")
        for title, verb, path, handler in (
            ("Retrieve all Dialler Campaigns", "GET", "", handlers.get_campaigns),
            ("Retrieve a specific Dialler Campaign by ID", "GET", "/:DiallerCampaignsID", handlers.get_campaign),
            ("Retrieve Dialler Campaigns by Name", "GET", "/campaign", handlers.find_campaigns),
            (
                "Retrieve the Result Codes from a Dialler Campaign",
                "GET",
                "/campaign/:DiallerCampaignsID/resultCodes",
                handlers.get_result_codes,
            ),
            ("Clone a Dialler Campaign", "POST", "/clone", handlers.clone_campaign),
            ("Delete a Dialler Campaign by ID", "DELETE", "/campaign/:DiallerCampaignsID", handlers.delete_campaign),
            ("Delete a Dialler Campaign by Name", "DELETE", "/campaign", handlers.delete_campaign_by_name),
        )
    ),
    *(
        Method("Dialler Contacts", title, "GET", f"dialler/contacts{path}", handler, api="jtel")
        for title, path, handler in (
            ("Retrieve all Dialler Contacts", "", handlers.get_contacts),
            ("Retrieve a specific Dialler Contact by ID", "/:DiallerContactsID", handlers.get_contact),
            ("Retrieve Dialler Contacts by User Data", "/contact", handlers.find_contacts),
        )
    ),
)

# What the vendor's later pages have besides.
NEWER_METHODS: tuple[Method, ...] = tuple(
    Method("Dialler Contacts", title, verb, f"dialler/contacts{path}", handler, api="jtel")
    for title, verb, path, handler in (
        ("Import a Dialler Contact", "POST", "/import", intake.import_contact),
        ("Delete a Dialler Contact by ID", "DELETE", "/contact/:DiallerContactsID", intake.delete_contact),
        ("Delete a Dialler Contact by User Data", "DELETE", "/contact", intake.delete_contact_by_user_data),
    )
)
