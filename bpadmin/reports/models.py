"""Reports, where they go, each file that was made, and what became of each of its deliveries."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from bpadmin.jobs.models import Job
from bpadmin.texts import LongText, PlainData, ShortText

NAME_LENGTH = 120


class Way(models.TextChoices):
    """How a file goes out."""

    MAIL = "mail", "E-mail"
    FOLDER = "folder", "A folder of this server"
    S3 = "s3", "A bucket (S3)"
    SFTP = "sftp", "A server (SFTP)"


class Destination(models.Model):
    """A place that files are delivered to. `settings` are the way's own, `secret` is encrypted, "" where there is none.

    `host_key` is the one that an SFTP server showed when it was added; another one is refused.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="report_destinations")
    name = ShortText(max_length=NAME_LENGTH)
    way = models.CharField(max_length=10, choices=Way.choices)
    settings = PlainData(default=dict, blank=True)
    secret = models.TextField(blank=True, default="")
    made_by_name = ShortText(max_length=150)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_destination_per_name")]

    def __str__(self) -> str:
        return self.name


class Subject(models.TextChoices):
    """What a report shows."""

    RESULTS = "results", "Figures of results"
    RECORDS = "records", "Records"


class ReportFormat(models.TextChoices):
    """What kind of file is made."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    PDF = "pdf", "PDF, as the page prints"
    NDJSON = "ndjson", "NDJSON, one JSON object a line"


class Report(models.Model):
    """A page of results or records that is made into a file again and again.

    `content` is a `bpadmin.reports.content.Figures` or `Records` as JSON, by `subject`. `period` names the days it is
    about, counted from the moment at which it is made, on the clock of `time_zone`; "" for none. `file_name` is a
    pattern. `owner_name` is who changed it last.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="reports")
    name = ShortText(max_length=NAME_LENGTH)
    subject = models.CharField(max_length=10, choices=Subject.choices)
    content = PlainData(default=dict)
    period = models.CharField(max_length=20, blank=True, default="")
    format = models.CharField(max_length=10, choices=ReportFormat.choices, default=ReportFormat.CSV)
    time_zone = models.CharField(max_length=60)
    file_name = ShortText(max_length=200)
    destinations = models.ManyToManyField(Destination, blank=True, related_name="reports")
    owner_name = ShortText(max_length=150)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_report_per_name")]

    def __str__(self) -> str:
        return self.name


class EditionState(models.TextChoices):
    """How far the file of a report is."""

    MAKING = "making", "Being made"
    READY = "ready", "Made"
    FAILED = "failed", "Failed"


class Edition(models.Model):
    """The file of a report for one period, made once at a `moment`.

    MAKING ──▶ READY, with its file and its manifest, or FAILED with words. Where records are exported, `job` reads them
    and `path` is its file. What is not `is_complete` goes out only when a person says so.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="report_editions")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="editions")
    moment = models.DateTimeField()
    begin = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = ShortText(max_length=200)
    state = models.CharField(max_length=10, choices=EditionState.choices, default=EditionState.MAKING)
    sentence = LongText(blank=True, default="")
    is_complete = models.BooleanField(default=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    path = models.CharField(max_length=400, blank=True, default="")
    file_name = ShortText(max_length=300, blank=True, default="")
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    manifest = PlainData(default=dict, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-moment", "-id"]
        constraints = [models.UniqueConstraint(fields=["report", "moment"], name="one_edition_per_moment")]
        indexes = [
            models.Index(fields=["state"], condition=models.Q(state="making"), name="edition_making"),
            models.Index(fields=["made_at"], name="edition_age"),
        ]

    def __str__(self) -> str:
        return self.file_name or f"{self.report} of {self.moment:%Y-%m-%d %H:%M}"


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


OPEN_DELIVERIES = (DeliveryState.QUEUED, DeliveryState.SENDING)


class Delivery(models.Model):
    """One sending of one file to one place.

    QUEUED ──claimed──▶ SENDING ──▶ SENT, QUEUED again where nothing can have arrived, or FAILED with words. Names are
    kept as text, so that the row outlives the destination.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="report_deliveries")
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    destination = models.ForeignKey(Destination, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    destination_name = ShortText(max_length=NAME_LENGTH)
    way = models.CharField(max_length=10, choices=Way.choices)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    sentence = LongText(blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    asked_by_name = ShortText(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "due_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.edition} to {self.destination_name}"
