"""bpadmin: the dashboard in which contact-centre supervisors run outbound dialling."""

from bpadmin.celery import app as celery_app

__all__ = ["celery_app"]
