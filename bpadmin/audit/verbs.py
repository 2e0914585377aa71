"""Everything the activity log can say that somebody did; a verb that is not here cannot be logged."""

from __future__ import annotations

from django.db import models


class Verb(models.TextChoices):
    """What was done: value as stored, words as shown after the person's name."""

    CAMPAIGN_START = "campaign.start", "started campaign"
    CAMPAIGN_STOP = "campaign.stop", "stopped campaign"
    LIST_BIND = "list.bind", "bound a list to campaign"
    LIST_REBIND = "list.rebind", "changed a list of campaign"
    LIST_UNBIND = "list.unbind", "unbound a list from campaign"
    LIST_UPLOAD_CONFIRM = "list.upload.confirm", "sent a file into list"
    LIST_CREATE = "list.create", "created list"
    LIST_DELETE = "list.delete", "deleted list"
    RECORD_ADD = "record.add", "added a record to list"
    RECORD_UPDATE = "record.update", "changed a record of list"
    RECORD_ERASE = "record.erase", "erased a record of list"
    RECORDS_DELETE = "records.delete", "deleted records of list"
    RESULTS_EXPORT = "results.export", "exported the results of"
    RESULTS_DOWNLOAD = "results.download", "downloaded the results of"
    LIST_FORMAT_CHANGE = "list.format.change", "described the format of list"
    DNC_ADD = "dnc.add", "added to Do Not Call list"
    DNC_DELETE = "dnc.delete", "removed from Do Not Call list"
    DNC_CLEAR = "dnc.clear", "emptied Do Not Call list"
    DNC_EXPIRE = "dnc.expire", "removed expired entries of Do Not Call list"
    DNC_REQUEST = "dnc.request", "took an opt-out request for Do Not Call list"
    DNC_FILE_CONFIRM = "dnc.file.confirm", "sent a file into Do Not Call list"
    DNC_CHANGE = "dnc.change", "changed the settings of Do Not Call list"
    DNC_EXPORT = "dnc.export", "exported the Do Not Call evidence of"
    JOB_PAUSE = "job.pause", "paused job"
    JOB_RESUME = "job.resume", "resumed job"
    JOB_CANCEL = "job.cancel", "cancelled job"
    JOB_DECIDE = "job.decide", "decided on uncertain rows of job"
    JOB_FINISH = "job.finish", "finished job"
    TENANT_ADD = "tenant.add", "connected tenant"
    TENANT_CHANGE = "tenant.change", "changed the settings of tenant"
    MEMBER_ADD = "member.add", "added person"
    MEMBER_CHANGE = "member.change", "changed the role of person"
    MEMBER_REMOVE = "member.remove", "removed person"
    MEMBER_PASSWORD = "member.password", "gave a one-time password to person"
