"""Several numbers in one cell: split into further telephone fields of the list, where some are fed by nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bpadmin.jobs.handlers import job_report
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_reconfigure
from bpadmin.platforms.types import FieldType
from bpadmin.uploads.conversion.rules import MadeColumn
from bpadmin.uploads.files import UploadRefused, conversion_of
from bpadmin.uploads.mapping.suggestions import mapping_remember
from bpadmin.uploads.wizard import prepare_small
from lists.uploads.options import UploadOptions, upload_options

SEPARATORS = ("/", ";", ",", "|", "&", "\n", " or ", " and ", " - ")
LEAST_DIGITS = 7
NOTHING_TO_SPLIT = "No cell of this file holds several numbers for which the list has a field that nothing feeds."


@dataclass(frozen=True, slots=True)
class SplitOffer:
    """A column whose cells hold several numbers: how they are separated, and the fields for those after the first.

    `n_left` counts the numbers of a cell for which there is no field.
    """

    column: int
    title: str
    separator: str
    fields: tuple[str, ...]
    sample: str
    n_left: int = 0

    @property
    def words(self) -> str:
        """Say what would be done."""
        fields = " and ".join(f"“{name}”" for name in self.fields)
        words = (
            f"Some cells of {self.title} hold several numbers, such as {self.sample}: the further ones fit {fields}."
        )
        return f"{words} Numbers after those would be left out: no field is left for them." if self.n_left else words


def splits_offered(job: Job) -> tuple[SplitOffer, ...]:
    """Return the columns of a checked file whose refused cells hold several numbers that the list has fields for."""
    options = upload_options(job)
    by_name = {spec.name: spec for spec in options.fields}
    fed, conversion = set(options.mapping.values()), conversion_of(options)
    free = [
        spec.name for spec in options.fields if spec.type is FieldType.PHONE and spec.name not in fed and not spec.skip
    ]
    offers = []
    for at, name in sorted((int(at), name) for at, name in options.mapping.items()):
        spec = by_name.get(name)
        if not free or spec is None or spec.type is not FieldType.PHONE or at >= len(options.header):
            continue
        if conversion.rule(at).part:
            continue
        values = [
            str(sample.get("value") or "")
            for problem in job_report(job).problems
            if problem.field == name
            for sample in problem.samples
        ]
        if (found := _separator(values)) is None:
            continue
        separator, sample, parts = found
        taken, free = free[: parts - 1], free[parts - 1 :]
        title, left = options.header[at] or f"Column {at + 1}", parts - 1 - len(taken)
        offers.append(SplitOffer(at, title, separator, tuple(taken), sample, left))
    return tuple(offers)


def numbers_split(
    *, job: Job, columns: Sequence[int] = (), revision: int | None = None, check: bool = True, actor_name: str = ""
) -> Job:
    """Split the cells of columns (all that are offered, where none is named) into the fields offered, and check anew.

    UploadRefused where there is nothing to split, StaleForm and IllegalMove as for `job_reconfigure`.
    """
    offers = [each for each in splits_offered(job) if not columns or each.column in columns]
    if not offers:
        raise UploadRefused(NOTHING_TO_SPLIT)
    options = upload_options(job)
    for offer in offers:
        options = _with_split(options, offer)
    job_reconfigure(job=job, options=options, revision=revision, check=check, actor_name=actor_name)
    mapping_remember(
        tenant_id=job.tenant_id,
        list_id=job.target_id,
        header=options.header,
        mapping=options.mapping,
        conversion=options.conversion,
    )
    if check:
        prepare_small(job)
    return job


def _with_split(options: UploadOptions, offer: SplitOffer) -> UploadOptions:
    conversion, mapping = conversion_of(options), dict(options.mapping)
    rule = replace(conversion.rule(offer.column), separator=offer.separator)
    made = list(conversion.made)
    for number, name in enumerate(offer.fields, 2):
        mapping[str(len(options.header) + len(made))] = name
        made.append(
            MadeColumn(title=f"{offer.title} {number}", columns=(offer.column,), rule=replace(rule, part=number))
        )
    conversion = replace(conversion.with_rule(offer.column, replace(rule, part=1)), made=tuple(made))
    return replace(options, mapping=mapping, conversion=conversion.as_json())


def _separator(values: Sequence[str]) -> tuple[str, str, int] | None:
    """Return what separates whole numbers in most of the cells, the first such cell, and how many numbers it takes."""
    counts: Counter[str] = Counter()
    firsts: dict[str, str] = {}
    most: dict[str, int] = {}
    for value in values:
        for separator in SEPARATORS:
            parts = [part for part in value.split(separator) if part.strip()]
            if len(parts) > 1 and all(len(re.sub(r"\D", "", part)) >= LEAST_DIGITS for part in parts):
                counts[separator] += 1
                firsts.setdefault(separator, value)
                most[separator] = max(most.get(separator, 0), len(parts))
                break
    if not counts:
        return None
    separator = counts.most_common(1)[0][0]
    return separator, firsts[separator], most[separator]
