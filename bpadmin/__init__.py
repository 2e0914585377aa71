"""bpadmin: the dashboard in which contact-centre supervisors run outbound dialling.

Nothing is imported here: the platform clients work without settings, and Celery finds bpadmin.celery by itself.
"""

VERSION = "0.2.0"
