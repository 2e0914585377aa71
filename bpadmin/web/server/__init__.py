"""The web server's own side: the application, and what is let in before a page sees it."""
