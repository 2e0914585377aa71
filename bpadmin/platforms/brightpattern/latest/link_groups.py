"""The 4 methods of v3.2 on link groups: campaigns that follow one another.

Besides what each docstring names, every method may raise Unsupported (the tenant's version does not have it),
Unreachable, TlsFailed, Broken, AuthFailed, Forbidden and Invalid. Source: the section "Link Groups" of "List Management
API v3.2".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bpadmin.platforms.brightpattern import decode
from bpadmin.platforms.brightpattern.latest import endpoints, shapes
from bpadmin.platforms.brightpattern.latest.calling import NewerCaller
from bpadmin.platforms.campaign_details import LinkGroup
from bpadmin.platforms.http.paging import walk_pages
from bpadmin.platforms.types import Page

GROUPS_LIMIT = 100


class LinkGroupMethods(NewerCaller):
    """What newer tenants let be asked of link groups."""

    def get_link_groups(self, *, limit: int = GROUPS_LIMIT, cursor: str = "") -> Page[LinkGroup]:
        """Read up to `limit` (1 to 100) link groups with their numbers of campaigns.

        POST campaignlinkgroup/getAll. Invalid (LIMIT_TOO_LARGE). Part "Get Link Groups".
        """
        body = {"limit": limit, "cursor": cursor} if cursor else {"limit": limit}
        return self._newer(endpoints.GET_LINK_GROUPS, shape=shapes.link_group_page, body=body)

    def walk_link_groups(self, *, limit: int = GROUPS_LIMIT) -> Iterator[LinkGroup]:
        """Read all link groups, page by page as they are asked for."""
        for page in walk_pages(lambda cursor: self.get_link_groups(limit=limit, cursor=cursor), limit):
            yield from page.items

    def get_link_group(self, group_id: str) -> LinkGroup:
        """Read a link group with its campaigns in their order.

        GET campaignlinkgroup/getLinkGroup/:group_id. NotFound (LINK_GROUP_NOT_FOUND). Part "Get Link Group".
        """
        shape = partial(shapes.link_group, group_id=group_id)
        return self._newer(endpoints.GET_LINK_GROUP, group_id, shape=shape)

    def create_link_group(self, *, name: str) -> str:
        """Create an empty link group and give its id.

        POST campaignlinkgroup/createLinkGroup. Conflict (DUPLICATE_NAME). Never repeated on a guess. Part "Create Link
        Group".
        """
        return self._newer(endpoints.CREATE_LINK_GROUP, shape=shapes.made_id, body={"name": name})

    def delete_link_group(self, group_id: str) -> None:
        """Delete an empty link group.

        DELETE campaignlinkgroup/deleteLinkGroup/:group_id. NotFound (LINK_GROUP_NOT_FOUND); Conflict
        (LINK_GROUP_NOT_EMPTY). Never repeated on a guess. Part "Delete Link Group".
        """
        self._newer(endpoints.DELETE_LINK_GROUP, group_id, shape=decode.done)
