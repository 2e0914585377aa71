"""Feeds: files that come by themselves, guarded, and sent by the same jobs as those of a person."""
