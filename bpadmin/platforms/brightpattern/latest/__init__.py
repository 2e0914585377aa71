"""The methods of v3.2 of the document beyond Do Not Call lists: settings of campaigns, unbound lists, link groups."""
