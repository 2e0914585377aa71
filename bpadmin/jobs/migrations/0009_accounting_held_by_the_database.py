"""The accounting as constraints. What older versions have left that contradicts them is counted anew first."""

import logging

from django.db import migrations, models
from django.db.models import F, Q, Sum

log = logging.getLogger(__name__)

FINAL = ("succeeded", "partial", "failed", "errored", "cancelled")
DRIVEN = ("running", "preparing")
OF_CHUNKS = ("n_added", "n_updated", "n_already_there", "n_rejected", "n_unaccounted")
OUTCOMES = (*OF_CHUNKS, "n_uncertain", "n_not_sent")
STRANDED = "The worker stopped while these rows were on their way."


def total(names):
    """Add columns."""
    expression = F(names[0])
    for name in names[1:]:
        expression = expression + F(name)
    return expression


def accounting_mend(apps, schema_editor):
    """Count anew, from their chunks, the jobs whose rows do not have one outcome each; the log names every one."""
    Job, Chunk = apps.get_model("jobs", "Job"), apps.get_model("jobs", "Chunk")
    touched = set(_chunks_mend(Chunk)) | set(_stranded_mend(Chunk))
    contradicting = ~Q(rows_total=total(OUTCOMES)) | Q(n_rejected_check__gt=F("n_rejected"))
    touched |= set(Job.objects.filter(contradicting).values_list("pk", flat=True))
    for pk in sorted(touched):
        _job_mend(Job, Chunk, pk)
    left = Job.objects.exclude(lease_owner="").exclude(state__in=DRIVEN)
    if count := left.update(lease_owner="", lease_until=None):
        log.warning("%s jobs that nobody drives had a lease; it was taken off them", count)


def _chunks_mend(Chunk):
    """Have the numbers of each done chunk add up to its rows: what is too much goes, what is missing is unaccounted."""
    for chunk in list(Chunk.objects.filter(state="done").exclude(count=total(OF_CHUNKS)).defer("outcome")):
        before = {name: getattr(chunk, name) for name in OF_CHUNKS}
        left, after = chunk.count, {}
        for name in OF_CHUNKS:
            after[name] = min(before[name], left)
            left -= after[name]
        after["n_unaccounted"] += left
        Chunk.objects.filter(pk=chunk.pk).update(**after)
        log.warning("job %s, chunk %s: %s became %s", chunk.job_id, chunk.number, before, after)
        yield chunk.job_id


def _stranded_mend(Chunk):
    """Say of the rows that an ended job left on their way that they are in doubt."""
    stranded = Chunk.objects.filter(state="in_flight", job__state__in=FINAL)
    jobs = set(stranded.values_list("job_id", flat=True))
    Chunk.objects.filter(pk__in=list(stranded.values_list("pk", flat=True))).update(state="uncertain", message=STRANDED)
    return jobs


def _job_mend(Job, Chunk, pk):
    job = Job.objects.only("rows_total", "n_rejected", "n_rejected_check", *OUTCOMES).get(pk=pk)
    before = {name: getattr(job, name) for name in ("rows_total", "n_rejected_check", *OUTCOMES)}
    chunks = Chunk.objects.filter(job_id=pk)
    if chunks.exists():
        after, how = _counted(chunks, before), "counted anew from its chunks"
    elif not before["rows_total"]:
        after, how = dict.fromkeys(before, 0), "left over from a former check, taken off"
    else:
        after, how = _fitted(before), "without chunks to count, so that the difference is unaccounted: look at this job"
    if after != before:
        Job.objects.filter(pk=pk).update(**after)
        log.warning("job %s: %s became %s (%s)", pk, before, after, how)


def _counted(chunks, before):
    def rows(where):
        return chunks.filter(where).aggregate(rows=Sum("count"))["rows"] or 0

    done = chunks.filter(state="done").aggregate(**{f"sum_{name}": Sum(name) for name in OF_CHUNKS})
    after = {name: done[f"sum_{name}"] or 0 for name in OF_CHUNKS}
    again = Q(state="in_flight", attempt__gt=1)
    after["n_rejected"] += before["n_rejected_check"]
    after["n_uncertain"] = rows(Q(state__in=["uncertain", "ask"]) | again)
    after["n_not_sent"] = rows(Q(state__in=["held", "ready"]) | Q(state="in_flight", attempt__lte=1))
    return {**before, **after, "rows_total": sum(after.values())}


def _fitted(before):
    after = {**before, "n_rejected": max(before["n_rejected"], before["n_rejected_check"])}
    told = sum(after[name] for name in OUTCOMES)
    after["rows_total"] = max(before["rows_total"], told)
    after["n_unaccounted"] += after["rows_total"] - told
    return after


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_turns_of_tenants")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="failing_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.RunPython(accounting_mend, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.CheckConstraint(
                condition=~Q(state="done") | Q(count=total(OF_CHUNKS)), name="every_row_of_a_done_chunk_has_one_outcome"
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=Q(state="preparing")
                | Q(
                    rows_total=F("n_added")
                    + F("n_updated")
                    + F("n_already_there")
                    + F("n_rejected")
                    + F("n_uncertain")
                    + F("n_not_sent")
                    + F("n_unaccounted")
                ),
                name="every_row_has_one_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=Q(n_rejected__gte=F("n_rejected_check")), name="refused_by_the_check_is_rejected"
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=Q(lease_owner="") | Q(state__in=["running", "preparing"]),
                name="only_a_driven_job_has_a_lease",
            ),
        ),
    ]
