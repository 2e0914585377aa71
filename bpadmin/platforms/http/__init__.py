"""One way of speaking HTTP with a dialler: connections, retries, answers, pages."""
