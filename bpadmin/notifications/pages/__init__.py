"""The inbox, the rules and the channels as pages, and the fragment that every page asks for news."""
