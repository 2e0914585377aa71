"""What is said of where entries came from, where the one who asked did not put them in."""

from __future__ import annotations

from dnc.models import DncSource

THERE = "was in the list already when {by} asked for it ({text})"
THERE_AFTER_LOSS = "asked for by {by} ({text}); an answer was lost, and it was found in the list when asked again"
SETTLED = "asked for by {by} ({text}); the answer was lost, and it was found in the list afterwards"


def source_witness(source: DncSource, words: str = THERE) -> DncSource:
    """Return the source of entries that an act found in the list: nobody here is said to have put them in.

    One for each act and sentence; `source` may be known by its number alone.
    """
    whole = DncSource.objects.get(pk=source.pk)
    if whole.witness_of_id is not None:
        return whole
    text = words.format(by=whole.by_name, text=whole.text)[:300]
    found = DncSource.objects.filter(witness_of=whole, text=text).first()
    return found or DncSource.objects.create(
        tenant_id=whole.tenant_id,
        actor_id=whole.actor_id,
        by_name=whole.by_name,
        text=text,
        job_id=whole.job_id,
        file_sha256=whole.file_sha256,
        witness_of=whole,
    )
